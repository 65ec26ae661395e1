"""Undoing: back to the recorded state, or nothing; and what was undone is not done again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from runtime.application.ports import Message
from runtime.domain.audit import AuditEvent, EventKind
from runtime.domain.command import ClearBlock, DenyPlan, UndoChange
from runtime.domain.errors import AwsUnavailable, FactsChanged, MessageInvalid
from runtime.domain.followup import RunCommand, message_to_json, run_id
from runtime.domain.guardrails import PastKind
from runtime.domain.outcome import Outcome, Reason
from runtime.domain.plan import Change
from runtime.fixes.catalog import SPECS
from tests.flow.scene import ANN, BOB, CYD, FIX, Bucket, a_bucket, approval_of, approved_run, stop
from tests.flow.world import World
from tests.memory.calls import Crash, lose, refuse


@pytest.fixture
def bucket(world: World) -> Bucket:
    return a_bucket(world)


def undone(world: World, command: AuditEvent) -> AuditEvent:
    """The outcome of the run that an undo command began."""
    return world.outcome_of(run_id(RunCommand(command_id=command.correlation_id)))


def take_runs(world: World) -> list[str]:
    """Take the messages of the queue of runs."""
    runs, world.mail.runs = world.mail.runs, []
    return [body for body, _ in runs]


def test_an_undo_restores_the_recorded_state_and_is_on_record_like_a_change(world: World, bucket: Bucket) -> None:
    bucket.set_block(BlockPublicAcls=False)
    before = bucket.block()
    run = bucket.find()
    assert bucket.closed
    command = bucket.undo(run)
    assert (command.outcome, command.reason) == (Outcome.DONE, Reason.UNDO_ACCEPTED)
    assert bucket.block() == before
    outcome = undone(world, command)
    assert (outcome.outcome, outcome.reason) == (Outcome.UNDO, Reason.UNDO_REQUESTED)
    assert [event.kind for event in world.history_of(outcome.correlation_id).events] == [
        EventKind.INTENT,
        EventKind.OUTCOME,
    ]
    intent = world.history_of(outcome.correlation_id).events[0]
    assert intent.evidence.observed == world.outcome_of(run).evidence.after  # the state before the undo
    assert intent.evidence.plan == world.outcome_of(run).evidence.plan
    assert outcome.evidence.target_id == run
    assert outcome.evidence.order is not None
    assert outcome.evidence.order.principal == ANN
    assert ANN.arn in outcome.sentence
    assert [session.tags["suture:access"] for session in outcome.evidence.sessions] == ["read", "write"]


def test_what_people_approved_can_be_undone(world: World, bucket: Bucket) -> None:
    world.onboard(environment="production")
    stored = bucket.found()
    world.order(approval_of(stored), ANN)
    assert bucket.closed
    bucket.undo(approved_run(stored.correlation_id))
    assert bucket.block() is None


def test_a_dry_run_of_an_undo_changes_nothing_and_tells_what_it_would_use(world: World, bucket: Bucket) -> None:
    run = bucket.find()
    with world.watched() as calls:
        outcome = undone(world, bucket.undo(run, dry_run=True))
    assert (outcome.outcome, outcome.reason) == (Outcome.DRY_RUN, Reason.DRY_RUN_BY_COMMAND)
    assert "s3:DeletePublicAccessBlock" in outcome.sentence
    assert {use.session for use in outcome.evidence.permissions} == {"read", "write"}
    assert calls.count("sts:AssumeRole") == 1
    assert bucket.closed
    assert bucket.found().reason is Reason.ALREADY_COMPLIANT  # and nothing is blocked


@pytest.mark.parametrize("dry_run", [False, True])
def test_an_undo_is_refused_with_both_states_if_somebody_changed_the_resource(
    world: World, bucket: Bucket, dry_run: bool
) -> None:
    run = bucket.find()
    bucket.set_block(BlockPublicPolicy=False)
    changed = bucket.block()
    outcome = undone(world, bucket.undo(run, dry_run=dry_run))
    assert (outcome.outcome, outcome.reason) == (Outcome.FAILED, Reason.STALE_STATE)
    assert outcome.evidence.expected != outcome.evidence.after
    assert outcome.evidence.expected == world.outcome_of(run).evidence.after
    assert bucket.block() == changed
    assert {past.kind for past in bucket.past()} == {PastKind.APPLIED}


def test_what_was_undone_is_not_done_again_until_somebody_clears_it(world: World, bucket: Bucket) -> None:
    undoing = undone(world, bucket.undo(bucket.find())).correlation_id
    again = bucket.found()
    assert (again.outcome, again.reason) == (Outcome.NOTIFY, Reason.UNDONE_BEFORE)
    assert ANN.arn in again.sentence
    assert f"suture clear {undoing}" in again.sentence
    assert bucket.block() is None
    world.now += timedelta(seconds=1)
    cleared = world.order(ClearBlock(target_id=undoing, reason="the website has moved"), ANN)
    assert (cleared.outcome, cleared.reason) == (Outcome.DONE, Reason.BLOCK_CLEARED)
    world.now += timedelta(seconds=1)
    assert bucket.found().outcome is Outcome.REMEDIATE
    assert bucket.closed


def test_what_is_undone_once_more_after_it_was_cleared_is_not_done_again_either(world: World, bucket: Bucket) -> None:
    run = bucket.find()
    bucket.undo(run)
    world.now += timedelta(seconds=1)
    world.order(ClearBlock(target_id=run, reason="the website has moved"), ANN)
    world.now += timedelta(seconds=1)
    assert bucket.found().outcome is Outcome.REMEDIATE
    world.now += timedelta(seconds=1)
    bucket.undo(run)
    assert bucket.found().reason is Reason.UNDONE_BEFORE
    assert bucket.block() is None


def test_an_undo_passes_through_a_stop(world: World, bucket: Bucket) -> None:
    run = bucket.find()
    stop(world)
    assert undone(world, bucket.undo(run)).outcome is Outcome.UNDO
    assert bucket.block() is None


def test_an_undo_is_announced_to_the_security_team_as_the_hazard_that_it_is(world: World, bucket: Bucket) -> None:
    run = bucket.find()
    world.mail.notices.clear()
    undone(world, bucket.undo(run))
    (told,) = world.mail.security
    assert told["reason"] == Reason.UNDO_REQUESTED
    assert told["hazard"] == SPECS[FIX].undo_hazard
    assert "Re-opens the bucket" in told["hazard"]


# -- Authority --------------------------------------------------------------------------------------------------------


@pytest.fixture
def guarded(world: World) -> Bucket:
    """A bucket where an undo needs two approvers besides the operator."""
    world.policy["environments"]["dev"].update(undo_approvers=2, undo_days=7)
    return a_bucket(world)


def asked(world: World, bucket: Bucket) -> AuditEvent:
    """The bucket is closed, and ann asks to have that undone. Returns the question to other people."""
    question = undone(world, bucket.undo(bucket.find()))
    assert (question.outcome, question.reason) == (Outcome.APPROVE, Reason.UNDO_NEEDS_APPROVAL)
    assert bucket.closed
    return question


def test_where_the_policy_asks_for_approvers_an_undo_waits_for_other_people(world: World, guarded: Bucket) -> None:
    question = asked(world, guarded)
    assert world.order(approval_of(question), ANN).reason is Reason.SAME_PERSON
    assert world.order(approval_of(question), BOB).reason is Reason.APPROVAL_COUNTED
    assert guarded.closed
    assert world.order(approval_of(question), CYD).reason is Reason.APPROVAL_COMPLETE
    outcome = world.outcome_of(approved_run(question.correlation_id))
    assert (outcome.outcome, outcome.reason) == (Outcome.UNDO, Reason.UNDO_REQUESTED)
    assert f"Approved by {BOB.arn}, {CYD.arn}." in outcome.sentence
    assert outcome.evidence.target_id == question.evidence.target_id
    assert not guarded.closed


def calls(changes: Sequence[Change]) -> list[tuple[str, Mapping[str, Any]]]:
    return [(change.operation, change.parameters) for change in changes]


def test_what_people_approve_are_the_calls_that_take_the_change_back(world: World, guarded: Bucket) -> None:
    question = asked(world, guarded)
    made = world.outcome_of(question.evidence.target_id).evidence
    plan = question.evidence.plan
    assert plan is not None
    assert made.plan is not None
    assert calls(plan.changes) == calls(made.plan.undo[::-1])
    assert plan.undo == made.plan.changes[::-1]
    assert (plan.before, plan.changes[-1].leaves) == (made.after, {"configuration": None})
    assert question.plan_digest == plan.digest != made.plan.digest
    assert question.evidence.hazard == SPECS[FIX].undo_hazard


def test_an_undo_that_is_denied_is_not_made_and_keeps_no_finding_from_being_fixed(
    world: World, guarded: Bucket
) -> None:
    question = asked(world, guarded)
    denial = DenyPlan(review_id=question.correlation_id, reason="it stays closed")
    assert world.order(denial, BOB).reason is Reason.REVIEW_DENIED
    assert guarded.closed
    assert world.order(approval_of(question), CYD).reason is Reason.NOT_UNDER_REVIEW
    guarded.open()
    assert guarded.found().outcome is Outcome.REMEDIATE


def test_an_approved_undo_is_not_made_if_somebody_changed_the_resource_meanwhile(world: World, guarded: Bucket) -> None:
    question = asked(world, guarded)
    world.order(approval_of(question), BOB)
    guarded.set_block(BlockPublicPolicy=False)
    world.order(approval_of(question), CYD)
    assert world.outcome_of(approved_run(question.correlation_id)).reason is Reason.STALE_STATE


def test_an_undo_that_was_approved_too_long_ago_is_asked_about_again(world: World, guarded: Bucket) -> None:
    question = asked(world, guarded)
    world.order(approval_of(question), BOB)
    message = world.ordered(approval_of(question), CYD)
    world.deliver_order(message)
    world.now += timedelta(hours=25)
    world.deliver_to_itself()
    assert world.outcome_of(approved_run(question.correlation_id)).reason is Reason.UNDO_NEEDS_APPROVAL
    assert guarded.closed


def test_a_dry_run_of_an_undo_asks_nobody(world: World, guarded: Bucket) -> None:
    assert undone(world, guarded.undo(guarded.find(), dry_run=True)).outcome is Outcome.DRY_RUN


def test_a_change_that_is_too_old_is_not_undone(world: World, guarded: Bucket) -> None:
    run = guarded.find()
    world.now += timedelta(days=7, minutes=1)
    refused = guarded.undo(run)
    assert (refused.outcome, refused.reason) == (Outcome.REJECT, Reason.NOT_UNDOABLE)
    assert "for 7 days" in refused.sentence
    assert guarded.closed


def test_undoing_twice_undoes_once(world: World, bucket: Bucket) -> None:
    run = bucket.find()
    order = world.ordered(UndoChange(target_id=run, reason="broke it", dry_run=False), ANN)
    with world.watched() as calls:
        for _ in range(3):
            world.deliver_order(order)
            world.deliver_to_itself()
        assert undone(world, bucket.undo(run)).outcome is Outcome.UNDO  # it is back already
    assert calls.count("s3:DeletePublicAccessBlock") == 1


def test_only_what_was_changed_and_can_be_undone_is_undone(world: World, bucket: Bucket) -> None:
    assert bucket.undo("no-such-run").reason is Reason.NOTHING_RECORDED
    bucket.set_block()
    assert bucket.undo(bucket.find()).reason is Reason.NOT_UNDOABLE  # it was compliant


def test_a_command_that_was_refused_is_not_carried_out_whoever_says_so(world: World, bucket: Bucket) -> None:
    """Operators may send to the queue of runs, to move dead letters back."""
    run = bucket.find()
    forged = replace(
        world.ordered(UndoChange(target_id=run, reason="broke it", dry_run=False), ANN), sender_id="AROA:mallory"
    )
    world.deliver_order(forged)
    assert world.outcome_of(forged.id).reason is Reason.IDENTITY_MISMATCH
    body = json.dumps(message_to_json(RunCommand(command_id=forged.id)))
    with pytest.raises(MessageInvalid, match="not the record of an accepted command"):
        world.platform.runs.handle_run(Message(id="1", body=body))
    assert bucket.closed


@pytest.mark.parametrize("when", ["before", "after"])
def test_whichever_call_the_process_dies_at_the_undo_ends_once(world: World, bucket: Bucket, when: str) -> None:
    def an_undo() -> str:
        """The bucket fixed, and an undo of it ordered and not yet begun. Returns the undo's run."""
        bucket.open()
        past = bucket.past()
        if past:
            world.now += timedelta(seconds=1)
            world.order(ClearBlock(target_id=past[0].correlation_id, reason="next"), ANN)
            world.now += timedelta(seconds=1)
        run = bucket.find()
        assert bucket.closed
        order = world.ordered(UndoChange(target_id=run, reason="broke it", dry_run=False), ANN)
        world.deliver_order(order)
        return run_id(RunCommand(command_id=order.id))

    an_undo()
    (body,) = take_runs(world)
    with world.watched() as calls:
        world.platform.runs.handle_run(Message(id="1", body=body))
    died_at = set()
    for index in range(len(calls.made)):
        run = an_undo()
        (body,) = take_runs(world)
        message = Message(id="1", body=body)

        def die(at: int, name: str, index: int = index) -> None:
            if at == index:
                died_at.add(name)
                raise Crash

        with world.watched() as crashed:
            setattr(crashed, when, die)
            with pytest.raises(Crash):
                world.platform.runs.handle_run(message)
        world.end_leases()
        with world.watched() as again:
            world.new_platform().runs.handle_run(message)
            world.deliver_to_itself()
        assert again.count("s3:DeletePublicAccessBlock") <= 1
        assert bucket.block() is None
        assert world.outcome_of(run).outcome is Outcome.UNDO
        assert bucket.found().reason is Reason.UNDONE_BEFORE
    assert {"s3:DeletePublicAccessBlock", "store.commit", "mail.tell"} <= died_at


def test_an_undo_whose_answer_is_lost_is_looked_at(world: World, bucket: Bucket) -> None:
    run = bucket.find()
    with world.watched() as calls:
        calls.after = lose("s3:DeletePublicAccessBlock")
        outcome = undone(world, bucket.undo(run))
    assert calls.count("s3:DeletePublicAccessBlock") == 1
    assert outcome.outcome is Outcome.UNDO
    assert bucket.block() is None


def test_an_undo_that_is_denied_has_failed_and_says_what_is_left(world: World, bucket: Bucket) -> None:
    run = bucket.find()
    with world.watched() as calls:
        calls.before = refuse("s3:DeletePublicAccessBlock", "AccessDenied")
        outcome = undone(world, bucket.undo(run))
    assert (outcome.outcome, outcome.reason) == (Outcome.FAILED, Reason.ACCESS_DENIED)
    assert outcome.evidence.after is not None
    assert bucket.closed


def test_a_slow_undo_is_pending_and_verified_by_a_later_message(world: World, bucket: Bucket) -> None:
    run = bucket.find()
    bucket.lag(1)
    command = bucket.undo(run)
    outcome_id = run_id(RunCommand(command_id=command.correlation_id))
    assert [event.kind for event in world.history_of(outcome_id).events] == [EventKind.INTENT, EventKind.PENDING]
    world.deliver_to_itself()
    assert world.outcome_of(outcome_id).outcome is Outcome.UNDO
    assert bucket.block() is None


@pytest.mark.parametrize("code", ["SlowDown", "AccessDenied"])
def test_an_undo_that_is_announced_and_cannot_be_made_leaves_no_block(world: World, bucket: Bucket, code: str) -> None:
    run = bucket.find()
    order = world.ordered(UndoChange(target_id=run, reason="broke it", dry_run=False), ANN)
    world.deliver_order(order)
    (body,) = take_runs(world)
    with world.watched() as calls:
        calls.before = refuse("sts:AssumeRole", code, at=2)
        with suppress(AwsUnavailable):
            world.platform.runs.handle_run(Message(id="1", body=body))
    history = world.history_of(run_id(RunCommand(command_id=order.id)))
    assert [event.kind for event in history.events][:2] == [EventKind.INTENT, EventKind.WITHDRAWN]
    assert "Nothing was changed" in history.events[1].sentence
    assert [past.kind for past in bucket.past()] == [PastKind.APPLIED]
    assert world.locks() == []
    assert bucket.closed
    if code == "AccessDenied":
        assert history.outcome is not None
        assert (history.outcome.outcome, history.outcome.reason) == (Outcome.FAILED, Reason.ROLE_NOT_ASSUMABLE)
        bucket.open()
        assert bucket.found().outcome is Outcome.REMEDIATE
        return
    world.platform.runs.handle_run(Message(id="1", body=body))
    assert world.outcome_of(history.events[0].correlation_id).outcome is Outcome.UNDO
    assert [past.kind for past in bucket.past()] == [PastKind.APPLIED, PastKind.UNDONE]
    assert bucket.block() is None


def test_somebody_changing_the_resource_between_the_announcement_and_the_undo_stops_it(
    world: World, bucket: Bucket
) -> None:
    def meddle(_: int, name: str) -> None:
        if name == "s3:GetPublicAccessBlock" and calls.count(name) == 2:
            bucket.set_block(BlockPublicPolicy=False)

    run = bucket.find()
    with world.watched() as calls:
        calls.before = meddle
        outcome = undone(world, bucket.undo(run))
    assert (outcome.outcome, outcome.reason) == (Outcome.FAILED, Reason.STALE_STATE)
    kinds = [event.kind for event in world.history_of(outcome.correlation_id).events]
    assert kinds == [EventKind.INTENT, EventKind.WITHDRAWN, EventKind.OUTCOME]
    assert calls.count("s3:DeletePublicAccessBlock") == 0
    assert [past.kind for past in bucket.past()] == [PastKind.APPLIED]


def test_a_fix_that_was_decided_before_an_undo_is_not_made_after_it(world: World, bucket: Bucket) -> None:
    run = bucket.find()
    bucket.open()

    def undo_meanwhile(_: int, name: str) -> None:
        if name == "store.commit" and calls.count(name) == 1:
            with world.watched():
                bucket.set_block()
                bucket.undo(run)

    message = world.finding(bucket.arn, FIX)
    with world.watched() as calls:
        calls.before = undo_meanwhile
        with pytest.raises(FactsChanged, match="the resource's past changed"):
            world.platform.findings.handle(message)
    assert calls.count("s3:PutPublicAccessBlock") == 0
    world.handle(message)
    assert world.outcome(message).reason is Reason.UNDONE_BEFORE
    assert bucket.block() is None


def test_a_finding_that_comes_while_its_fix_is_undone_does_not_make_it_again(world: World, bucket: Bucket) -> None:
    run = bucket.find()
    message = world.finding(bucket.arn, FIX)

    def find_it(_: int, name: str) -> None:
        if name == "s3:DeletePublicAccessBlock":
            with world.watched():
                world.platform.findings.handle(message)

    with world.watched() as calls:
        calls.after = find_it
        bucket.undo(run)
    assert calls.count("s3:DeletePublicAccessBlock") == 1
    assert world.outcome(message).reason is Reason.UNDONE_BEFORE
    assert bucket.block() is None
