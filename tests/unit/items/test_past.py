"""What was done to a resource."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.application.ports import ConditionFailed, Item
from runtime.domain.errors import RegistryInvalid
from runtime.domain.guardrails import Past, PastKind, since_cleared
from runtime.items.codec import pack, unpack
from runtime.items.past import MOST_KEPT, past_from_item, past_key, put_past
from tests.memory.store import MemoryStore
from tests.unit.domain.cases import BUCKET_ARN, NOW
from tests.unit.items.strategies import pasts

KEY = past_key(BUCKET_ARN)
APPLIED = Past(kind=PastKind.APPLIED, fix_id="f-1", correlation_id="c-1", at=NOW)
UNDONE = Past(kind=PastKind.UNDONE, fix_id="f-1", correlation_id="c-2", at=NOW, by="arn:ann", reason="broke it")


def after(minutes: int, past: Past, run: str) -> Past:
    return replace(past, at=past.at + timedelta(minutes=minutes), correlation_id=run)


@given(all_of_it=st.lists(pasts, max_size=8, unique_by=lambda past: (past.correlation_id, past.kind)))
def test_of_whatever_was_done_all_that_counts_is_read_as_it_was_put(all_of_it: list[Past]) -> None:
    item: Item | None = None
    for past in sorted(all_of_it, key=lambda past: (past.at, past.correlation_id)):
        item = put_past(KEY, item, add=[past]).item
    kept = past_from_item(KEY, item)
    for fix_id in ("f-1", "f-2"):
        assert since_cleared(kept, fix_id) == since_cleared(all_of_it, fix_id)
    assert all(past.kind is not PastKind.CLEARED for past in kept)


def test_a_resources_past_is_its_own(store: MemoryStore) -> None:
    store.commit([put_past(KEY, None, add=[APPLIED])])
    other = past_key(f"{BUCKET_ARN}-2")
    stored = store.read([KEY, other])
    assert past_from_item(KEY, stored.item(KEY)) == (APPLIED,)
    assert past_from_item(other, stored.item(other)) == ()


def test_what_is_noted_again_is_there_once_and_as_it_was() -> None:
    item = put_past(KEY, None, add=[APPLIED, UNDONE]).item
    item = put_past(
        KEY, item, add=[replace(UNDONE, reason="noted again"), replace(APPLIED, at=NOW + timedelta(1))]
    ).item
    assert past_from_item(KEY, item) == (APPLIED, UNDONE)


def test_what_a_run_put_there_can_be_dropped_and_nothing_else() -> None:
    item = put_past(KEY, None, add=[APPLIED, UNDONE]).item
    item = put_past(KEY, item, drop="c-2").item
    assert past_from_item(KEY, item) == (APPLIED,)
    assert past_from_item(KEY, put_past(KEY, item, drop="c-9").item) == (APPLIED,)


def test_what_was_cleared_of_a_fix_is_not_kept_and_another_fixs_is() -> None:
    other = replace(APPLIED, fix_id="f-2", correlation_id="c-3")
    cleared = replace(after(5, APPLIED, "m-1"), kind=PastKind.CLEARED)
    later = after(9, APPLIED, "c-4")
    item = put_past(KEY, put_past(KEY, None, add=[APPLIED, UNDONE, other]).item, add=[cleared]).item
    item = put_past(KEY, item, add=[later]).item
    kept = past_from_item(KEY, item)
    assert set(kept) == {other, later}
    assert since_cleared(kept, "f-1") == (later,)


def test_so_many_entries_are_kept_at_most_and_they_are_the_newest() -> None:
    item: Item | None = None
    for number in range(MOST_KEPT + 10):
        item = put_past(KEY, item, add=[after(number, APPLIED, f"c-{number}")]).item
    kept = past_from_item(KEY, item)
    assert [past.correlation_id for past in kept] == [f"c-{number}" for number in range(10, MOST_KEPT + 10)]


def test_a_denial_is_kept_however_many_newer_entries_there_are() -> None:
    denied = replace(UNDONE, kind=PastKind.DENIED, digest="d")
    item = put_past(KEY, None, add=[denied]).item
    for number in range(1, MOST_KEPT + 10):
        kind = PastKind.ASKED if number % 2 else PastKind.APPLIED
        item = put_past(KEY, item, add=[replace(after(number, APPLIED, f"c-{number}"), kind=kind)]).item
    kept = past_from_item(KEY, item)
    assert denied in kept
    assert len(kept) == MOST_KEPT + 1


def test_whoever_did_not_see_what_others_added_has_to_read_again(store: MemoryStore) -> None:
    store.commit([put_past(KEY, None, add=[APPLIED])])
    with pytest.raises(ConditionFailed):
        store.commit([put_past(KEY, None, add=[UNDONE])])
    item = store.items[KEY]
    store.commit([put_past(KEY, item, add=[UNDONE])])
    with pytest.raises(ConditionFailed):
        store.commit([put_past(KEY, item, add=[after(1, APPLIED, "c-9")])])
    assert past_from_item(KEY, store.items[KEY]) == (APPLIED, UNDONE)


@pytest.mark.parametrize("missing", ["kind", "fix_id", "correlation_id", "at"])
def test_half_an_entry_is_an_error(missing: str) -> None:
    item = put_past(KEY, None, add=[UNDONE]).item
    (entry,) = unpack(item["past"])
    del entry[missing]
    broken = {**item, "past": pack([entry])}
    with pytest.raises(RegistryInvalid, match=f"'past' in partition 'resource#{BUCKET_ARN}'.*{missing}"):
        past_from_item(KEY, broken)
    with pytest.raises(RegistryInvalid):
        put_past(KEY, broken, add=[APPLIED])


@pytest.mark.parametrize("item", [{}, {"past": "[]"}, {"past": b"[]"}, {"past": pack([{}])}])
def test_a_past_that_cannot_be_read_is_an_error_and_not_no_past(item: Item) -> None:
    with pytest.raises(RegistryInvalid):
        past_from_item(KEY, item)
