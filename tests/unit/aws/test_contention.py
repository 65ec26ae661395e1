"""That nobody gives up, however many announce changes at the same time in one account and by one fix."""

from __future__ import annotations

import pytest

from runtime.aws import store
from runtime.items import counters
from tests.memory.contention import Contention, measure_contention

SEEDS = range(12)


@pytest.mark.parametrize(("writers", "cancelled_each"), [(2, 0.2), (10, 0.8), (20, 1.2), (50, 2.0)])
def test_nobody_gives_up(writers: int, cancelled_each: float) -> None:
    found = measure_contention(writers, seeds=SEEDS)
    assert (found.made, found.gave_up, found.refused) == (found.writers, 0, 0)
    assert found.cancelled / found.writers < cancelled_each
    assert found.slowest_seconds < 2


@pytest.mark.parametrize("limit", [60, 50, 20])
def test_nobody_gives_up_while_a_limit_is_reached_and_all_that_is_free_is_taken(limit: int) -> None:
    found = measure_contention(50, seeds=SEEDS, limit=limit)
    made = min(limit, 50) * len(SEEDS)
    assert (found.made, found.refused, found.gave_up) == (made, found.writers - made, 0)


def test_with_fewer_attempts_some_would_give_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "ATTEMPTS", 4)
    assert measure_contention(50, seeds=SEEDS).gave_up > 0


def test_without_chance_in_the_pauses_those_who_met_would_meet_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """One of them is made each time: too few, where there are many on a shard."""
    monkeypatch.setattr(counters, "SHARDS", 2)
    assert measure_contention(50, seeds=range(3)).gave_up == 0
    monkeypatch.setattr("tests.memory.contention.pauses", lambda _: store.pauses(lambda _, longest: longest))
    assert measure_contention(50, seeds=range(3)).gave_up > 0


def test_on_one_shard_more_would_be_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    spread = measure_contention(20, seeds=SEEDS)
    monkeypatch.setattr(counters, "SHARDS", 1)
    assert measure_contention(20, seeds=SEEDS).cancelled > 2 * spread.cancelled


def test_a_writer_that_is_alone_is_in_nobodys_way() -> None:
    found = measure_contention(1, seeds=SEEDS)
    assert (found.made, found.cancelled, found.recounted) == (len(SEEDS), 0, 0)


def test_the_same_seed_finds_the_same() -> None:
    assert measure_contention(20, seeds=[7]) == measure_contention(20, seeds=[7]) != measure_contention(20, seeds=[8])
    assert Contention(writers=0) + measure_contention(2, seeds=[7]) == measure_contention(2, seeds=[7])
