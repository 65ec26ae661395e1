"""Undoing: back to the recorded state, or nothing; and what was undone is not done again."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from botocore.exceptions import ReadTimeoutError

from runtime.domain.audit import AuditEvent, EventKind
from runtime.domain.command import ClearBlock, UndoChange
from runtime.domain.errors import MessageInvalid
from runtime.domain.followup import Ordered, message_to_json, run_id
from runtime.domain.guardrails import PastKind
from runtime.domain.outcome import Outcome, Reason
from runtime.fixes.s3_block_public_access import S3BlockPublicAccess
from runtime.message import Message
from tests.flow.scene import ANN, Bucket, a_bucket, approval_of, approved_run, stop
from tests.flow.world import Crash, World, ordered, refuse


@pytest.fixture
def bucket(world: World) -> Bucket:
    return a_bucket(world)


def undone(world: World, command: AuditEvent) -> AuditEvent:
    """The outcome of the run that an undo command began."""
    return world.outcome_of(run_id(Ordered(command_id=command.correlation_id)))


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
    assert [event.kind for event in world.trail.read(outcome.correlation_id).events] == [
        EventKind.INTENT,
        EventKind.OUTCOME,
    ]
    intent = world.trail.read(outcome.correlation_id).intent
    assert intent is not None
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
    assert {past.kind for past in world.ledger.past(bucket.arn)} == {PastKind.APPLIED}


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


def test_undoing_twice_undoes_once(world: World, bucket: Bucket) -> None:
    run = bucket.find()
    order = ordered(UndoChange(target_id=run, reason="broke it", dry_run=False), ANN)
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
        ordered(UndoChange(target_id=run, reason="broke it", dry_run=False), ANN), sender_id="AROA:mallory"
    )
    world.deliver_order(forged)
    assert world.outcome_of(forged.id).reason is Reason.IDENTITY_MISMATCH
    body = json.dumps(message_to_json(Ordered(command_id=forged.id)))
    with pytest.raises(MessageInvalid, match="not the record of an accepted command"):
        world.platform.runs.handle_run(Message(id="1", body=body))
    assert bucket.closed


@pytest.mark.parametrize("when", ["before", "after"])
def test_whichever_call_the_process_dies_at_the_undo_ends_once(world: World, bucket: Bucket, when: str) -> None:
    def an_undo() -> str:
        """The bucket fixed, and an undo of it ordered and not yet begun. Returns the undo's run."""
        bucket.open()
        past = world.ledger.past(bucket.arn)
        if past:
            world.now += timedelta(seconds=1)
            world.order(ClearBlock(target_id=past[0].correlation_id, reason="next"), ANN)
            world.now += timedelta(seconds=1)
        run = bucket.find()
        assert bucket.closed
        order = ordered(UndoChange(target_id=run, reason="broke it", dry_run=False), ANN)
        world.deliver_order(order)
        return run_id(Ordered(command_id=order.id))

    an_undo()
    (body,) = world.drain("runs.fifo")
    with world.watched() as calls:
        world.platform.runs.handle_run(Message(id="1", body=body))
    died_at = set()
    for index in range(len(calls.made)):
        run = an_undo()
        (body,) = world.drain("runs.fifo")
        message = Message(id="1", body=body)

        def die(at: int, name: str, index: int = index) -> None:
            if at == index:
                died_at.add(name)
                raise Crash

        with world.watched() as crashed:
            setattr(crashed, when, die)
            with pytest.raises(Crash):
                world.platform.runs.handle_run(message)
        world.client("dynamodb").delete_item(TableName="locks", Key={"resource_arn": {"S": bucket.arn}})
        with world.watched() as again:
            world.new_platform().runs.handle_run(message)
            world.deliver_to_itself()
        assert again.count("s3:DeletePublicAccessBlock") <= 1
        assert bucket.block() is None
        assert world.outcome_of(run).outcome is Outcome.UNDO
        assert bucket.found().reason is Reason.UNDONE_BEFORE
    assert {"s3:DeletePublicAccessBlock", "dynamodb:PutItem", "events:PutEvents"} <= died_at


def test_an_undo_whose_answer_is_lost_is_looked_at(world: World, bucket: Bucket) -> None:
    def lose(_: int, name: str) -> None:
        if name == "s3:DeletePublicAccessBlock":
            raise ReadTimeoutError(endpoint_url="https://s3")

    run = bucket.find()
    with world.watched() as calls:
        calls.after = lose
        outcome = undone(world, bucket.undo(run))
    assert calls.count("s3:DeletePublicAccessBlock") == 1
    assert outcome.outcome is Outcome.UNDO
    assert bucket.block() is None


def test_an_undo_that_is_denied_has_failed_and_says_what_is_left(world: World, bucket: Bucket) -> None:
    run = bucket.find()
    with world.watched() as calls:
        calls.before = refuse("s3:DeletePublicAccessBlock", "AccessDenied", 403)
        outcome = undone(world, bucket.undo(run))
    assert (outcome.outcome, outcome.reason) == (Outcome.FAILED, Reason.ACCESS_DENIED)
    assert outcome.evidence.after is not None
    assert bucket.closed


def test_a_slow_undo_is_pending_and_verified_by_a_later_message(
    world: World, bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = bucket.find()
    observe, seen = S3BlockPublicAccess.observe, []

    def lagging(self: S3BlockPublicAccess, aws: object, resource: object) -> object:
        seen.append(observe(self, aws, resource))  # type: ignore[arg-type]
        return seen[0] if len(seen) < 4 else seen[-1]

    monkeypatch.setattr(S3BlockPublicAccess, "observe", lagging)
    command = bucket.undo(run)
    outcome_id = run_id(Ordered(command_id=command.correlation_id))
    assert [event.kind for event in world.trail.read(outcome_id).events] == [EventKind.INTENT, EventKind.PENDING]
    world.deliver_to_itself()
    assert world.outcome_of(outcome_id).outcome is Outcome.UNDO
    assert bucket.block() is None
