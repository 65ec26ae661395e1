"""How many writes there were within the hour, and that a limit is never exceeded, whoever races for it."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.application.ports import Absent, Add, ConditionFailed, Key, Put, Stored, Table
from runtime.domain.errors import LimitReached, RegistryInvalid
from runtime.domain.guardrails import USAGE_WINDOW, UsageScope
from runtime.items.counters import BUCKET, SHARDS, Counter, counted, taken_back
from tests.memory.calls import Watched, in_order
from tests.memory.store import MemoryStore
from tests.unit.domain.cases import ACCOUNT_ID, NOW, OTHER_ACCOUNT_ID

COUNTER = Counter(account_id=ACCOUNT_ID, fix_id="f-1")
OTHER_ACCOUNT = Counter(account_id=OTHER_ACCOUNT_ID, fix_id="f-1")
OTHER_FIX = Counter(account_id=ACCOUNT_ID, fix_id="f-2")
MANY = dict.fromkeys(UsageScope, 10_000)


def first(keys: Sequence[Key]) -> Key:
    return keys[0]


def count(
    store: MemoryStore,
    counter: Counter,
    limits: Mapping[UsageScope, int] | None,
    now: datetime = NOW,
    choose: random.Random | None = None,
) -> tuple[Add, ...]:
    adds = counter.count(store.read(counter.keys), limits, now, choose.choice if choose else first)
    store.commit(adds)
    return adds


def usage(store: MemoryStore, counter: Counter, now: datetime = NOW) -> dict[UsageScope, int]:
    return dict(counter.usage(store.read(counter.keys), now))


# -- counting ---------------------------------------------------------------------------------------------------------


def test_a_write_counts_for_its_account_its_fix_and_everything(store: MemoryStore) -> None:
    for counter in (COUNTER, COUNTER, OTHER_ACCOUNT, OTHER_FIX):
        count(store, counter, MANY, choose=random.Random(1))
    assert usage(store, COUNTER) == {UsageScope.EVERYTHING: 4, UsageScope.ACCOUNT: 3, UsageScope.FIX: 3}
    assert usage(store, OTHER_ACCOUNT) == {UsageScope.EVERYTHING: 4, UsageScope.ACCOUNT: 1, UsageScope.FIX: 3}
    assert usage(store, OTHER_FIX) == {UsageScope.EVERYTHING: 4, UsageScope.ACCOUNT: 3, UsageScope.FIX: 1}


def test_a_write_is_one_addition_in_each_scope_each_to_another_item() -> None:
    adds = COUNTER.count(Stored(items={}), MANY, NOW, first)
    assert [add.amount for add in adds] == [1, 1, 1]
    assert len({add.key for add in adds}) == len(adds)
    assert {add.key for add in adds} <= set(COUNTER.keys)


def test_a_write_is_counted_on_one_shard_in_each_scope_where_there_is_room(store: MemoryStore) -> None:
    """So that two writers meet in one of eight cases, and not in one of three."""
    for seed in range(20):
        for limits in (MANY, None):
            adds = COUNTER.count(Stored(items={}), limits, NOW, random.Random(seed).choice)
            assert len({add.key.item for add in adds}) == 1
    limits = {**MANY, UsageScope.FIX: 1}
    (everything, account, fix) = COUNTER.count(Stored(items={}), limits, NOW, lambda keys: keys[-1])
    assert everything.key.item == account.key.item == f"{SHARDS - 1}"
    assert fix.key.item == "0", "only the first has room"


@pytest.mark.parametrize("limit", [0, 1, 2, 7, 8, 9, 20])
@pytest.mark.parametrize("scope", UsageScope)
def test_as_many_are_counted_as_the_limit_says_and_beyond_it_nothing_in_any_scope(
    store: MemoryStore, scope: UsageScope, limit: int
) -> None:
    """Also where the limit cannot be divided among the items, or is smaller than their number."""
    limits, chance = {**MANY, scope: limit}, random.Random(limit)
    for _ in range(limit):
        count(store, COUNTER, limits, choose=chance)
    for _ in range(3):
        with pytest.raises(LimitReached) as reached:
            count(store, COUNTER, limits, choose=chance)
        assert (reached.value.scope, reached.value.limit) == (scope, limit)
        assert reached.value.retryable
    assert set(usage(store, COUNTER).values()) == {limit}


def test_without_limits_everything_is_counted_and_takes_what_the_limited_may_not(store: MemoryStore) -> None:
    chance = random.Random(1)
    for _ in range(12):
        count(store, COUNTER, None, choose=chance)
    assert set(usage(store, COUNTER).values()) == {12}
    with pytest.raises(LimitReached):
        count(store, COUNTER, dict.fromkeys(UsageScope, 12), choose=chance)


@pytest.mark.parametrize("minutes", [0, 1, 4, 5, 59, 60])
def test_a_write_counts_for_an_hour_at_least_whenever_it_was_made(store: MemoryStore, minutes: int) -> None:
    for second in (0, 150, 299):
        made = NOW + timedelta(seconds=second)
        later = made + timedelta(minutes=minutes)
        other = MemoryStore(Watched(), in_order)
        count(other, COUNTER, MANY, made)
        assert usage(other, COUNTER, later)[UsageScope.FIX] == 1
        with pytest.raises(LimitReached):
            count(other, COUNTER, dict.fromkeys(UsageScope, 1), later)


def test_a_write_counts_no_more_after_the_hour_and_the_five_minutes_that_it_was_made_in(store: MemoryStore) -> None:
    count(store, COUNTER, MANY, NOW)
    over = NOW + USAGE_WINDOW + BUCKET
    assert set(usage(store, COUNTER, over).values()) == {0}
    count(store, COUNTER, dict.fromkeys(UsageScope, 1), over)
    assert set(usage(store, COUNTER, over).values()) == {1}


def test_what_counts_no_more_is_removed_so_that_items_stay_small(store: MemoryStore) -> None:
    for step in range(300):
        count(store, COUNTER, MANY if step % 2 else None, NOW + BUCKET * step)
    assert max(len(item) for item in store.items.values()) <= USAGE_WINDOW // BUCKET + 1


def test_what_still_counts_is_not_removed(store: MemoryStore) -> None:
    for minutes in range(0, 61, 5):
        count(store, COUNTER, MANY, NOW + timedelta(minutes=minutes))
    assert set(usage(store, COUNTER, NOW + timedelta(minutes=60)).values()) == {13}


def test_a_write_of_a_machine_whose_clock_is_ahead_counts_at_once(store: MemoryStore) -> None:
    count(store, COUNTER, MANY, NOW + timedelta(seconds=30))
    before = NOW - timedelta(seconds=30)
    assert usage(store, COUNTER, before)[UsageScope.FIX] == 1
    with pytest.raises(LimitReached):
        count(store, COUNTER, dict.fromkeys(UsageScope, 1), before)


def test_a_count_that_is_no_number_is_an_error_and_not_none(store: MemoryStore) -> None:
    (add, *_) = count(store, COUNTER, MANY)
    store.commit([Put(add.key, {add.attribute: "1"})])
    for use in (lambda: usage(store, COUNTER), lambda: count(store, COUNTER, MANY)):
        with pytest.raises(RegistryInvalid, match=rf"'{add.key.item}' in partition '{add.key.partition}'"):
            use()


# -- withdrawing ------------------------------------------------------------------------------------------------------


def test_a_write_that_was_not_made_is_counted_no_more_where_it_was(store: MemoryStore) -> None:
    kept, dropped = count(store, COUNTER, MANY), count(store, COUNTER, MANY)
    assert len(counted(dropped)) == len(UsageScope)
    store.commit(taken_back(counted(dropped)))
    assert set(usage(store, COUNTER).values()) == {1}
    store.commit(taken_back(counted(kept)))
    assert set(usage(store, COUNTER).values()) == {0}


def test_a_write_that_was_not_made_makes_room_for_another(store: MemoryStore) -> None:
    one = dict.fromkeys(UsageScope, 1)
    dropped = count(store, COUNTER, one)
    store.commit(taken_back(counted(dropped)))
    count(store, COUNTER, one)
    assert set(usage(store, COUNTER).values()) == {1}


def test_what_is_taken_back_after_it_was_removed_makes_no_room_that_there_is_not(store: MemoryStore) -> None:
    """An interrupted run may be settled hours later."""
    dropped = count(store, COUNTER, MANY, NOW)
    later = NOW + timedelta(hours=2)
    two = dict.fromkeys(UsageScope, 2)
    count(store, COUNTER, two, later)
    store.commit(taken_back(counted(dropped)))
    assert set(usage(store, COUNTER, later).values()) == {1}
    count(store, COUNTER, two, later, random.Random(1))
    with pytest.raises(LimitReached):
        count(store, COUNTER, two, later, random.Random(1))


def test_where_a_write_was_counted_survives_the_record(store: MemoryStore) -> None:
    counter = Counter(account_id=ACCOUNT_ID, fix_id="a/fix#with/slashes")
    adds = count(store, counter, MANY)
    store.commit(taken_back(counted(adds)))
    assert set(usage(store, counter).values()) == {0}


# -- racing -----------------------------------------------------------------------------------------------------------

LONGEST_RUN = timedelta(seconds=60)
"""A function lasts no longer."""
CLOCKS_APART = timedelta(seconds=30)
"""Two machines', at most."""


@dataclass
class Race:
    """Writers that count at the same time: after each of its requests, chance decides who goes on, and how time passes.

    ``made`` are the writes that count: what for, and when by their own clocks.
    """

    seed: int
    limits: Mapping[UsageScope, int]
    quickly: bool
    now: datetime = NOW + BUCKET - timedelta(seconds=20)
    made: dict[int, tuple[Counter, datetime]] = field(default_factory=dict)
    refused: int = 0
    refused_with_room: int = 0
    gave_up: int = 0
    withdrawn: int = 0

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.store = MemoryStore(Watched(), in_order)

    def run(self, writers: int) -> None:
        counters = [COUNTER, COUNTER, OTHER_ACCOUNT, OTHER_FIX]
        running = [self._writer(number, self.chance.choice(counters)) for number in range(writers)]
        while running:
            writer = self.chance.choice(running[: self.chance.choice([2, 8, 30])])
            if next(writer, "over") == "over":
                running.remove(writer)
            if not self.quickly:
                self.now += timedelta(seconds=self.chance.choice([0, 0, 0, 1, 5, 40]))

    def _writer(self, number: int, counter: Counter) -> Iterator[None]:
        began, apart = self.now, CLOCKS_APART * self.chance.uniform(-1, 1)
        stored = self.store.read(counter.keys)
        yield
        for _ in range(20):
            if self.now - began > LONGEST_RUN:
                return
            now = self.now + apart
            try:
                adds = counter.count(stored, self.limits, now, self.chance.choice)
            except LimitReached as reached:
                self.refused += 1
                self.refused_with_room += counter.usage(stored, now)[UsageScope(reached.scope)] < reached.limit
                return
            yield
            if self.now - began > LONGEST_RUN:
                return
            try:
                self.store.commit([Put(Key(Table.AUDIT, f"{number}", "0001"), {}, Absent()), *adds])
            except ConditionFailed:
                yield
                stored = self.store.read(counter.keys)
                continue
            self.made[number] = (counter, now)
            self.check()
            yield from self._perhaps_withdraw(number, adds)
            return
        self.gave_up += 1

    def _perhaps_withdraw(self, number: int, adds: Sequence[Add]) -> Iterator[None]:
        if self.chance.random() < 0.3:
            for _ in range(self.chance.choice([1, 3, 60])):
                yield
            self.store.commit(taken_back(counted(adds)))
            del self.made[number]
            self.withdrawn += 1

    def check(self) -> None:
        """Within no hour are there more writes than the limit, whichever scope."""
        for _, end in self.made.values():
            within = [counter for counter, at in self.made.values() if end - USAGE_WINDOW < at <= end]
            for scope, value_of in {
                UsageScope.EVERYTHING: lambda _: "",
                UsageScope.ACCOUNT: lambda counter: counter.account_id,
                UsageScope.FIX: lambda counter: counter.fix_id,
            }.items():
                values = [value_of(counter) for counter in within]
                assert all(values.count(value) <= self.limits[scope] for value in set(values)), scope


limits = st.fixed_dictionaries({scope: st.integers(1, 30) for scope in UsageScope})


@given(seed=st.integers(0, 2**32), limits=limits, writers=st.integers(2, 60), quickly=st.booleans())
def test_no_limit_is_exceeded_however_many_race_for_it(
    seed: int, limits: Mapping[UsageScope, int], writers: int, quickly: bool
) -> None:
    """Whichever goes on after each request, over the ends of five minutes, and while some are taken back."""
    race = Race(seed, limits, quickly)
    race.run(writers)
    race.check()
    assert race.refused_with_room == 0


def test_the_races_reach_what_they_are_to_try() -> None:
    """Limits that are reached, writes that are taken back, and time that passes from one five minutes to the next."""
    races = [Race(seed, dict.fromkeys(UsageScope, 20), seed % 2 == 0) for seed in range(40)]
    for race in races:
        race.run(60)
    assert sum(race.refused for race in races) > 100
    assert sum(race.withdrawn for race in races) > 100
    assert sum(race.gave_up for race in races) == 0
    assert all(race.now - NOW > BUCKET * 2 for race in races if not race.quickly)
    full = [race for race in races if race.quickly and len(race.made) + race.withdrawn >= 20]
    assert len(full) > 10, "what is free is found"


def test_the_last_place_is_taken_once(store: MemoryStore) -> None:
    """Two that saw the same, each with the last place of its own choice to take."""
    for limit in range(1, SHARDS * 2 + 1):
        race = MemoryStore(Watched(), in_order)
        limits, chance = dict.fromkeys(UsageScope, limit), random.Random(limit)
        for _ in range(limit - 1):
            count(race, COUNTER, limits, choose=chance)
        seen = race.read(COUNTER.keys)
        one, two = (COUNTER.count(seen, limits, NOW, chance.choice) for _ in range(2))
        race.commit(one)
        with pytest.raises(ConditionFailed):
            race.commit(two)
        with pytest.raises(LimitReached):
            COUNTER.count(race.read(COUNTER.keys), limits, NOW, chance.choice)
