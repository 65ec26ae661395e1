"""The runs that wait."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given

from runtime.application.ports import ConditionFailed
from runtime.domain.errors import RegistryInvalid
from runtime.domain.hold import Hold
from runtime.domain.outcome import Reason
from runtime.items.holds import ACCOUNTS, ended, held, hold_from_item, hold_key, holds_of, noted, released_anew
from tests.memory.store import MemoryStore
from tests.unit.domain.cases import ACCOUNT_ID, NOW, OTHER_ACCOUNT_ID
from tests.unit.items.strategies import holds

HOLD = Hold(
    correlation_id="c-1",
    since=NOW,
    attempt=1,
    issue_id="issue-1",
    account_id=ACCOUNT_ID,
    environment="dev",
    fix_id="fake-fix",
    resource_arn="arn:aws:s3:::a-bucket",
    reason=Reason.OUTSIDE_CHANGE_WINDOW,
    sentence="It waits.",
    until=NOW + timedelta(hours=2),
)


def waiting(store: MemoryStore, account_id: str = ACCOUNT_ID) -> list[Hold]:
    return [hold_from_item(key, item) for key, item in store.find(holds_of(account_id))]


@given(hold=holds)
def test_a_hold_is_read_as_it_was_put(hold: Hold) -> None:
    put, _ = held(hold)
    assert put.key == hold_key(hold)
    assert hold_from_item(put.key, put.item) == hold  # type: ignore[union-attr]
    again = noted(hold, hold)
    assert (again.key, again.item) == (put.key, put.item)  # type: ignore[union-attr]


def test_a_run_waits_until_it_ends_and_its_account_is_known_from_then_on(store: MemoryStore) -> None:
    stopped = replace(HOLD, correlation_id="c-2", reason=Reason.STOPPED, until=None)
    other = replace(HOLD, correlation_id="c-3", account_id=OTHER_ACCOUNT_ID)
    for hold in (HOLD, stopped, other):
        store.commit(held(hold))
    assert waiting(store) == [HOLD, stopped]
    assert waiting(store, OTHER_ACCOUNT_ID) == [other]
    for _ in range(2):
        store.commit([ended(HOLD)])
    assert waiting(store) == [stopped]
    assert [key.item for key, _ in store.find(ACCOUNTS)] == [ACCOUNT_ID, OTHER_ACCOUNT_ID]


def test_what_has_waited_longest_comes_first(store: MemoryStore) -> None:
    for seconds in (30, 10, 20):
        store.commit(held(replace(HOLD, correlation_id=f"c-{seconds}", since=NOW + timedelta(seconds=seconds))))
    assert [hold.correlation_id for hold in waiting(store)] == ["c-10", "c-20", "c-30"]


def test_a_run_that_has_to_wait_again_waits_once(store: MemoryStore) -> None:
    store.commit(held(replace(HOLD, releases=3, released_at=NOW)))
    again = replace(HOLD, attempt=2, reason=Reason.STOPPED, until=None)
    store.commit(held(again))
    assert waiting(store) == [again]


def test_what_was_done_about_a_run_is_noted_only_while_it_waits_for_the_same(store: MemoryStore) -> None:
    store.commit(held(HOLD))
    released = replace(HOLD, releases=1, released_at=NOW)
    store.commit([noted(HOLD, released)])
    assert waiting(store) == [released]
    again = replace(HOLD, attempt=2)
    store.commit(held(again))
    with pytest.raises(ConditionFailed):
        store.commit([noted(released, released)])
    assert waiting(store) == [again]
    store.commit([ended(again)])
    with pytest.raises(ConditionFailed):
        store.commit([noted(again, again)])
    assert waiting(store) == [], "it has ended, and is not brought back"


def test_a_release_is_not_noted_over_another_or_over_a_retry(store: MemoryStore) -> None:
    once, twice = (replace(HOLD, releases=releases, released_at=NOW) for releases in (1, 2))
    store.commit(held(once))
    for others, there in ((noted(once, twice), twice), (released_anew(HOLD), HOLD)):
        store.commit([others])
        with pytest.raises(ConditionFailed):
            store.commit([noted(once, replace(once, releases=3))])
        assert waiting(store) == [there]


def test_a_run_that_waits_for_something_else_by_now_is_not_retried(store: MemoryStore) -> None:
    again = replace(HOLD, attempt=2)
    store.commit(held(again))
    with pytest.raises(ConditionFailed):
        store.commit([released_anew(HOLD)])
    assert waiting(store) == [again]


@pytest.mark.parametrize("missing", ["account_id", "since", "reason", "correlation_id", "resource_arn", "sentence"])
def test_half_a_hold_is_an_error_and_not_no_hold(missing: str) -> None:
    put = noted(HOLD, HOLD)
    item = {name: value for name, value in put.item.items() if name != missing}
    with pytest.raises(RegistryInvalid, match=f"{missing!r} is missing"):
        hold_from_item(put.key, item)


@pytest.mark.parametrize(("name", "value"), [("reason", "WHY"), ("until", "soon"), ("attempt", "1"), ("fix_id", 7)])
def test_a_hold_of_another_form_is_an_error(name: str, value: str | int) -> None:
    put = noted(HOLD, HOLD)
    with pytest.raises(RegistryInvalid, match=f"held#{ACCOUNT_ID}"):
        hold_from_item(put.key, {**put.item, name: value})
