"""The store: conditions, transactions and reads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from moto import mock_aws

from runtime.application.ports import (
    Absent,
    Add,
    AllOf,
    Below,
    Condition,
    ConditionFailed,
    Delete,
    Equals,
    Item,
    Key,
    Partition,
    Put,
    Store,
    Table,
    Write,
)
from runtime.domain.errors import PlatformCallFailed
from tests.contract.over_moto import dynamo_store
from tests.memory.calls import Watched, in_order
from tests.memory.store import MemoryStore

ONE, TWO, THREE = (Key(Table.LEDGER, "a-partition", name) for name in ("1", "2", "3"))
ELSEWHERE = Key(Table.AUDIT, "another", "1")
WITHOUT_SORT_KEY = Key(Table.LOCKS, "arn:aws:s3:::ledger")

REFUSED = (PlatformCallFailed, AssertionError)
"""What DynamoDB never takes is a defect of the code that sends it: in memory it shows at once."""


@pytest.fixture
def store(port: str) -> Store:
    return MemoryStore(Watched(), in_order) if port == "memory" else dynamo_store()


def put(store: Store, items: dict[Key, Item]) -> None:
    for key, item in items.items():
        store.commit([Put(key, item)])


def outcome_of(store: Store, writes: list[Write]) -> Any:
    """What was found where a condition did not hold."""
    try:
        store.commit(writes)
    except ConditionFailed as failed:
        return dict(failed.found)
    return "made"


def holding(store: Store, *keys: Key) -> dict[Key, Item]:
    return dict(store.read(keys).items)


# -- conditions -------------------------------------------------------------------------------------------------------

ITEMS: dict[str, Item | None] = {
    "none": None,
    "empty": {},
    "x": {"t": "x"},
    "y": {"t": "y"},
    "1": {"n": 1},
    "5": {"n": 5},
    "x, 1": {"t": "x", "n": 1},
    "x, 5": {"t": "x", "n": 5},
}


@pytest.mark.parametrize(
    ("condition", "holds_for"),
    [
        (Absent(), {"none"}),
        (Equals("t", "x"), {"x", "x, 1", "x, 5"}),
        (Equals("n", 1), {"1", "x, 1"}),
        (Equals("t", 1), set()),
        (Equals("n", "1"), set()),
        (Equals("t", None), {"none", "empty", "1", "5"}),
        (Below("n", 5), {"none", "empty", "x", "y", "1", "x, 1"}),
        (Below("n", 6), set(ITEMS)),
        (AllOf((Equals("t", "x"), Equals("n", 1))), {"x, 1"}),
        (AllOf((Below("n", 5), Equals("t", None), Equals("other", None))), {"none", "empty", "1"}),
        (AllOf((Equals("t", "x"),)), {"x", "x, 1", "x, 5"}),
        (AllOf((Below("n", 5),)), {"none", "empty", "x", "y", "1", "x, 1"}),
        (AllOf((AllOf((Equals("t", "x"), Below("n", 2))), Equals("n", None))), {"x"}),
    ],
    ids=lambda value: str(sorted(value)) if isinstance(value, set) else str(value),
)
def test_a_condition_holds_for_exactly_these_items(store: Store, condition: Condition, holds_for: set[str]) -> None:
    held = set()
    for name, item in ITEMS.items():
        key = ONE._replace(item=name)
        if item is not None:
            store.commit([Put(key, item)])
        outcome = outcome_of(store, [Put(key, {"written": 1}, condition), Put(ELSEWHERE, {})])
        assert outcome in ("made", {key: item})
        if outcome == "made":
            held.add(name)
    assert held == holds_for


def test_a_text_is_below_no_number() -> None:
    """Operands of different types do not compare, by DynamoDB's documentation; moto breaks down on them.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html
    """
    store = MemoryStore(Watched(), in_order)
    store.commit([Put(ONE, {"n": "1"})])
    with pytest.raises(ConditionFailed):
        store.commit([Put(ONE, {}, Below("n", 5))])


WRITES: dict[str, Callable[[Condition | None], Write]] = {
    "put": lambda condition: Put(ONE, {"n": 7}, condition),
    "add": lambda condition: Add(ONE, "n", 6, condition),
    "delete": lambda condition: Delete(ONE, condition),
}
AFTER = {"put": {ONE: {"n": 7}}, "add": {ONE: {"n": 7}}, "delete": {}}


@pytest.mark.parametrize("beside", [(), (Put(ELSEWHERE, {"t": "beside"}),)], ids=["alone", "with another"])
@pytest.mark.parametrize("write", WRITES)
def test_a_write_is_made_if_its_condition_holds_and_only_then(
    store: Store, write: str, beside: tuple[Write, ...]
) -> None:
    put(store, {ONE: {"n": 1}})
    with pytest.raises(ConditionFailed) as failed:
        store.commit([WRITES[write](Equals("n", 2)), *beside])
    assert failed.value.found == {ONE: {"n": 1}}
    assert failed.value.retryable
    assert holding(store, ONE, ELSEWHERE) == {ONE: {"n": 1}}
    store.commit([WRITES[write](Equals("n", 1)), *beside])
    assert holding(store, ONE, ELSEWHERE) == AFTER[write] | ({ELSEWHERE: {"t": "beside"}} if beside else {})


@pytest.mark.parametrize("beside", [(), (Put(ELSEWHERE, {}),)], ids=["alone", "with another"])
@pytest.mark.parametrize("write", ["put", "add"])
def test_what_should_be_there_and_is_not_is_not_made(store: Store, write: str, beside: tuple[Write, ...]) -> None:
    with pytest.raises(ConditionFailed) as failed:
        store.commit([WRITES[write](Equals("n", 1)), *beside])
    assert failed.value.found == {ONE: None}
    assert holding(store, ONE, ELSEWHERE) == {}


# -- transactions -----------------------------------------------------------------------------------------------------


def test_all_writes_are_made_or_none_and_each_failed_condition_tells_what_was_found(store: Store) -> None:
    before: dict[Key, Item] = {ONE: {"n": 1, "t": "one"}, THREE: {"n": 3}, WITHOUT_SORT_KEY: {"holder": "somebody"}}
    put(store, before)
    with pytest.raises(ConditionFailed) as failed:
        store.commit(
            [
                Put(ELSEWHERE, {"t": "new"}, Absent()),
                Put(ONE, {"n": 9}, Absent()),
                Delete(TWO, Equals("n", 2)),
                Add(THREE, "n", 1, Below("n", 10)),
                Put(WITHOUT_SORT_KEY, {"holder": "me"}, Absent()),
            ]
        )
    assert failed.value.found == {ONE: before[ONE], TWO: None, WITHOUT_SORT_KEY: before[WITHOUT_SORT_KEY]}
    assert holding(store, ONE, TWO, THREE, WITHOUT_SORT_KEY, ELSEWHERE) == before


def test_writes_of_several_tables_are_one_transaction(store: Store) -> None:
    keys = [Key(table, "p", "" if table is Table.LOCKS else "i") for table in Table]
    store.commit([Put(key, {"n": 1}, Absent()) for key in keys])
    assert holding(store, *keys) == {key: {"n": 1} for key in keys}
    store.commit([Delete(key, Equals("n", 1)) for key in keys])
    assert holding(store, *keys) == {}


def test_a_transaction_has_a_hundred_writes_at_most(store: Store) -> None:
    keys = [ONE._replace(item=f"{number:03}") for number in range(101)]
    store.commit([Put(key, {}) for key in keys[:100]])
    assert len(holding(store, *keys)) == 100
    with pytest.raises(REFUSED):
        store.commit([Put(key, {"n": 1}) for key in keys])
    assert set(map(str, holding(store, *keys).values())) == {"{}"}


def test_a_transaction_writes_each_item_once(store: Store) -> None:
    with pytest.raises(REFUSED):
        store.commit([Put(ONE, {"n": 1}), Add(ONE, "n", 1)])
    assert holding(store, ONE) == {}


# -- sent again -------------------------------------------------------------------------------------------------------


def test_a_put_that_meets_itself_was_made(store: Store) -> None:
    """Its answer was lost, and it is sent again. A transaction has a token for that, which moto does not heed."""
    once = Put(ONE, {"n": 1, "t": "one", "b": b"\x00"}, Absent())
    store.commit([once])
    store.commit([once])
    assert holding(store, ONE) == {ONE: once.item}
    with pytest.raises(ConditionFailed) as failed:
        store.commit([replace(once, item={"n": 2})])
    assert failed.value.found == {ONE: once.item}


def test_a_delete_that_finds_nothing_was_made(store: Store) -> None:
    put(store, {ONE: {"holder": "me"}})
    for _ in range(2):
        store.commit([Delete(ONE, Equals("holder", "me"))])
    put(store, {ONE: {"holder": "another"}})
    with pytest.raises(ConditionFailed):
        store.commit([Delete(ONE, Equals("holder", "me"))])


def test_in_a_transaction_nothing_that_is_there_is_taken_for_its_own(store: Store) -> None:
    put(store, {ONE: {"n": 1}})
    with pytest.raises(ConditionFailed) as failed:
        store.commit([Put(ONE, {"n": 1}, Absent()), Put(TWO, {})])
    assert failed.value.found == {ONE: {"n": 1}}
    with pytest.raises(ConditionFailed) as failed:
        store.commit([Delete(THREE, Equals("n", 1)), Put(TWO, {})])
    assert failed.value.found == {THREE: None}
    assert holding(store, TWO) == {}


# -- each kind of write -----------------------------------------------------------------------------------------------


def test_a_put_replaces_the_whole_item(store: Store) -> None:
    put(store, {ONE: {"n": 1, "t": "x"}})
    put(store, {ONE: {"other": 2}})
    assert holding(store, ONE) == {ONE: {"other": 2}}


@pytest.mark.parametrize("beside", [(), (Put(ELSEWHERE, {}),)], ids=["alone", "with another"])
def test_what_is_added_to_begins_at_zero_and_what_is_not_needed_is_removed(
    store: Store, beside: tuple[Write, ...]
) -> None:
    store.commit([Add(ONE, "new", 2), *beside])
    assert holding(store, ONE) == {ONE: {"new": 2}}
    put(store, {ONE: {"new": 2, "old": 5, "older": 7, "t": "kept"}})
    store.commit([Add(ONE, "new", -3, Below("new", 3), remove=("old", "older", "was never there")), *beside])
    assert holding(store, ONE) == {ONE: {"new": -1, "t": "kept"}}


def test_what_is_no_number_is_not_added_to(store: Store) -> None:
    put(store, {ONE: {"t": "x"}})
    with pytest.raises(REFUSED):
        store.commit([Add(ONE, "t", 1)])
    assert holding(store, ONE) == {ONE: {"t": "x"}}


def test_what_is_not_there_can_be_deleted(store: Store) -> None:
    store.commit([Delete(ONE)])
    store.commit([Delete(ONE), Delete(TWO)])
    assert holding(store, ONE, TWO) == {}


# -- reading ----------------------------------------------------------------------------------------------------------


def test_more_items_than_fit_a_batch_are_read_and_those_that_are_not_there_are_none(store: Store) -> None:
    keys = [
        Key(table, f"p-{number}", "" if table is Table.LOCKS else "i")
        for number in range(60)
        for table in (Table.LEDGER, Table.LOCKS, Table.REGISTRY, Table.HOLDS)
    ]
    there = [key for number, key in enumerate(keys) if number % 3]
    for start in range(0, len(there), 100):
        store.commit([Put(key, {"n": start}) for key in there[start : start + 100]])
    stored = store.read(keys)
    assert {key for key in keys if stored.item(key) is not None} == set(there)
    assert set(stored.items) == set(there)


def test_items_and_partitions_are_read_together(store: Store) -> None:
    put(store, {TWO: {"n": 2}, ONE: {"n": 1}, ELSEWHERE: {"n": 3}})
    stored = store.read([ELSEWHERE, THREE], [Partition(*ONE[:2]), Partition(Table.HOLDS, "nothing")])
    assert stored.items == {ELSEWHERE: {"n": 3}}
    assert {partition: list(found) for partition, found in stored.partitions.items()} == {
        Partition(*ONE[:2]): [(ONE, {"n": 1}), (TWO, {"n": 2})],
        Partition(Table.HOLDS, "nothing"): [],
    }


def test_nothing_is_read_if_nothing_is_asked_for(store: Store) -> None:
    assert store.read().items == {}


def test_an_item_is_asked_for_once(store: Store) -> None:
    with pytest.raises(REFUSED):
        store.read([ONE, ONE])


NAMES = ["", "a", "A", "a#1", "a#2", "a-1", "b", "ä", "aé", "\ud7ff", "\U0001f512", "0001", "0002", "0010"]


def found_items(found: Sequence[tuple[Key, Item]]) -> list[str]:
    return [key.item for key, _ in found]


@pytest.fixture
def named(store: Store) -> Store:
    """A partition with items of these names, and one beside it with others."""
    keys = [ONE._replace(item=name) for name in NAMES if name]
    store.commit([*(Put(key, {"t": key.item}) for key in keys), Put(ONE._replace(partition="a-partition-2"), {})])
    return store


HERE = Partition(*ONE[:2])
IN_ORDER = sorted(filter(None, NAMES), key=str.encode)


def test_a_partition_is_found_in_the_order_of_its_keys_bytes(named: Store) -> None:
    found = named.find(HERE)
    assert found_items(found) == IN_ORDER
    assert all(item == {"t": key.item} and key[:2] == HERE for key, item in found)


@pytest.mark.parametrize("prefix", ["a", "a#", "0", "ä", "nothing"])
def test_what_has_a_prefix_is_found_in_order(named: Store, prefix: str) -> None:
    assert found_items(named.find(HERE, begins_with=prefix)) == [name for name in IN_ORDER if name.startswith(prefix)]


@pytest.mark.parametrize("between", [("0001", "0010"), ("a", "a#2"), ("a", "a"), ("0", "\U0001f512"), ("x", "z")])
def test_what_lies_between_two_keys_is_found_with_both(named: Store, between: tuple[str, str]) -> None:
    first, last = between
    assert found_items(named.find(HERE, between=between)) == [
        name for name in IN_ORDER if first.encode() <= name.encode() <= last.encode()
    ]


@pytest.mark.parametrize("most", [1, 3, len(IN_ORDER), 1000])
def test_the_first_so_many_are_found(named: Store, most: int) -> None:
    assert found_items(named.find(HERE, most=most)) == IN_ORDER[:most]
    prefixed = [name for name in IN_ORDER if name.startswith("a")]
    assert found_items(named.find(HERE, begins_with="a", most=most)) == prefixed[:most]


def test_a_partition_larger_than_a_page_is_found_whole(store: Store) -> None:
    """DynamoDB ends a page at 1 MB."""
    keys = [ONE._replace(item=f"{number}") for number in range(5)]
    put(store, {key: {"t": "x" * 300_000} for key in keys})
    assert found_items(store.find(HERE)) == ["0", "1", "2", "3", "4"]
    assert found_items(store.read(partitions=[HERE]).partitions[HERE]) == ["0", "1", "2", "3", "4"]
    assert set(store.read(keys).items) == set(keys)


# -- values -----------------------------------------------------------------------------------------------------------


def test_texts_numbers_and_bytes_are_read_as_they_were_written(store: Store) -> None:
    item: Item = {
        "text": "Prüfung №1 \U0001f512\n",
        "empty text": "",
        "digits": "007",
        "zero": 0,
        "large": 10**37,
        "negative": -5,
        "bytes": bytes(range(256)),
        "no bytes": b"",
    }
    put(store, {ONE: item})
    found = store.read([ONE]).item(ONE)
    assert found == item
    assert {name: type(value) for name, value in (found or {}).items()} == {
        name: type(value) for name, value in item.items()
    }
    with pytest.raises(ConditionFailed) as failed:
        store.commit([Put(ONE, {}, Absent()), Put(TWO, {})])
    assert failed.value.found == {ONE: item}


def test_an_item_has_400_kilobytes_at_most(store: Store) -> None:
    """moto draws the line at 405,000 bytes, and counts binary values as they are encoded."""
    put(store, {ONE: {"t": "x" * 395 * 1024}})
    too_large = Put(TWO, {"t": "x" * 420 * 1024})
    for writes in ([too_large], [too_large, Put(THREE, {})]):
        with pytest.raises(REFUSED):
            store.commit(writes)
    assert set(holding(store, ONE, TWO, THREE)) == {ONE}


# -- whatever comes ---------------------------------------------------------------------------------------------------

places = st.sampled_from([("p", "1"), ("p", "2"), ("p", "3"), ("q", "1")])
texts = st.sampled_from(["", "x", "y"])
numbers = st.integers(0, 4)
# A text and a number never share an attribute: moto breaks down where they are compared.
items = st.dictionaries(st.sampled_from(["n", "m"]), numbers, max_size=2).flatmap(
    lambda found: st.dictionaries(st.just("t"), texts).map(lambda more: {**found, **more})
)
simple: st.SearchStrategy[Condition] = st.one_of(
    st.just(Absent()),
    st.builds(Equals, st.sampled_from(["n", "m"]), st.none() | numbers),
    st.builds(Equals, st.just("t"), st.none() | texts),
    st.builds(Below, st.sampled_from(["n", "m"]), numbers),
)
conditions = st.recursive(
    simple,
    lambda inner: st.builds(AllOf, st.lists(inner, min_size=1, max_size=3).map(tuple)),
    max_leaves=4,
)


def _write(key: Key, kind: str, item: Item, amount: int, condition: Condition | None) -> Write:
    match kind:
        case "put":
            return Put(key, item, condition)
        case "add":
            return Add(key, "n", amount, condition, remove=("m",))
        case _:
            return Delete(key, condition)


drawn = st.tuples(
    places, st.sampled_from(["put", "put", "add", "delete"]), items, st.integers(-2, 3), st.none() | conditions
)
commits = st.lists(drawn, min_size=1, max_size=3, unique_by=lambda one: one[0])


def test_any_sequence_of_commits_leaves_both_stores_alike() -> None:
    with mock_aws():
        memory, dynamo, numbers = MemoryStore(Watched(), in_order), dynamo_store(), count()

        @settings(max_examples=50, suppress_health_check=list(HealthCheck))
        @given(sequence=st.lists(commits, min_size=3, max_size=8))
        def alike(sequence: list[list[Any]]) -> None:
            number = next(numbers)  # each sequence has partitions of its own
            partitions = [Partition(Table.LEDGER, f"{name}-{number}") for name in ("p", "q")]
            for commit in sequence:
                writes = [
                    _write(Key(Table.LEDGER, f"{partition}-{number}", item), *rest)
                    for (partition, item), *rest in commit
                ]
                assert outcome_of(dynamo, writes) == outcome_of(memory, writes), writes
            keys = [Key(*partitions[0], "1"), Key(*partitions[1], "1")]
            assert dynamo.read(keys, partitions) == memory.read(keys, partitions)

        alike()
