"""Leases on resources: two runs never write to one resource at the same time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from runtime.application.ports import Below, ConditionFailed, Delete, Equals, Item, Key, Put, Store, Table
from runtime.domain.errors import PlatformCallFailed, ResourceBusy, SutureError

LEASE_SECONDS = 120
"""Longer than an invocation can last, so a lease never ends while its holder still works."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """One delivery's lease on a resource, against other runs and against other deliveries of the same run.

    It is taken with the intent, and released with the outcome.
    """

    resource_arn: str
    holder: str

    @classmethod
    def for_run(cls, resource_arn: str, run_id: str) -> Lease:
        return cls(resource_arn=resource_arn, holder=f"{run_id}/{uuid4()}")

    @property
    def key(self) -> Key:
        return Key(Table.LOCKS, self.resource_arn)

    def taken(self, now: datetime) -> Put:
        """Take the lease, if it is free."""
        seconds = int(now.timestamp())
        item: Item = {"holder": self.holder, "expires_at": seconds + LEASE_SECONDS}
        return Put(self.key, item, Below("expires_at", seconds))

    def released(self) -> Delete:
        """Release the lease, if it is still this one."""
        return Delete(self.key, Equals("holder", self.holder))

    @contextmanager
    def unless_busy(self) -> Iterator[None]:
        """Converts a failed condition on the lease to ``ResourceBusy``."""
        try:
            yield
        except ConditionFailed as failed:
            if self.key not in failed.found:
                raise
            raise ResourceBusy(resource_arn=self.resource_arn, seconds_left=LEASE_SECONDS) from failed

    @contextmanager
    def given_back(self, store: Store) -> Iterator[None]:
        """Releases the lease after an error. After a crash it expires."""
        try:
            yield
        except SutureError:
            # What happened must not be lost over giving it back.
            with suppress(ConditionFailed, PlatformCallFailed):
                store.commit([self.released()])
            raise
