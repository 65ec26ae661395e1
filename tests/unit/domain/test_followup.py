"""Messages of the platform to itself: what is read is what was written, and the same command begins one run."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from runtime.domain.command import AnnounceStop, ApprovePlan, Command, DenyPlan, DryRun, UndoChange
from runtime.domain.errors import MessageInvalid
from runtime.domain.followup import (
    Approved,
    FollowUp,
    GoOn,
    Ordered,
    Run,
    Tick,
    Verify,
    message_to_json,
    parse_follow_up,
    parse_run,
    run_begun_by,
    run_id,
)

FOLLOW_UPS: tuple[FollowUp, ...] = (Verify(correlation_id="c-1", attempt=2), Tick())
RUNS: tuple[Run, ...] = (
    GoOn(correlation_id="c-1", attempt=2),
    Approved(review_id="r-1"),
    Ordered(command_id="c-2"),
)


@pytest.mark.parametrize("message", FOLLOW_UPS)
def test_a_follow_up_is_read_as_it_was_written(message: FollowUp) -> None:
    assert parse_follow_up(json.dumps(message_to_json(message))) == message


@pytest.mark.parametrize("message", RUNS)
def test_a_run_is_read_as_it_was_written(message: Run) -> None:
    assert parse_run(json.dumps(message_to_json(message))) == message


def test_what_is_for_one_queue_is_not_read_from_the_other() -> None:
    for read, messages in ((parse_run, FOLLOW_UPS), (parse_follow_up, RUNS)):
        for message in messages:
            with pytest.raises(MessageInvalid, match="expected one of"):
                read(json.dumps(message_to_json(message)))


@pytest.mark.parametrize("read", [parse_follow_up, parse_run])
@pytest.mark.parametrize("body", ["", "{", "[]", "null", "{}", '{"kind": "other"}', '{"kind": ["tick"]}'])
def test_nothing_else_is_a_message(read: Callable[[str], Any], body: str) -> None:
    with pytest.raises(MessageInvalid):
        read(body)


@pytest.mark.parametrize(
    "change", [{"correlation_id": 1}, {"correlation_id": None}, {"attempt": "2"}, {"attempt": True}, {"attempt": 2.0}]
)
def test_a_field_of_another_type_is_invalid(change: dict[str, Any]) -> None:
    whole = message_to_json(GoOn(correlation_id="c-1", attempt=2))
    with pytest.raises(MessageInvalid, match="GoOn has correlation_id, attempt"):
        parse_run(json.dumps({**whole, **change}))


def test_a_run_that_goes_on_is_the_same_and_what_a_command_begins_is_always_the_same_one_of_its_own() -> None:
    assert run_id(GoOn(correlation_id="c-1", attempt=1)) == run_id(GoOn(correlation_id="c-1", attempt=2)) == "c-1"
    begun = [run_id(run) for run in (Approved(review_id="c-1"), Ordered(command_id="c-1"), Ordered(command_id="c-2"))]
    assert len({"c-1", *begun}) == 4
    assert begun == [
        "a4e35475-1351-5a59-a354-12bd1fd91326",
        "8cd15f78-e002-57fe-948a-7d078220245f",
        "c0123cc2-6b5a-514d-b454-049238525646",
    ]


@pytest.mark.parametrize(
    ("command", "run"),
    [
        (ApprovePlan(review_id="r-1", digest="aa", reason="agreed"), Approved(review_id="r-1")),
        (UndoChange(target_id="c-1", reason="down", dry_run=False), Ordered(command_id="c-2")),
        (DryRun(target_id="c-1"), Ordered(command_id="c-2")),
        (DenyPlan(review_id="r-1", reason="no"), None),
        (AnnounceStop(stop_id="s-1"), None),
    ],
)
def test_only_an_approval_an_undo_and_a_dry_run_begin_a_run(command: Command, run: Run | None) -> None:
    assert run_begun_by(command, "c-2") == run
