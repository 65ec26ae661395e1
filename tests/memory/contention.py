"""DynamoDB's transactions as they get into each other's way, in virtual time: who gives up, and how often it is tried.

A transaction occupies its items while it is made. Another that touches one of them meanwhile is cancelled, and so are
its conditions not looked at; one that is cancelled occupies those of its items that were free until it has been undone.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis.html#transaction-conflict-handling
https://www.usenix.org/conference/atc23/presentation/idziorek
"""

from __future__ import annotations

import heapq
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from runtime.application.ports import ConditionFailed, Key, Write
from runtime.aws.store import pauses
from runtime.domain.audit import AuditEvent, EventKind
from runtime.domain.errors import LimitReached
from runtime.domain.guardrails import UsageScope
from runtime.domain.outcome import Outcome, Reason
from runtime.items.counters import Counter
from runtime.items.locks import Lease
from runtime.items.trail import append
from tests.memory.calls import Watched, in_order
from tests.memory.store import MemoryStore, holds

TRANSACTION_SECONDS = 0.008
"""How long a transaction takes, and occupies its items."""
CANCELLED_SECONDS = 0.004
"""How long one that is cancelled occupies those that were free: half of it."""
REQUEST_SECONDS = 0.001
"""On the way to DynamoDB, and back."""
DECISION_SECONDS = 0.15
"""From reading the counters to the first attempt at counting: a session is opened, and the resource is looked at. The
same for all, so that all meet."""
RECOUNTS = 20
"""How often a write is counted anew: ``_ATTEMPTS`` of runtime/application/change.py."""

BEGAN = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
INTENT = AuditEvent(
    correlation_id="",
    kind=EventKind.INTENT,
    at=BEGAN,
    outcome=Outcome.REMEDIATE,
    reason=Reason.ELIGIBLE,
    sentence="",
    actor="suture-test",
    code_version="",
    catalog_version="",
    number=1,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contention:
    """What became of ``writers`` that all announced a change in one account by one fix, at the same time.

    ``gave_up`` are those whose message would come back, ``refused`` those that found the limit reached. ``cancelled``
    counts the transactions that others were in the way of, ``recounted`` those whose count had changed meanwhile.
    """

    writers: int
    made: int = 0
    gave_up: int = 0
    refused: int = 0
    cancelled: int = 0
    recounted: int = 0
    slowest_seconds: float = 0

    def __add__(self, other: Contention) -> Contention:
        return Contention(
            writers=self.writers + other.writers,
            made=self.made + other.made,
            gave_up=self.gave_up + other.gave_up,
            refused=self.refused + other.refused,
            cancelled=self.cancelled + other.cancelled,
            recounted=self.recounted + other.recounted,
            slowest_seconds=max(self.slowest_seconds, other.slowest_seconds),
        )


def measure_contention(writers: int, *, seeds: Sequence[int], limit: int = 1000) -> Contention:
    """The sum of one race for each seed."""
    measured = Contention(writers=0)
    for seed in seeds:
        measured += _Race(seed=seed, writers=writers, limits=dict.fromkeys(UsageScope, limit)).run()
    return measured


@dataclass
class _Race:
    seed: int
    writers: int
    limits: Mapping[UsageScope, int]
    now: float = 0
    _busy_until: dict[Key, float] = field(default_factory=dict)

    def run(self) -> Contention:
        self._chance = random.Random(self.seed)
        self._store = MemoryStore(Watched(), in_order)
        self._found = Contention(writers=self.writers)
        waiting = [(0.0, number, self._writer(number)) for number in range(self.writers)]
        while waiting:
            self.now, number, writer = heapq.heappop(waiting)
            pause = next(writer, None)
            if pause is not None:
                heapq.heappush(waiting, (self.now + pause, number, writer))
        return self._found

    def _note(self, **more: int) -> None:
        changed = {name: getattr(self._found, name) + value for name, value in more.items()}
        self._found = replace(self._found, **changed)

    def _writer(self, number: int) -> Iterator[float]:
        """As ``Change`` announces a change. Yields the seconds until it goes on."""
        began, counter = self.now, Counter(account_id="222222222222", fix_id="a-fix")
        event = append(replace(INTENT, correlation_id=f"c-{number}"))
        stored = self._store.read(counter.keys)
        yield DECISION_SECONDS
        for _ in range(RECOUNTS):
            now = BEGAN + timedelta(seconds=self.now)
            try:
                adds = counter.count(stored, self.limits, now, self._chance.choice)
            except LimitReached:
                self._note(refused=1)
                return
            try:
                made = yield from self._commit(
                    [event, Lease(resource_arn=f"arn:{number}", holder=f"{number}").taken(now), *adds]
                )
            except ConditionFailed:
                self._note(recounted=1)
                yield REQUEST_SECONDS * 2
                stored = self._store.read(counter.keys)
                continue
            self._note(made=made, gave_up=1 - made)
            slowest = max(self._found.slowest_seconds, (self.now - began) * made)
            self._found = replace(self._found, slowest_seconds=slowest)
            return
        self._note(gave_up=1)

    def _commit(self, writes: Sequence[Write]) -> Iterator[float]:
        """As ``DynamoStore.commit`` sends it again: by its own pauses. 1 if it was made."""
        for pause in (*pauses(self._chance.uniform), None):
            yield REQUEST_SECONDS
            free = [write.key for write in writes if self._busy_until.get(write.key, 0) <= self.now]
            cancelled = len(free) < len(writes) or not self._hold(writes)
            ends = self.now + (CANCELLED_SECONDS if cancelled else TRANSACTION_SECONDS)
            self._busy_until.update(dict.fromkeys(free, ends))
            yield ends - self.now
            if len(free) == len(writes):
                self._store.commit(writes)
                yield REQUEST_SECONDS
                return 1
            self._note(cancelled=1)
            if pause is not None:
                yield REQUEST_SECONDS + pause
        return 0

    def _hold(self, writes: Sequence[Write]) -> bool:
        return all(
            write.condition is None or holds(write.condition, self._store.items.get(write.key)) for write in writes
        )
