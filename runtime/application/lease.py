"""Being alone with a resource, from the event that announces a change to the one that says what became of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from runtime.application.ports import ConditionFailed, Delete, Put, Store
from runtime.domain.errors import PlatformCallFailed, ResourceBusy, SutureError
from runtime.items import locks


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """One delivery's lease on a resource, against other runs and against other deliveries of the same run."""

    resource_arn: str
    holder: str

    @classmethod
    def for_run(cls, resource_arn: str, run_id: str) -> Lease:
        return cls(resource_arn=resource_arn, holder=f"{run_id}/{uuid4()}")

    def taken(self, now: datetime) -> Put:
        return locks.taken(self.resource_arn, self.holder, now)

    def released(self) -> Delete:
        return locks.released(self.resource_arn, self.holder)

    @contextmanager
    def unless_busy(self) -> Iterator[None]:
        """Within it, a commit that takes the lease raises ``ResourceBusy`` if another run has it."""
        try:
            yield
        except ConditionFailed as failed:
            if locks.lock_key(self.resource_arn) not in failed.found:
                raise
            raise ResourceBusy(resource_arn=self.resource_arn, seconds_left=locks.LEASE_SECONDS) from failed

    @contextmanager
    def given_back(self, store: Store) -> Iterator[None]:
        """Within it, an error gives the lease back: this delivery is over. A crash leaves it to end by itself."""
        try:
            yield
        except SutureError:
            # What happened must not be lost over giving it back.
            with suppress(ConditionFailed, PlatformCallFailed):
                store.commit([self.released()])
            raise
