"""A waiting run, as its history tells it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from runtime.domain.audit import EventKind, History
from runtime.domain.hold import MOST_RELEASES, Hold, hold_of
from runtime.domain.outcome import Reason
from tests.unit.domain.cases import ACCOUNT_ID, BUCKET_ARN, EVENT, NOW


def test_a_run_waits_since_it_first_had_to_for_what_it_last_had_to() -> None:
    first = replace(
        EVENT,
        kind=EventKind.HELD,
        reason=Reason.STOPPED,
        sentence="It is stopped.",
        issue_id="i-1",
        account_id=ACCOUNT_ID,
        environment="dev",
        fix_id="fake-fix",
        resource_arn=BUCKET_ARN,
        attempt=1,
    )
    until = NOW + timedelta(hours=8)
    last = replace(
        first,
        at=NOW + timedelta(hours=2),
        reason=Reason.CHANGE_FREEZE,
        sentence="It is frozen.",
        attempt=2,
        expires_at=until,
    )
    assert hold_of(History(events=(first, last))) == Hold(
        correlation_id="c-1",
        since=NOW,
        attempt=2,
        issue_id="i-1",
        account_id=ACCOUNT_ID,
        environment="dev",
        fix_id="fake-fix",
        resource_arn=BUCKET_ARN,
        reason=Reason.CHANGE_FREEZE,
        sentence="It is frozen.",
        until=until,
    )


def test_a_run_that_has_to_wait_again_has_not_been_released_since() -> None:
    held = replace(EVENT, kind=EventKind.HELD, attempt=3)
    hold = hold_of(History(events=(held,)))
    assert (hold.releases, hold.released_at, hold.stuck) == (0, None, False)


def test_a_run_is_stuck_once_it_was_released_as_often_as_it_may_and_somebody_was_told() -> None:
    hold = hold_of(History(events=(replace(EVENT, kind=EventKind.HELD, attempt=1),)))
    assert [replace(hold, releases=releases).stuck for releases in (0, MOST_RELEASES, MOST_RELEASES + 1)] == [
        False,
        False,
        True,
    ]
