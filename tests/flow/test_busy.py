"""A resource whose status passes by itself: it is waited for, and no change is made or settled meanwhile."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from runtime.application.ports import Message
from runtime.domain.audit import AuditEvent, EventKind
from runtime.domain.command import DryRun, UndoChange
from runtime.domain.errors import AwsUnavailable, ResourceNotReady
from runtime.domain.followup import RunCommand, run_id
from runtime.domain.hold import BUSY_WAITS
from runtime.domain.outcome import Outcome, Reason
from tests.flow.scene import ANN, approval_of, approved_run
from tests.flow.world import CUSTOMER, REGION, World
from tests.memory.account import Instance

FIX = "rds-instance-not-public"
ARN = f"arn:aws:rds:{REGION}:{CUSTOMER}:db:orders"


@pytest.fixture
def instance(world: World) -> Instance:
    found = world.accounts.instances["orders"] = Instance()
    return found


def find(world: World) -> str:
    """Wiz finds the instance. Returns the run's id."""
    return world.handle(world.finding(ARN, FIX)).events[0].correlation_id


def kinds(world: World, run: str) -> list[EventKind]:
    return [event.kind for event in world.history_of(run).events]


def waited(world: World, run: str) -> AuditEvent:
    """The event by which a run is held for the instance."""
    held = world.history_of(run).waiting
    assert held is not None
    assert held.reason is Reason.RESOURCE_BUSY
    assert "backing-up" in held.sentence
    assert held.expires_at is not None
    return held


def test_a_status_that_passes_is_waited_for_without_a_session_that_writes(world: World, instance: Instance) -> None:
    instance.passing = "backing-up"
    with world.watched() as calls:
        run = find(world)
    assert [session.tags["suture:access"] for session in waited(world, run).evidence.sessions] == ["read"]
    assert calls.count("sts:AssumeRole") == 1
    assert world.counted() == 0
    with world.watched() as calls:
        world.tick()
    assert calls.count("sts:AssumeRole") == 0, "it is not looked at each minute"
    instance.passing = ""
    world.now += timedelta(minutes=5)
    world.tick()
    assert not instance.public
    assert world.outcome_of(run).outcome is Outcome.REMEDIATE
    assert kinds(world, run) == [EventKind.HELD, EventKind.INTENT, EventKind.OUTCOME]
    assert world.held() == []


def test_a_status_that_does_not_pass_is_waited_for_about_a_day_and_then_told(world: World, instance: Instance) -> None:
    instance.passing = "backing-up"
    began = world.now
    run = find(world)
    for _ in range(BUSY_WAITS):
        expires_at = waited(world, run).expires_at
        assert expires_at is not None
        world.now = expires_at
        world.tick()
    outcome = world.outcome_of(run)
    assert (outcome.outcome, outcome.reason) == (Outcome.NOTIFY, Reason.RESOURCE_BUSY)
    assert timedelta(hours=24) < world.now - began < timedelta(hours=36)
    assert instance.public
    assert world.held() == []


def test_an_approval_is_not_spent_while_a_status_passes_and_holds_afterwards(world: World, instance: Instance) -> None:
    world.onboard(environment="production")
    stored = world.outcome_of(find(world))
    assert stored.outcome is Outcome.APPROVE
    instance.passing = "backing-up"
    world.order(approval_of(stored), ANN)
    run = approved_run(stored.correlation_id)
    waited(world, run)
    assert instance.public
    instance.passing = ""
    world.now += timedelta(minutes=5)
    world.tick()
    outcome = world.outcome_of(run)
    assert (outcome.outcome, outcome.reason) == (Outcome.APPROVED, Reason.PLAN_APPROVED)
    assert not instance.public


@pytest.mark.parametrize("environment", ["dev", "production"])
def test_a_status_that_begins_after_the_decision_stops_the_write(
    world: World, instance: Instance, environment: str
) -> None:
    world.onboard(environment=environment)

    def back_up(_: int, name: str) -> None:
        if name == "sts:AssumeRole" and calls.count(name) == 2:  # the session that writes
            instance.passing = "backing-up"

    stored = None if environment == "dev" else world.outcome_of(find(world))
    with world.watched() as calls:
        calls.after = back_up
        if stored is None:
            run = find(world)
        else:
            world.order(approval_of(stored), ANN)
            run = approved_run(stored.correlation_id)
    assert calls.count("rds:ModifyDBInstance") == 0
    assert kinds(world, run) == [EventKind.INTENT, EventKind.WITHDRAWN, EventKind.HELD]
    waited(world, run)
    assert (world.counted(), world.locks()) == (0, [])
    instance.passing = ""
    world.now += timedelta(minutes=5)
    world.tick()
    assert world.outcome_of(run).outcome in (Outcome.REMEDIATE, Outcome.APPROVED)
    assert not instance.public


def test_what_aws_refuses_in_the_present_status_is_tried_again(world: World, instance: Instance) -> None:
    def back_up(_: int, name: str) -> None:
        if name == "rds:ModifyDBInstance":
            instance.passing = "backing-up"

    message = world.finding(ARN, FIX)
    with world.watched() as calls:
        calls.before = back_up
        with pytest.raises(AwsUnavailable, match="InvalidDBInstanceState"):
            world.handle(message)
    assert instance.public
    world.end_leases()
    run = world.handle(message).events[0].correlation_id
    waited(world, run)
    instance.passing = ""
    world.now += timedelta(minutes=5)
    world.tick()
    assert not instance.public
    assert world.outcome_of(run).outcome is Outcome.REMEDIATE


def test_a_change_is_not_settled_while_the_status_passes(world: World, instance: Instance) -> None:
    def modify(_: int, name: str) -> None:
        if name == "rds:ModifyDBInstance":
            instance.passing = "modifying"

    message = world.finding(ARN, FIX)
    with world.watched() as calls:
        calls.after = modify
        world.platform.findings.handle(message)
    run = json.loads(message.body)["MessageId"]
    assert kinds(world, run) == [EventKind.INTENT, EventKind.PENDING]
    instance.passing = ""
    world.now += timedelta(minutes=15)
    world.deliver_to_itself()
    assert world.outcome_of(run).outcome is Outcome.REMEDIATE


def test_an_undo_waits_in_its_queue_while_the_status_passes(world: World, instance: Instance) -> None:
    order = world.ordered(UndoChange(target_id=find(world), reason="broke it", dry_run=False), ANN)
    world.deliver_order(order)
    (body, _), world.mail.runs = world.mail.runs[0], []
    instance.passing = "backing-up"
    message = Message(id="1", body=body)
    with world.watched() as calls, pytest.raises(ResourceNotReady):
        world.platform.runs.handle_run(message)
    assert calls.count("sts:AssumeRole") == 1
    run = run_id(RunCommand(command_id=order.id))
    assert kinds(world, run) == []
    instance.passing = ""
    with world.watched() as calls:
        calls.after = lambda _, name: (
            setattr(instance, "passing", "backing-up") if name == "sts:AssumeRole" and calls.count(name) == 2 else None
        )
        with pytest.raises(ResourceNotReady):
            world.platform.runs.handle_run(message)
    assert kinds(world, run) == [EventKind.INTENT, EventKind.WITHDRAWN]
    assert world.locks() == []
    instance.passing = ""
    world.platform.runs.handle_run(message)
    assert world.outcome_of(run).outcome is Outcome.UNDO
    assert instance.public


def test_an_operator_s_dry_run_does_not_wait_and_never_becomes_a_change(world: World, instance: Instance) -> None:
    instance.passing = "backing-up"
    command = world.order(DryRun(target_id=find(world)), ANN)
    outcome = world.outcome_of(run_id(RunCommand(command_id=command.correlation_id)))
    assert (outcome.outcome, outcome.reason) == (Outcome.NOTIFY, Reason.RESOURCE_BUSY)
    assert len(world.held()) == 1, "only the finding itself waits"
