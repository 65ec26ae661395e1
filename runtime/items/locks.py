"""Leases on resources: two runs never write to one resource at the same time."""

from __future__ import annotations

from datetime import datetime

from runtime.application.ports import Below, Delete, Equals, Item, Key, Put, Table

LEASE_SECONDS = 120
"""Longer than an invocation can last, so a lease never ends while its holder still works."""


def lock_key(resource_arn: str) -> Key:
    return Key(Table.LOCKS, resource_arn)


def taken(resource_arn: str, holder: str, now: datetime) -> Put:
    """Take the lease, if nobody has it. ``holder`` names one delivery of one run."""
    seconds = int(now.timestamp())
    lease: Item = {"holder": holder, "expires_at": seconds + LEASE_SECONDS}
    return Put(lock_key(resource_arn), lease, Below("expires_at", seconds))


def released(resource_arn: str, holder: str) -> Delete:
    """Give the lease back, if it is still the holder's."""
    return Delete(lock_key(resource_arn), Equals("holder", holder))
