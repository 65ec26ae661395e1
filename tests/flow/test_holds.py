"""Stops, change windows and freezes: what has to wait waits where it is seen, and goes on in order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from runtime.application.ports import Message
from runtime.application.resume import RELEASED_FOR
from runtime.domain.audit import EventKind
from runtime.domain.command import AnnounceStop
from runtime.domain.errors import PolicyChanged
from runtime.domain.followup import run_id
from runtime.domain.guardrails import StopScope
from runtime.domain.outcome import Outcome, Reason
from tests.flow.scene import ANN, FIX, Bucket, a_bucket, approval_of, approved_run, resume, stop
from tests.flow.world import CUSTOMER, World
from tests.memory.calls import Crash

SCOPES = [
    (StopScope.EVERYTHING, ""),
    (StopScope.ACCOUNT, CUSTOMER),
    (StopScope.FIX, FIX),
    (StopScope.ENVIRONMENT, "dev"),
]
OTHERS = [
    (StopScope.ACCOUNT, "333333333333"),
    (StopScope.FIX, "kms-key-rotation"),
    (StopScope.ENVIRONMENT, "production"),
]


@pytest.fixture
def bucket(world: World) -> Bucket:
    return a_bucket(world)


@pytest.mark.parametrize(("scope", "value"), SCOPES)
def test_a_stopped_finding_is_held_and_goes_on_when_the_stop_ends(
    world: World, bucket: Bucket, scope: StopScope, value: str
) -> None:
    stop(world, scope, value)
    run = bucket.find()
    held = world.history_of(run).waiting
    assert held is not None
    assert (held.reason, held.outcome) == (Reason.STOPPED, Outcome.REMEDIATE)
    assert "an incident" in held.sentence
    assert [hold.correlation_id for hold in world.held()] == [run]
    world.tick()
    assert not bucket.closed
    resume(world)
    world.tick()
    assert bucket.closed
    assert world.outcome_of(run).outcome is Outcome.REMEDIATE
    assert world.held() == []


@pytest.mark.parametrize(("scope", "value"), OTHERS)
def test_a_stop_of_something_else_stops_nothing(world: World, bucket: Bucket, scope: StopScope, value: str) -> None:
    stop(world, scope, value)
    assert bucket.found().outcome is Outcome.REMEDIATE


@pytest.mark.parametrize("call", ["s3:GetBucketTagging", "store.commit", "s3:GetPublicAccessBlock", "sts:AssumeRole"])
def test_a_stop_between_the_decision_and_the_write_still_stops_it(world: World, bucket: Bucket, call: str) -> None:
    def stop_now(_: int, name: str) -> None:
        if name == call and not stopped:
            stopped.append(name)
            stop(world)

    stopped: list[str] = []
    with world.watched() as calls:
        calls.after = stop_now
        run = bucket.find()
    assert stopped
    assert calls.count("s3:PutPublicAccessBlock") == 0
    assert world.history_of(run).waiting is not None
    resume(world)
    world.tick()
    assert bucket.closed
    assert world.outcome_of(run).outcome is Outcome.REMEDIATE


def test_a_stop_after_the_intent_stops_the_write_and_the_finding_goes_on(world: World, bucket: Bucket) -> None:
    def stop_after_the_intent(_: int, name: str) -> None:
        if name == "store.commit" and calls.count(name) == 1:
            stop(world)

    with world.watched() as calls:
        calls.after = stop_after_the_intent
        run = bucket.find()
    assert [event.kind for event in world.history_of(run).events] == [
        EventKind.INTENT,
        EventKind.WITHDRAWN,
        EventKind.HELD,
    ]
    assert calls.count("s3:PutPublicAccessBlock") == 0
    assert world.locks() == []
    assert not bucket.closed
    resume(world)
    world.tick()
    assert bucket.closed
    assert world.outcome_of(run).outcome is Outcome.REMEDIATE


@pytest.mark.parametrize("call", ["s3:GetBucketTagging", "store.commit", "sts:AssumeRole"])
def test_a_policy_that_comes_between_the_decision_and_the_write_decides_it(
    world: World, bucket: Bucket, call: str
) -> None:
    def change_policy(_: int, name: str) -> None:
        if name == call:
            world.policy["environments"].pop("dev", None)
            for entry in world.policy["catalog"]:
                entry["environments"].pop("dev", None)

    message = world.finding(bucket.arn, FIX)
    with world.watched() as calls:
        calls.after = change_policy
        with pytest.raises(PolicyChanged):
            world.handle(message)
    assert not bucket.closed
    world.handle(message)
    assert not bucket.closed
    assert world.outcome(message).outcome is not Outcome.REMEDIATE


def test_the_end_of_a_stop_releases_at_once_and_security_hears_of_both(world: World, bucket: Bucket) -> None:
    stop(world)
    announced = world.order(AnnounceStop(stop_id="STOP-1"), ANN)
    assert (announced.outcome, announced.reason) == (Outcome.DONE, Reason.STOP_ANNOUNCED)
    run = bucket.find()
    resume(world)
    ended = world.order(AnnounceStop(stop_id="STOP-1"), ANN)
    assert ended.reason is Reason.RESUME_ANNOUNCED
    assert world.outcome_of(run).outcome is Outcome.REMEDIATE
    assert [notice["reason"] for notice in world.mail.security] == ["STOP_ANNOUNCED", "RESUME_ANNOUNCED"]


def test_what_was_held_goes_on_in_the_order_in_which_it_came(world: World) -> None:
    buckets = [a_bucket(world, f"flow-bucket-{number}") for number in range(4)]
    stop(world)
    runs = []
    for bucket in reversed(buckets):
        runs.append(bucket.find())
        world.now += timedelta(seconds=1)
    assert [hold.correlation_id for hold in world.held()] == runs
    resume(world)
    with world.watched() as calls:
        world.tick()
    (sent,) = calls.arguments("mail.start")
    assert [run_id(message.run) for message in sent] == runs
    assert len({message.in_order_with for message in sent}) == len(runs)  # none waits for another resource's
    assert all(bucket.closed for bucket in buckets)


def test_a_held_finding_that_is_delivered_again_is_held_once_and_announced_again(world: World, bucket: Bucket) -> None:
    stop(world)
    message = world.finding(bucket.arn, FIX)
    with world.watched() as calls:
        for _ in range(3):
            world.handle(message)
    assert calls.count("mail.tell") == 3
    assert [event.kind for event in world.history(message).events] == [EventKind.HELD]
    assert len(world.held()) == 1


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_hold_survives_a_crash_at_any_call(world: World, bucket: Bucket, when: str) -> None:
    stop(world)
    with world.watched() as calls:
        world.handle(world.finding(bucket.arn, FIX))
    for index in range(len(calls.made)):
        message = world.finding(bucket.arn, FIX)

        def die(at: int, _: str, index: int = index) -> None:
            if at == index:
                raise Crash

        with world.watched() as calls:
            setattr(calls, when, die)
            with pytest.raises(Crash):
                world.handle(message)
        world.handle(message, platform=world.new_platform())
        held = world.history(message).events
        assert held[-1].kind is EventKind.HELD
        assert held[-1].correlation_id in {event["correlation_id"] for event in world.mail.events}
        assert held[-1].correlation_id in {hold.correlation_id for hold in world.held()}
    resume(world)
    world.tick()
    assert world.held() == []


def test_a_hold_whose_message_is_lost_is_released_again(world: World, bucket: Bucket) -> None:
    stop(world)
    run = bucket.find()
    resume(world)
    world.platform.runs.resume.sweep()
    world.mail.runs.clear()  # lost, or dead-lettered
    assert not bucket.closed
    assert [hold.correlation_id for hold in world.held()] == [run]
    with world.watched() as calls:
        world.tick()
        assert calls.count("mail.start") == 0  # it may still be at work
    world.now += RELEASED_FOR
    world.tick()
    assert bucket.closed


def test_outside_the_change_window_the_finding_waits_for_it_in_the_accounts_time_zone(
    world: World, bucket: Bucket
) -> None:
    # It is Monday 12:00 UTC, 13:00 in Berlin.
    window = {"days": ["mon"], "opens": "14:00", "closes": "16:00"}
    world.policy["accounts"] = {CUSTOMER: {"time_zone": "Europe/Berlin", "change_windows": [window]}}
    run = bucket.find()
    held = world.history_of(run).waiting
    assert held is not None
    assert held.reason is Reason.OUTSIDE_CHANGE_WINDOW
    assert held.expires_at == datetime(2026, 11, 23, 13, 0, tzinfo=UTC)
    (hold,) = world.held()
    assert hold.until == held.expires_at
    with world.watched() as calls:
        world.tick()
    assert calls.count("sts:AssumeRole") == 0  # nothing spins
    assert calls.count("mail.start") == 0
    world.now += timedelta(hours=1)
    world.tick()
    assert bucket.closed


def test_a_freeze_holds_until_it_ends(world: World, bucket: Bucket) -> None:
    freeze = {"begins": "2026-11-20T00:00", "ends": "2026-11-24T08:00", "reason": "Thanksgiving"}
    world.policy["environments"]["dev"]["freezes"] = [freeze]
    run = bucket.find()
    held = world.history_of(run).waiting
    assert held is not None
    assert held.reason is Reason.CHANGE_FREEZE
    assert "Thanksgiving" in held.sentence
    world.now = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
    world.tick()
    assert bucket.closed


def test_outside_the_window_people_may_be_asked_instead(world: World, bucket: Bucket) -> None:
    dev = world.policy["environments"]["dev"]
    dev["change_windows"] = [{"days": ["sun"], "opens": "02:00", "closes": "04:00"}]
    dev["outside_window"] = "approve"
    stored = bucket.found()
    assert (stored.outcome, stored.reason) == (Outcome.APPROVE, Reason.OUTSIDE_CHANGE_WINDOW)
    world.order(approval_of(stored), ANN)
    assert bucket.closed


def test_an_approved_plan_waits_too_and_its_approval_goes_with_it(world: World, bucket: Bucket) -> None:
    world.onboard(environment="production")
    stored = bucket.found()
    stop(world)
    world.order(approval_of(stored), ANN)
    run = approved_run(stored.correlation_id)
    assert world.history_of(run).waiting is not None
    assert not bucket.closed
    resume(world)
    world.tick()
    assert world.outcome_of(run).outcome is Outcome.APPROVED
    assert bucket.closed


def test_an_approval_that_expires_while_it_waits_is_void(world: World, bucket: Bucket) -> None:
    world.onboard(environment="production")
    stored = bucket.found()
    stop(world)
    world.order(approval_of(stored), ANN)
    world.now += timedelta(days=2)
    resume(world)
    world.tick()
    assert world.outcome_of(approved_run(stored.correlation_id)).reason is Reason.APPROVAL_VOID
    assert world.held() == []
    assert not bucket.closed


def test_a_finding_that_was_stopped_twice_waits_where_it_first_did(world: World, bucket: Bucket) -> None:
    stop(world)
    run = bucket.find()
    since = world.history_of(run).events[0].at
    world.now += timedelta(minutes=5)
    resume(world)
    world.platform.runs.resume.sweep()
    stop(world, StopScope.FIX, FIX, "STOP-2")
    world.deliver_to_itself()
    (hold,) = world.held()
    assert (hold.since, hold.attempt) == (since, 2)
    resume(world, "STOP-2")
    world.tick()
    assert world.outcome_of(run).outcome is Outcome.REMEDIATE
    assert bucket.closed


def test_a_held_run_whose_change_takes_its_time_changes_once_and_waits_no_more(world: World, bucket: Bucket) -> None:
    stop(world)
    run = bucket.find()
    resume(world)
    bucket.lag(5)
    with world.watched() as calls:
        world.platform.runs.handle_follow_up(Message(id="1", body='{"kind": "tick"}'))
        ((body, _),) = world.mail.runs
        world.mail.runs.clear()
        for _ in range(3):
            world.new_platform().runs.handle_run(Message(id="1", body=body))
        assert world.held() == []
        for _ in range(8):
            world.deliver_to_itself()
    assert calls.count("s3:PutPublicAccessBlock") == 1
    assert world.outcome_of(run).outcome is Outcome.REMEDIATE


def test_an_environment_that_the_policy_has_no_more_does_not_keep_a_finding_waiting(
    world: World, bucket: Bucket
) -> None:
    stop(world)
    run = bucket.find()
    resume(world)
    for entry in world.policy["catalog"]:
        del entry["environments"]["dev"]
    del world.policy["environments"]["dev"]
    world.tick()
    assert world.outcome_of(run).reason is Reason.ENVIRONMENT_UNCLEAR
    assert world.held() == []


def test_a_stop_that_is_not_there_cannot_be_announced(world: World) -> None:
    order = world.ordered(AnnounceStop(stop_id="STOP-9"), ANN)
    world.deliver_order(order)
    assert world.outcome_of(order.id).reason is Reason.NOTHING_RECORDED
