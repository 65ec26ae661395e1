"""Stops, and what counts of a resource's past."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest

from runtime.domain.guardrails import PastKind, StopScope, since_cleared, stop_for
from tests.unit.domain.cases import APPLIED, NOW, STOP, UNDONE

CHANGE = {"account_id": "222222222222", "fix_id": "fake-fix", "environment": "dev"}


@pytest.mark.parametrize(
    ("scope", "value"),
    [
        (StopScope.EVERYTHING, ""),
        (StopScope.ACCOUNT, "222222222222"),
        (StopScope.FIX, "fake-fix"),
        (StopScope.ENVIRONMENT, "dev"),
    ],
)
def test_a_stop_covers_what_it_names(scope: StopScope, value: str) -> None:
    stop = replace(STOP, scope=scope, value=value)
    assert stop_for([stop], **CHANGE) == stop


def test_a_stop_of_a_fix_is_one_under_its_former_ids_too() -> None:
    stop = replace(STOP, scope=StopScope.FIX, value="old-id")
    assert stop_for([stop], **CHANGE, former_fix_ids=("older-id", "old-id")) == stop
    assert stop_for([stop], **CHANGE, former_fix_ids=("older-id",)) is None


@pytest.mark.parametrize("scope", sorted(set(StopScope) - {StopScope.EVERYTHING}))
@pytest.mark.parametrize("value", ["", "other", "222222222222", "fake-fix", "dev"])
def test_a_stop_covers_nothing_else(scope: StopScope, value: str) -> None:
    named = {StopScope.ACCOUNT: "account_id", StopScope.FIX: "fix_id", StopScope.ENVIRONMENT: "environment"}[scope]
    stop = replace(STOP, scope=scope, value=value)
    assert (stop_for([stop], **CHANGE) is None) == (value != CHANGE[named])


def test_without_a_stop_nothing_is_stopped() -> None:
    assert stop_for([], **CHANGE) is None


def test_of_several_stops_the_earliest_that_covers_the_change_counts() -> None:
    earliest = replace(STOP, id="s-9", at=NOW - timedelta(hours=2), scope=StopScope.FIX, value="other-fix")
    first = replace(STOP, id="s-2", at=NOW - timedelta(hours=1))
    stops = [earliest, first, replace(first, id="s-3"), STOP]
    for order in permutations(stops):
        assert stop_for(order, **CHANGE) == first


@pytest.mark.parametrize(
    ("scope", "value", "target"),
    [
        (StopScope.EVERYTHING, "", "everything"),
        (StopScope.ACCOUNT, "222222222222", "account 222222222222"),
        (StopScope.FIX, "fake-fix", "fix fake-fix"),
        (StopScope.ENVIRONMENT, "dev", "environment dev"),
    ],
)
def test_a_stop_says_what_it_stops(scope: StopScope, value: str, target: str) -> None:
    assert replace(STOP, scope=scope, value=value).target == target


CLEARED = replace(UNDONE, kind=PastKind.CLEARED, correlation_id="c-cleared", at=NOW - timedelta(days=2))


def test_what_was_before_an_operator_cleared_it_does_not_count() -> None:
    for order in permutations([UNDONE, CLEARED, APPLIED]):
        assert since_cleared(order, "fake-fix") == (APPLIED,)


def test_everything_counts_oldest_first_where_nothing_was_cleared() -> None:
    assert since_cleared([APPLIED, UNDONE], "fake-fix") == (UNDONE, APPLIED)
    assert since_cleared([], "fake-fix") == ()


def test_what_was_undone_after_the_last_clearing_counts() -> None:
    again = replace(UNDONE, correlation_id="c-again", at=NOW)
    earlier = replace(CLEARED, correlation_id="c-earlier", at=NOW - timedelta(days=40))
    assert since_cleared([again, CLEARED, UNDONE, earlier], "fake-fix") == (again,)


def test_each_fix_has_a_past_of_its_own() -> None:
    of_another = replace(CLEARED, fix_id="other-fix")
    assert since_cleared([UNDONE, of_another], "fake-fix") == (UNDONE,)
    assert since_cleared([UNDONE, of_another], "other-fix") == ()


def test_what_counts_of_a_fix_is_under_its_former_ids_too() -> None:
    assert since_cleared([UNDONE], "new-id", "fake-fix") == (UNDONE,)
    under_the_new = replace(CLEARED, fix_id="new-id")
    assert since_cleared([UNDONE, under_the_new], "new-id", "fake-fix") == ()
