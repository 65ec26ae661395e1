"""Each condition of each transaction is needed: without it, some schedule ends badly."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain

import pytest

from runtime.application.ports import Add, Put, Table, Write
from tests.memory import store as memory_store
from tests.simulation.explore import Failure, with_few_switches, with_one_fault
from tests.simulation.simulation import Simulated

type Which = Callable[[Write], bool]

CONDITIONS: dict[str, tuple[Which, tuple[str, ...]]] = {
    "nobody has gone on with the run": (
        lambda write: isinstance(write, Put) and write.key.table is Table.AUDIT,
        ("fixed", "approval beside denial"),
    ),
    "the lease is free": (
        lambda write: isinstance(write, Put) and write.key.table is Table.LOCKS,
        ("two findings, one resource", "fixed"),
    ),
    "the limit is not reached": (
        lambda write: isinstance(write, Add) and write.condition is not None,
        ("two findings, one left of the limit",),
    ),
    "the resource's past is as it was read": (
        lambda write: isinstance(write, Put) and write.key.item == "past",
        ("undo beside clear", "finding beside undo"),
    ),
    "the reviews of the resource are as they were read": (
        lambda write: isinstance(write, Put) and write.key.item == "past",
        ("two findings, one plan",),
    ),
    "nobody has said more in the review": (
        lambda write: isinstance(write, Put) and write.key.table is Table.AUDIT,
        ("votes for two findings", "vote beside denial of the other"),
    ),
    "the exceptions in force are as they were read": (
        lambda write: isinstance(write, Put) and write.key.partition == "exceptions-in-force",
        ("two exceptions",),
    ),
    "the exception's step was not made": (
        lambda write: isinstance(write, Put) and write.key.partition.startswith("exceptions#"),
        ("two requests with one id",),
    ),
    "the stops in effect are as they were read": (
        lambda write: isinstance(write, Put) and write.key.item == "in-effect",
        ("two stops",),
    ),
    "the run still waits for the same": (
        lambda write: isinstance(write, Put) and write.key.table is Table.HOLDS and write.condition is not None,
        ("a sweep beside a held run",),
    ),
}


@pytest.mark.parametrize("name", CONDITIONS)
def test_without_the_condition_some_schedule_ends_badly(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ignored, scenarios = CONDITIONS[name]
    holds = memory_store.MemoryStore.unmet

    def unmet(self: memory_store.MemoryStore, write: Write) -> bool:
        return not ignored(write) and holds(self, write)

    monkeypatch.setattr(memory_store.MemoryStore, "unmet", unmet)
    with pytest.raises(Failure):
        for _ in chain.from_iterable(map(_schedules, scenarios)):
            pass


def _schedules(scenario: str) -> Iterator[Simulated]:
    yield from with_few_switches(scenario)
    yield from with_one_fault(scenario)
