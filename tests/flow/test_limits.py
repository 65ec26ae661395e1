"""What keeps changes from piling up: limits, drift loops and templates that would put everything back."""

from __future__ import annotations

from datetime import timedelta

import pytest

from runtime.domain.command import ClearBlock
from runtime.domain.errors import LimitReached
from runtime.domain.outcome import Outcome, Reason
from tests.flow.scene import ANN, FIX, Bucket, a_bucket, approval_of
from tests.flow.world import World
from tests.memory.calls import Crash


@pytest.fixture
def bucket(world: World) -> Bucket:
    return a_bucket(world)


def test_the_same_fix_that_keeps_coming_back_stops_acting(world: World, bucket: Bucket) -> None:
    world.policy["drift"] = {"times": 3, "days": 7}
    for _ in range(3):
        bucket.open()
        assert bucket.found().outcome is Outcome.REMEDIATE
        world.now += timedelta(days=1)
    bucket.open()
    looped = bucket.found()
    assert (looped.outcome, looped.reason) == (Outcome.NOTIFY, Reason.DRIFT_LOOP)
    assert bucket.block() is None
    assert "3 times in 7 days" in looped.sentence
    # The window moves on, or somebody clears it.
    world.now += timedelta(days=5)
    assert bucket.found().outcome is Outcome.REMEDIATE


def test_a_drift_loop_can_be_cleared(world: World, bucket: Bucket) -> None:
    world.policy["drift"] = {"times": 2, "days": 7}
    for _ in range(2):
        bucket.open()
        run = bucket.find()
        world.now += timedelta(hours=1)
    bucket.open()
    assert bucket.found().reason is Reason.DRIFT_LOOP
    world.order(ClearBlock(target_id=run, reason="the script is gone"), ANN)
    world.now += timedelta(hours=1)
    assert bucket.found().outcome is Outcome.REMEDIATE


def test_a_template_is_fixed_and_its_owner_told_what_to_change(world: World, bucket: Bucket) -> None:
    bucket.tag(terraform="yes")
    outcome = bucket.found()
    assert outcome.outcome is Outcome.REMEDIATE
    assert outcome.evidence.template is not None
    (notice,) = world.mail.security
    assert "aws_s3_bucket_public_access_block" in notice["template"]["change"]
    assert bucket.closed


def test_a_template_may_be_left_to_its_owner(world: World, bucket: Bucket) -> None:
    world.policy["environments"]["dev"]["template_owned"] = "notify"
    bucket.tag(terraform="yes")
    outcome = bucket.found()
    assert (outcome.outcome, outcome.reason) == (Outcome.NOTIFY, Reason.OWNED_BY_TEMPLATE)
    assert "aws_s3_bucket_public_access_block" in outcome.sentence
    assert not bucket.closed


@pytest.mark.parametrize("scope", ["everything", "account", "fix"])
def test_beyond_the_limit_a_person_is_asked(world: World, scope: str) -> None:
    world.policy["writes_per_hour"] = {"everything": 1000, "account": 1000, "fix": 1000, scope: 2}
    buckets = [a_bucket(world, f"flow-bucket-{number}") for number in range(3)]
    assert [bucket.found().outcome for bucket in buckets] == [Outcome.REMEDIATE, Outcome.REMEDIATE, Outcome.APPROVE]
    stored = world.telemetry.recorded_events[-1]
    assert stored.reason is Reason.RATE_LIMIT_EXCEEDED
    assert not buckets[-1].closed
    assert world.mail.events[-1]["reason"] == "RATE_LIMIT_EXCEEDED"
    world.order(approval_of(stored), ANN)  # what people approve is counted, and not limited
    assert buckets[-1].closed
    another = a_bucket(world, "flow-bucket-later")
    world.now += timedelta(minutes=59)
    assert another.found().reason is Reason.RATE_LIMIT_EXCEEDED
    world.now += timedelta(minutes=6)  # writes are counted for each five minutes
    assert another.found().outcome is Outcome.REMEDIATE


def test_two_runs_at_once_cannot_both_take_the_last_place(world: World) -> None:
    world.policy["writes_per_hour"]["account"] = 1
    first, second = a_bucket(world, "flow-bucket-1"), a_bucket(world, "flow-bucket-2")
    nested: list[str] = []

    def meanwhile(_: int, name: str) -> None:
        if name == "store.commit" and not nested:
            nested.append(name)
            second.find()

    message = world.finding(first.arn, FIX)
    with world.watched() as calls:
        calls.before = meanwhile
        with pytest.raises(LimitReached):
            world.handle(message)
    assert second.closed
    assert not first.closed
    world.handle(message)
    assert world.outcome(message).reason is Reason.RATE_LIMIT_EXCEEDED


def test_a_run_that_is_delivered_again_counts_once(world: World, bucket: Bucket) -> None:
    def die(_: int, name: str) -> None:
        if name == "store.commit":
            raise Crash

    world.policy["writes_per_hour"]["account"] = 1
    message = world.finding(bucket.arn, FIX)
    with world.watched() as calls:
        calls.after = die
        with pytest.raises(Crash):
            world.handle(message)
    world.end_leases()
    world.handle(message)
    assert world.outcome(message).outcome is Outcome.REMEDIATE
