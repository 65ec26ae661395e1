"""What keeps changes from piling up: limits, drift loops and templates that would put everything back."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import pytest

from runtime.domain.audit import EventKind
from runtime.domain.command import ClearBlock
from runtime.domain.errors import AwsUnavailable, LimitReached
from runtime.domain.guardrails import Past, PastKind
from runtime.domain.outcome import Outcome, Reason
from runtime.items.codec import size_of
from runtime.items.counters import Counter
from runtime.items.past import MOST_KEPT, past_key, put_past
from tests.flow.scene import ANN, FIX, Bucket, a_bucket, approval_of, resume, stop
from tests.flow.world import CUSTOMER, World
from tests.memory.calls import Crash, refuse


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


def remember(world: World, bucket: Bucket, fix_id: str, times: int) -> list[str]:
    """Have a fix have been made so often. Returns the runs that made it."""
    key = past_key(bucket.arn)
    applied = []
    for _ in range(times):
        world.now += timedelta(hours=2)
        applied.append(Past(kind=PastKind.APPLIED, fix_id=fix_id, correlation_id=world.mail.next_id(), at=world.now))
    world.store.commit([put_past(key, world.store.items.get(key), add=applied)])
    return [past.correlation_id for past in applied]


def test_the_past_of_a_resource_stays_bounded_and_keeps_the_newest(world: World, bucket: Bucket) -> None:
    runs = remember(world, bucket, FIX, MOST_KEPT - 2)
    for _ in range(5):
        bucket.open()
        runs.append(bucket.find())
        assert bucket.closed
    assert [past.correlation_id for past in bucket.past()] == runs[-MOST_KEPT:]
    assert size_of(world.store.items[past_key(bucket.arn)]) < 8 * 1024  # bytes


def test_an_undo_is_remembered_however_often_other_fixes_act_on_the_resource(world: World, bucket: Bucket) -> None:
    bucket.undo(bucket.find())
    remember(world, bucket, "another", MOST_KEPT + 20)
    assert bucket.found().reason is Reason.UNDONE_BEFORE
    assert bucket.block() is None


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
    assert "aws_s3_bucket_public_access_block" in notice["template"]["property"]
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


def test_a_run_that_is_delivered_again_counts_once_and_is_not_in_its_own_way(world: World, bucket: Bucket) -> None:
    def die(_: int, name: str) -> None:
        if name == "store.commit":
            raise Crash

    world.policy["writes_per_hour"] = dict.fromkeys(("everything", "account", "fix"), 1)
    message = world.finding(bucket.arn, FIX)
    with world.watched() as calls:
        calls.after = die
        with pytest.raises(Crash):
            world.handle(message)
    world.end_leases()
    with world.watched() as calls:
        # Nobody can know whether the first delivery wrote: what the second one withdraws goes on to count.
        calls.before = refuse("sts:AssumeRole", "SlowDown", at=3)
        with pytest.raises(AwsUnavailable):
            world.handle(message)
    assert [event.kind for event in world.history(message).events] == [
        EventKind.INTENT,
        EventKind.RESUMED,
        EventKind.WITHDRAWN,
        EventKind.INTENT,
        EventKind.WITHDRAWN,
    ]
    assert usage(world) == {1}
    world.handle(message)
    assert world.outcome(message).outcome is Outcome.REMEDIATE
    assert usage(world) == {1}
    assert a_bucket(world, "another-bucket").found().reason is Reason.RATE_LIMIT_EXCEEDED


def usage(world: World) -> set[int]:
    """How many writes count now, in each scope."""
    counter = Counter(account_id=CUSTOMER, fix_id=FIX)
    return set(counter.usage(world.store.read(counter.keys), world.now).values())


def test_every_write_counts_in_every_scope(world: World, bucket: Bucket) -> None:
    for times in (1, 2, 3):
        bucket.open()
        bucket.find()
        assert usage(world) == {times}


@pytest.mark.parametrize("code", ["SlowDown", "AccessDenied"])
def test_a_write_that_is_announced_and_cannot_be_made_counts_no_more(world: World, bucket: Bucket, code: str) -> None:
    world.policy["writes_per_hour"] = dict.fromkeys(("everything", "account", "fix"), 1)
    message = world.finding(bucket.arn, FIX)
    with world.watched() as calls:
        calls.before = refuse("sts:AssumeRole", code, at=2)
        with suppress(AwsUnavailable):
            world.handle(message)
    kinds = [event.kind for event in world.history(message).events]
    assert kinds[:2] == [EventKind.INTENT, EventKind.WITHDRAWN]
    assert usage(world) == {0}
    assert bucket.found().outcome is Outcome.REMEDIATE
    assert usage(world) == {1}


def test_a_write_that_is_announced_and_then_stopped_counts_no_more(world: World, bucket: Bucket) -> None:
    def stop_now(_: int, name: str) -> None:
        if name == "sts:AssumeRole" and calls.count(name) == 2:
            stop(world)

    with world.watched() as calls:
        calls.before = stop_now
        run = bucket.find()
    assert [event.kind for event in world.history_of(run).events] == [
        EventKind.INTENT,
        EventKind.WITHDRAWN,
        EventKind.HELD,
    ]
    assert usage(world) == {0}
    resume(world)
    world.tick()
    assert bucket.closed
    assert usage(world) == {1}


@pytest.mark.parametrize(
    ("changes", "reason"), [({}, Reason.ALREADY_COMPLIANT), ({"BlockPublicAcls": False}, Reason.STALE_STATE)]
)
def test_a_write_that_somebody_else_forestalls_counts_no_more(
    world: World, bucket: Bucket, changes: dict[str, bool], reason: Reason
) -> None:
    def meddle(_: int, name: str) -> None:
        if name == "store.commit" and calls.count(name) == 1:
            bucket.set_block(**changes)

    with world.watched() as calls:
        calls.before = meddle
        assert bucket.found().reason is reason
    assert usage(world) == {0}


def test_a_write_that_was_refused_halfway_counts_all_the_same(world: World, bucket: Bucket) -> None:
    """AWS was asked to write: what came of it is for a person to see."""
    with world.watched() as calls:
        calls.before = refuse("s3:PutPublicAccessBlock", "AccessDenied")
        assert bucket.found().outcome is Outcome.FAILED
    assert usage(world) == {1}
