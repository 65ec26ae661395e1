"""Commands: believed only as SQS delivers them, and each does what it does once, together with its outcome."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from runtime.application.ports import ConditionFailed, Message
from runtime.domain.command import (
    FOR_APPROVERS,
    FOR_OPERATORS,
    AnnounceStop,
    ApproveException,
    ClearBlock,
    Command,
    DenyPlan,
    DryRun,
    EndRun,
    ReopenReview,
    RequestException,
    RetryRun,
    RevokeException,
    UndoChange,
    VerifyAccount,
)
from runtime.domain.errors import MessageNotConfirmed, PlatformCallFailed
from runtime.domain.guardrails import StopScope
from runtime.domain.outcome import Outcome, Reason
from runtime.domain.principal import Principal
from tests.flow.scene import ANN, BOB, FIX, a_bucket, approval_of, stop
from tests.flow.world import CUSTOMER, NOW, World
from tests.memory.calls import lose, refuse

KINDS = sorted(kind.__name__ for kind in (*FOR_APPROVERS, *FOR_OPERATORS))
PRODUCTION = "333333333333"


def a_request(exception_id: str) -> RequestException:
    return RequestException(
        exception_id=exception_id,
        control=f"RULE-{FIX}",
        account_id=CUSTOMER,
        resource="arn:aws:s3:::excepted-*",
        environment="dev",
        reason="a website",
        ticket="SEC-1",
        expires_at=(NOW + timedelta(days=30)).isoformat(),
    )


def something_for_each(world: World) -> Mapping[str, tuple[Command, Principal]]:
    """A world in which every command has something to do, and who may ask for it."""
    world.onboard(PRODUCTION, environment="production")
    fixed = a_bucket(world, "fixed").find()
    reviewed = world.finding(a_bucket(world, "reviewed", owner=PRODUCTION).arn, FIX, account_id=PRODUCTION)
    world.handle(reviewed)
    stored = world.outcome(reviewed)
    denied = world.finding(a_bucket(world, "denied", owner=PRODUCTION).arn, FIX, account_id=PRODUCTION)
    world.handle(denied)
    world.order(DenyPlan(review_id=world.outcome(denied).correlation_id, reason="no"), ANN)
    stop(world, StopScope.ACCOUNT, CUSTOMER)
    held = a_bucket(world, "held").find()
    for exception_id in ("EX-1", "EX-2"):
        world.order(a_request(exception_id), ANN)
    world.order(ApproveException(exception_id="EX-2", account_id=CUSTOMER, reason="agreed"), BOB)
    commands: tuple[tuple[Command, Principal], ...] = (
        (approval_of(stored), ANN),
        (DenyPlan(review_id=stored.correlation_id, reason="no"), ANN),
        (ReopenReview(review_id=world.outcome(denied).correlation_id, reason="again"), ANN),
        (UndoChange(target_id=fixed, reason="broke it", dry_run=False), ANN),
        (DryRun(target_id=fixed), ANN),
        (ClearBlock(target_id=fixed, reason="it is over"), ANN),
        (RetryRun(target_id=held, reason="again"), ANN),
        (EndRun(target_id=held, reason="over"), ANN),
        (a_request("EX-3"), ANN),
        (ApproveException(exception_id="EX-1", account_id=CUSTOMER, reason="agreed"), BOB),
        (RevokeException(exception_id="EX-2", account_id=CUSTOMER, reason="moved"), ANN),
        (AnnounceStop(stop_id="STOP-1"), ANN),
        (VerifyAccount(account_id=CUSTOMER), ANN),
    )
    return {type(command).__name__: (command, who) for command, who in commands}


@pytest.mark.parametrize("kind", KINDS)
def test_a_command_whose_delivery_sqs_does_not_confirm_is_neither_carried_out_nor_recorded(
    world: World, kind: str
) -> None:
    """Whoever may invoke the function could otherwise make an event that names any sender."""
    message = replace(world.ordered(*something_for_each(world)[kind]), receipt="invented")
    world.mail.unknown_receipts.add("invented")
    before, told = dict(world.store.items), len(world.mail.events)
    with world.watched() as calls:
        for _ in range(2):
            with pytest.raises(MessageNotConfirmed):
                world.deliver_order(message)
    assert dict(world.store.items) == before
    assert len(world.mail.events) == told
    assert world.mail.runs == []
    assert calls.count("sts:AssumeRole") == 0
    world.deliver_order(replace(message, receipt="SQS's own"))
    assert world.outcome_of(message.id).outcome is Outcome.DONE


@pytest.mark.parametrize("kind", KINDS)
def test_what_a_command_does_and_its_outcome_are_one_transaction(world: World, kind: str) -> None:
    message = world.ordered(*something_for_each(world)[kind])
    before = dict(world.store.items)
    with world.watched() as calls:
        calls.before = refuse("store.commit", "InternalServerError", at=1)
        with pytest.raises(PlatformCallFailed):
            world.deliver_order(message)
    assert dict(world.store.items) == before
    assert world.mail.runs == []


@pytest.mark.parametrize("kind", KINDS)
def test_a_command_that_comes_again_after_its_answer_was_lost_has_done_once_what_it_does(kind: str) -> None:
    """Compared with a world in which no answer was lost."""
    left = []
    for lost in (False, True):
        world = World()
        world.onboard()
        message = world.ordered(*something_for_each(world)[kind])
        with world.watched() as calls:
            if lost:
                calls.after = lose("store.commit", at=1)
                with pytest.raises(PlatformCallFailed):
                    world.deliver_order(message)
            for _ in range(3):
                world.mail.forget()  # so much later that the queue of runs does not know it again
                world.deliver_order(message)
            world.deliver_to_itself()
        assert world.outcome_of(message.id).outcome is Outcome.DONE
        written = [name for name in calls.made if name.startswith("s3:") and ":Get" not in name]
        # In which of the equal items a write is counted is chance.
        items = {key for key in world.store.items if not key.partition.startswith("writes#")}
        left.append((written, world.counted(), items))
    assert left[0] == left[1]


def test_two_deliveries_of_a_command_at_once_do_once_what_it_does(world: World) -> None:
    bucket = a_bucket(world)
    run = bucket.find()
    message = world.ordered(ClearBlock(target_id=run, reason="it is over"), ANN)
    nested: list[str] = []

    def also_deliver(_: int, name: str) -> None:
        if name == "store.commit" and not nested:
            nested.append(name)
            world.deliver_order(message, world.new_platform())

    with world.watched() as calls:
        calls.before = also_deliver
        with pytest.raises(ConditionFailed):
            world.deliver_order(message)
    world.deliver_order(message)
    assert world.outcome_of(message.id).reason is Reason.BLOCK_CLEARED
    assert bucket.past() == ()


@pytest.mark.parametrize("body", ["", "not json", "[]", '{"kind": "ApprovePlan"}', '{"kind": "NoSuchCommand"}', "null"])
def test_a_command_that_cannot_be_understood_is_recorded_and_put_before_people(world: World, body: str) -> None:
    for handle in (world.platform.commands.handle_operator, world.platform.commands.handle_approver):
        message = Message(id=world.mail.next_id(), body=body, sender_id=ANN.user_id)
        handle(message)
        outcome = world.outcome_of(message.id)
        assert (outcome.outcome, outcome.reason) == (Outcome.REJECT, Reason.COMMAND_INVALID)
        assert world.mail.review[-1]["correlation_id"] == message.id


def test_an_operators_command_does_not_come_through_the_approvers_queue(world: World) -> None:
    run = a_bucket(world).find()
    message = world.ordered(UndoChange(target_id=run, reason="broke it", dry_run=False), ANN)
    assert "ApprovePlan" not in json.loads(message.body)["kind"]
    world.platform.commands.handle_approver(message)
    assert world.outcome_of(message.id).reason is Reason.COMMAND_INVALID
    assert world.mail.runs == []
