"""Messages of the platform to itself: what is read is what was written, and the same command begins one run."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from runtime.domain.audit import Evidence
from runtime.domain.command import (
    AnnounceStop,
    ApprovePlan,
    Command,
    DenyPlan,
    DryRun,
    Order,
    UndoChange,
    VerifyAccount,
)
from runtime.domain.errors import MessageInvalid
from runtime.domain.followup import (
    Approved,
    FollowUp,
    ResumeHeld,
    Run,
    RunCommand,
    Tick,
    Verify,
    message_to_json,
    parse_follow_up,
    parse_run,
    run_begun_by,
    run_id,
)
from runtime.domain.outcome import Reason
from tests.unit.domain.cases import ALICE, EVENT

FOLLOW_UPS: tuple[FollowUp, ...] = (Verify(correlation_id="c-1", attempt=2), Tick())
RUNS: tuple[Run, ...] = (
    ResumeHeld(correlation_id="c-1", attempt=2),
    Approved(review_id="r-1"),
    RunCommand(command_id="c-2"),
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
    whole = message_to_json(ResumeHeld(correlation_id="c-1", attempt=2))
    with pytest.raises(MessageInvalid, match="ResumeHeld"):
        parse_run(json.dumps({**whole, **change}))


def test_a_run_that_is_resumed_is_still_the_same_run() -> None:
    assert (
        run_id(ResumeHeld(correlation_id="c-1", attempt=1))
        == run_id(ResumeHeld(correlation_id="c-1", attempt=2))
        == "c-1"
    )


APPROVE = ApprovePlan(review_id="r-1", digest="aa", reason="agreed")
UNDO = UndoChange(target_id="c-1", reason="down", dry_run=False)


def test_what_a_command_begins_is_a_run_of_its_own_and_the_same_one_by_every_version() -> None:
    assert [
        run_id(run) for run in (Approved(review_id="c-1"), RunCommand(command_id="c-1"), RunCommand(command_id="c-2"))
    ] == [
        "084c681c4fd1321931c1429ab7b4ce1f",
        "8dc84b6618eeb0db64b8dc9107627cdd",
        "a576d226be49e9b5d1371d4b2805283e",
    ]


@pytest.mark.parametrize(
    ("command", "reason", "run"),
    [
        (APPROVE, Reason.APPROVAL_COMPLETE, Approved(review_id="r-0")),  # which r-1 had joined
        (APPROVE, Reason.APPROVAL_COUNTED, None),
        (APPROVE, Reason.SAME_PERSON, None),
        (UNDO, Reason.UNDO_ACCEPTED, RunCommand(command_id="c-2")),
        (UNDO, Reason.NOT_UNDOABLE, None),
        (DryRun(target_id="c-1"), Reason.DRY_RUN_ACCEPTED, RunCommand(command_id="c-2")),
        (DenyPlan(review_id="r-1", reason="no"), Reason.REVIEW_DENIED, None),
        (AnnounceStop(stop_id="s-1"), Reason.RESUME_ANNOUNCED, None),
        (VerifyAccount(account_id="222222222222"), Reason.ACCOUNT_VERIFIED, None),
    ],
)
def test_only_a_complete_approval_an_undo_and_a_dry_run_begin_a_run(
    command: Command, reason: Reason, run: Run | None
) -> None:
    order = Order(command=command, principal=ALICE)
    outcome = replace(EVENT, correlation_id="c-2", reason=reason, evidence=Evidence(order=order, target_id="r-0"))
    assert run_begun_by(outcome) == run


def test_what_no_command_caused_begins_no_run() -> None:
    assert run_begun_by(replace(EVENT, reason=Reason.APPROVAL_COMPLETE, evidence=Evidence())) is None
