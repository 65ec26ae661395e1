"""The past of each resource, in the ledger: one bounded item per resource. The audit trail has the full history."""

from __future__ import annotations

from collections.abc import Iterable

from runtime.application.ports import Item, Key, Put, Table
from runtime.domain.guardrails import Past, PastKind, since_cleared
from runtime.items.codec import put_all, read_all

MOST_KEPT = 100
"""Entries of each fix's past on a resource, the newest, and as many denials besides: others crowd out neither.

``drift.times`` is at most this."""


def past_key(resource_arn: str) -> Key:
    return Key(Table.LEDGER, f"resource#{resource_arn}", "past")


def past_from_item(key: Key, item: Item | None) -> tuple[Past, ...]:
    """Raises ``RegistryInvalid``."""
    return read_all(tuple[Past, ...], "past", key, item)


def put_past(key: Key, found: Item | None, *, add: Iterable[Past] = (), drop: str = "") -> Put:
    """Add to a resource's past, or ``drop`` the entries of one run. Cleared entries are removed.

    Raises ``RegistryInvalid`` as ``past_from_item`` does.
    """
    past = tuple(one for one in past_from_item(key, found) if one.correlation_id != drop)
    there = {(one.correlation_id, one.kind) for one in past}
    past = (*past, *(one for one in add if (one.correlation_id, one.kind) not in there))
    kept = {
        id(one)
        for fix_id in {one.fix_id for one in past}
        for denials in (True, False)
        for one in [one for one in since_cleared(past, fix_id) if (one.kind is PastKind.DENIED) == denials][-MOST_KEPT:]
    }
    return put_all(key, "past", [one for one in past if id(one) in kept], found)
