"""The stops: those in effect, and what became of each."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.application.ports import ConditionFailed, Item, Put
from runtime.domain.command import LONGEST_TEXT
from runtime.domain.errors import RegistryInvalid
from runtime.domain.guardrails import Stop, StopScope
from runtime.items.codec import pack, unpack
from runtime.items.stops import (
    IN_EFFECT,
    MOST_STOPS,
    Resumption,
    Switch,
    find_switch,
    put_resumption,
    put_stop,
    stops_in_effect,
)
from tests.memory.calls import Calls, Watched, in_order
from tests.memory.store import MemoryStore
from tests.unit.domain.cases import NOW
from tests.unit.items.strategies import stops

STOP = Stop(
    id="STOP-1", scope=StopScope.FIX, value="fake-fix", reason="it broke a website", stopped_by="arn:ann", at=NOW
)
RESUMED = Resumption(by="arn:bob", reason="it did not", at=NOW + timedelta(minutes=5))


def in_effect(store: MemoryStore) -> tuple[Stop, ...]:
    return stops_in_effect(store.read([IN_EFFECT]).item(IN_EFFECT))


@given(made=st.lists(stops, max_size=4, unique_by=lambda stop: stop.id))
def test_stops_are_read_as_they_were_put(made: list[Stop]) -> None:
    store = MemoryStore(Watched(), in_order)
    for stop in made:
        put_stop(store, stop)
    assert in_effect(store) == tuple(made)
    for stop in made:
        assert find_switch(store, stop.id) == Switch(stop=stop, resumed=None)


def test_a_stop_is_in_effect_until_somebody_ends_it(store: MemoryStore) -> None:
    assert in_effect(store) == ()
    put_stop(store, STOP)
    assert in_effect(store) == (STOP,)
    put_resumption(store, "STOP-1", RESUMED)
    assert in_effect(store) == ()
    assert find_switch(store, "STOP-1") == Switch(stop=STOP, resumed=RESUMED)
    assert find_switch(store, "STOP-2") is None


def test_a_stop_is_not_taken_for_one_whose_id_its_own_begins_with(store: MemoryStore) -> None:
    put_stop(store, replace(STOP, id="STOP-10"))
    assert find_switch(store, "STOP-1") is None
    put_stop(store, STOP)
    put_resumption(store, "STOP-1", RESUMED)
    assert [stop.id for stop in in_effect(store)] == ["STOP-10"]


def test_a_stop_is_never_written_over_and_ended_once(store: MemoryStore) -> None:
    put_stop(store, STOP)
    with pytest.raises(ConditionFailed):
        put_stop(store, replace(STOP, value="another"))
    put_resumption(store, "STOP-1", RESUMED)
    for again in (
        lambda: put_resumption(store, "STOP-1", replace(RESUMED, reason="again")),
        lambda: put_stop(store, STOP),
    ):
        with pytest.raises(ConditionFailed):
            again()
    assert find_switch(store, "STOP-1") == Switch(stop=STOP, resumed=RESUMED)
    assert in_effect(store) == ()


def test_the_end_of_a_stop_that_is_not_there_ends_nothing(store: MemoryStore) -> None:
    put_stop(store, STOP)
    put_resumption(store, "STOP-9", RESUMED)
    assert in_effect(store) == (STOP,)


def meanwhile(watched: Watched, times: int, act: Callable[[int], None]) -> None:
    """Between each of the next reads and its commit, somebody else does something."""
    left = iter(range(times))

    def before(_: int, name: str) -> None:
        number = next(left, None) if name == "store.commit" else None
        if number is not None:
            watching, watched.watch = watched.watch, Calls()
            act(number)
            watched.watch = watching

    watched.watch = Calls(before=before)


def test_stops_that_are_made_at_the_same_time_are_all_in_effect(store: MemoryStore, watched: Watched) -> None:
    meanwhile(watched, 5, lambda number: put_stop(store, replace(STOP, id=f"OTHER-{number}")))
    put_stop(store, STOP)
    assert [stop.id for stop in in_effect(store)] == [*(f"OTHER-{number}" for number in range(5)), "STOP-1"]


def test_a_stop_that_others_always_change_meanwhile_is_not_said_to_be_in_effect(
    store: MemoryStore, watched: Watched
) -> None:
    meanwhile(watched, 99, lambda number: put_stop(store, replace(STOP, id=f"OTHER-{number}")))
    with pytest.raises(ConditionFailed):
        put_stop(store, STOP)
    assert "STOP-1" not in {stop.id for stop in in_effect(store)}
    assert find_switch(store, "STOP-1") is None


def test_ending_one_stop_leaves_one_that_was_made_meanwhile(store: MemoryStore, watched: Watched) -> None:
    put_stop(store, STOP)
    meanwhile(watched, 1, lambda _: put_stop(store, replace(STOP, id="STOP-2")))
    put_resumption(store, "STOP-1", RESUMED)
    assert [stop.id for stop in in_effect(store)] == ["STOP-2"]


def fill(store: MemoryStore, made: list[Stop]) -> None:
    """Have these stops in effect, at once."""
    put_stop(store, STOP)
    item = store.items[IN_EFFECT]
    (document,) = unpack(item["stops"])
    documents = [{**document, "id": stop.id, "reason": stop.reason} for stop in made]
    store.commit([Put(IN_EFFECT, {**item, "stops": pack(documents)})])


def test_so_many_stops_are_in_effect_at_most_and_one_that_ends_makes_room(store: MemoryStore) -> None:
    fill(store, [replace(STOP, id=f"STOP-{number}") for number in range(MOST_STOPS - 1)])
    put_stop(store, replace(STOP, id="the-last"))
    with pytest.raises(ValueError, match=f"{MOST_STOPS} stops are in effect"):
        put_stop(store, replace(STOP, id="one-more"))
    assert find_switch(store, "one-more") is None
    put_resumption(store, "STOP-7", RESUMED)
    put_stop(store, replace(STOP, id="one-more"))
    assert len(in_effect(store)) == MOST_STOPS


def test_stops_that_do_not_fit_the_item_are_refused_and_can_still_be_ended(store: MemoryStore) -> None:
    """However long their reasons are, in whichever letters, and however little they have in common."""
    chance = random.Random(1)

    def reason() -> str:
        return "".join(map(chr, chance.choices(range(0x10000, 0x20000), k=LONGEST_TEXT)))

    fill(store, [replace(STOP, id=f"STOP-{number}", reason=reason()) for number in range(2, 150)])

    def stop_more() -> None:
        for number in range(150, MOST_STOPS):
            put_stop(store, replace(STOP, id=f"STOP-{number}", reason=reason()))

    with pytest.raises(ValueError, match="stops are in effect: end some"):
        stop_more()
    made = len(in_effect(store))
    put_resumption(store, "STOP-2", RESUMED)
    put_stop(store, replace(STOP, id="a-short-one"))
    assert len(in_effect(store)) == made


@pytest.mark.parametrize("missing", ["id", "scope", "value", "reason", "stopped_by", "at"])
def test_half_a_stop_is_an_error_and_not_no_stop(store: MemoryStore, missing: str) -> None:
    put_stop(store, STOP)
    item = store.items[IN_EFFECT]
    (stop,) = unpack(item["stops"])
    del stop[missing]
    with pytest.raises(RegistryInvalid, match=f"'in-effect' in partition 'switches'.*{missing}"):
        stops_in_effect({**item, "stops": pack([stop])})
    if missing != "id":
        key = next(key for key in store.items if key.item == "STOP-1#1-stop")
        store.commit([Put(key, {name: value for name, value in store.items[key].items() if name != missing})])
        with pytest.raises(RegistryInvalid, match=f"'STOP-1#1-stop' in partition 'switches'.*{missing}"):
            find_switch(store, "STOP-1")


@pytest.mark.parametrize("item", [{}, {"stops": "[]"}, {"stops": b"[]"}, {"stops": 0}, {"stops": pack([{}])}])
def test_stops_that_cannot_be_read_are_an_error_and_not_no_stops(item: Item) -> None:
    with pytest.raises(RegistryInvalid):
        stops_in_effect(item)
