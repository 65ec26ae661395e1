"""From a queue message to a changed resource and its one outcome."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from runtime.application.ports import Add, ConditionFailed, Message, Put, Table
from runtime.domain.access import customer_role_name
from runtime.domain.audit import AuditEvent, EventKind, History
from runtime.domain.errors import (
    AwsUnavailable,
    FactsChanged,
    MessageNotConfirmed,
    PlatformCallFailed,
    PolicyInvalid,
    RecordUnreadable,
    RegistryInvalid,
    ResourceBusy,
)
from runtime.domain.exceptions import ExceptionRequest, Step
from runtime.domain.facts import WaiverStatus
from runtime.domain.followup import Verify, message_to_json
from runtime.domain.outcome import Outcome, Reason
from runtime.items import exceptions, locks
from runtime.items.accounts import account_key
from runtime.items.trail import event_key
from tests.flow.scene import ABOVE_SSH, AROUND_SSH, CLOSED, FIX, GROUP_FIX, WIDE, Bucket, Group, a_bucket, a_group
from tests.flow.world import CUSTOMER, NOW, PLATFORM, TOPIC, World, person
from tests.memory.calls import Calls, Crash, error_for, lose, refuse
from tests.samples.render import CURRENT, DEFAULTS, issue_body, render


@pytest.fixture
def bucket(world: World) -> Bucket:
    return a_bucket(world)


@pytest.fixture
def group(world: World) -> Group:
    return a_group(world)


def kinds(history: History) -> list[EventKind]:
    return [event.kind for event in history.events]


def intents(history: History) -> list[AuditEvent]:
    return [event for event in history.events if event.kind is EventKind.INTENT]


def check_of(event: AuditEvent, name: str) -> str:
    return next(check.found for check in event.evidence.checks if check.name == name)


def test_an_eligible_finding_is_fixed_read_back_and_recorded_with_intent_first(world: World, bucket: Bucket) -> None:
    history = world.handle(world.finding(bucket.arn, FIX))
    assert bucket.closed
    assert kinds(history) == [EventKind.INTENT, EventKind.OUTCOME]
    intent, outcome = history.events
    assert intent.evidence.plan is not None
    assert intent.evidence.plan.undo
    assert (outcome.outcome, outcome.reason) == (Outcome.REMEDIATE, Reason.ELIGIBLE)
    assert outcome.evidence.after != intent.evidence.plan.before
    assert outcome.plan_digest == intent.evidence.plan.digest
    assert [session.tags["suture:access"] for session in outcome.evidence.sessions] == ["read", "write"]


def test_the_intent_is_durable_before_the_first_write_and_each_side_of_it_is_one_transaction(
    world: World, bucket: Bucket
) -> None:
    with world.watched() as calls:
        world.handle(world.finding(bucket.arn, FIX))
    writes = [name for name in calls.made if name in ("store.commit", "s3:PutPublicAccessBlock")]
    assert writes == ["store.commit", "s3:PutPublicAccessBlock", "store.commit"]
    before, after = calls.arguments("store.commit")
    assert {(type(write), write.key.table) for write in before} == {
        (Put, Table.AUDIT),  # the intent
        (Put, Table.LOCKS),
        (Add, Table.LEDGER),  # what counts the write
    }
    assert {(type(write).__name__, write.key.table) for write in after} == {
        ("Put", Table.AUDIT),  # the outcome
        ("Put", Table.LEDGER),  # the resource's past
        ("Delete", Table.LOCKS),
    }
    assert calls.made.index("mail.tell") > max(i for i, name in enumerate(calls.made) if name == "store.commit")


def test_an_audit_table_that_refuses_the_intent_means_that_nothing_is_changed(world: World, bucket: Bucket) -> None:
    message = world.finding(bucket.arn, FIX)
    with world.watched() as calls:
        calls.before = refuse("store.commit", "AccessDeniedException")
        with pytest.raises(PlatformCallFailed, match="AccessDeniedException"):
            world.platform.findings.handle(message)
    assert calls.count("s3:PutPublicAccessBlock") == 0
    assert bucket.block() is None
    assert world.history(message).events == ()
    world.handle(message)
    assert world.outcome(message).outcome is Outcome.REMEDIATE


def test_an_outcome_that_cannot_be_stored_comes_with_a_later_delivery_and_nothing_is_written_twice(
    world: World, bucket: Bucket
) -> None:
    message = world.finding(bucket.arn, FIX)
    with world.watched() as calls:
        calls.before = refuse("store.commit", "InternalServerError", at=2)
        with pytest.raises(PlatformCallFailed, match="InternalServerError"):
            world.platform.findings.handle(message)
        assert bucket.closed
        assert kinds(world.history(message)) == [EventKind.INTENT]
        world.handle(message)  # the lease was given back
    assert calls.count("s3:PutPublicAccessBlock") == 1
    assert kinds(world.history(message)) == [EventKind.INTENT, EventKind.RESUMED, EventKind.OUTCOME]
    assert world.outcome(message).outcome is Outcome.REMEDIATE


def test_a_message_delivered_again_is_told_again_and_done_once(world: World, bucket: Bucket) -> None:
    message = world.finding(bucket.arn, FIX)
    world.handle(message)
    with world.watched() as calls:
        world.handle(message)
    assert calls.count("sts:AssumeRole") == 0
    assert calls.count("mail.tell") == 1
    assert len(world.history(message).events) == 2


def test_a_finding_published_again_is_found_compliant(world: World, bucket: Bucket) -> None:
    world.handle(world.finding(bucket.arn, FIX))
    again = world.finding(bucket.arn, FIX)
    with world.watched() as calls:
        world.handle(again)
    assert calls.count("s3:PutPublicAccessBlock") == 0
    assert (world.outcome(again).outcome, world.outcome(again).reason) == (Outcome.SKIP, Reason.ALREADY_COMPLIANT)


# -- a process that dies --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Died:
    """A process that died at a call, and what the next delivery of its message came to."""

    at: str
    outcome: AuditEvent
    history: History
    again: Calls


def died_at_each_call(
    world: World, arn: str, fix_id: str, when: str, *, reset: Callable[[], None], look: Callable[[str], None]
) -> Iterator[Died]:
    """One finding for each call of the run: the process dies at it, and the message is delivered again.

    ``reset`` makes the resource as it was; ``look`` is called after every call that was made.
    """
    with world.watched() as calls:
        world.handle(world.finding(arn, fix_id))
    for index in range(len(calls.made)):
        reset()
        message = world.finding(arn, fix_id)
        died: list[str] = []

        def die(at: int, name: str, index: int = index, died: list[str] = died) -> None:
            if at == index:
                died.append(name)
                raise Crash

        def then_look(at: int, name: str, die: Callable[[int, str], None] = die) -> None:
            look(name)
            if when == "after":
                die(at, name)

        with world.watched() as calls:
            calls.after = then_look
            if when == "before":
                calls.before = die
            with pytest.raises(Crash):
                world.handle(message)
        world.mail.notices.clear()
        world.end_leases()
        with world.watched() as calls:
            calls.after = lambda _, name: look(name)
            world.handle(message, platform=world.new_platform())
        assert world.mail.events, f"nobody was told after a crash at {died}"
        assert world.locks() == [], f"the resource is not free after a crash at {died}"
        yield Died(at=died[0], outcome=world.outcome(message), history=world.history(message), again=calls)


@pytest.mark.parametrize("when", ["before", "after"])
def test_whichever_call_the_process_dies_at_the_finding_ends_once_and_the_bucket_is_closed(
    world: World, bucket: Bucket, when: str
) -> None:
    died_at = set()
    for died in died_at_each_call(world, bucket.arn, FIX, when, reset=bucket.open, look=lambda name: None):
        died_at.add(died.at)
        assert died.again.count("s3:PutPublicAccessBlock") <= 1
        assert bucket.closed, died.at
        assert died.outcome.outcome is Outcome.REMEDIATE, died.at
    assert {"s3:PutPublicAccessBlock", "store.commit", "mail.confirm", "mail.tell"} <= died_at


@pytest.mark.parametrize("when", ["before", "after"])
def test_whichever_call_the_process_dies_at_no_port_is_cut_off_that_the_group_keeps_open(
    world: World, group: Group, when: str
) -> None:
    ended = Counter[Outcome]()
    for died in died_at_each_call(
        world, group.arn, GROUP_FIX, when, reset=group.open, look=group.assert_wanted_ports_are_open
    ):
        ended[died.outcome.outcome] += 1
        if died.outcome.outcome is Outcome.REMEDIATE:
            assert group.ranges() == AROUND_SSH, died.at
            continue
        # Half of the plan was made. Nobody but a person knows whether by the run that died.
        assert (died.outcome.outcome, died.outcome.reason) == (Outcome.FAILED, Reason.INTERRUPTED), died.at
        assert group.ranges() == {WIDE, ABOVE_SSH}, died.at
        assert died.again.count("ec2:ModifySecurityGroupRules") == 0
        (intended,) = intents(died.history)
        assert intended.evidence.plan is not None
        assert len(intended.evidence.plan.undo) == 2
        assert died.outcome.evidence.plan == intended.evidence.plan
        assert died.outcome.evidence.expected == intended.evidence.observed
        assert told_ranges(died.outcome) == group.ranges()
        (told,) = world.mail.review
        assert told["reason"] == Reason.INTERRUPTED
    assert ended[Outcome.FAILED] == 1, ended  # nothing is called between the two changes
    assert ended[Outcome.REMEDIATE] > 10


def told_ranges(event: AuditEvent) -> set[tuple[int, int]]:
    """The ports that were open to the world at the last look on record."""
    assert event.evidence.after is not None
    return {(rule["from_port"], rule["to_port"]) for rule in event.evidence.after["rules"]}


# -- calls that fail ------------------------------------------------------------------------------------------------


def test_a_throttled_second_change_takes_the_first_back_and_a_later_delivery_makes_both(
    world: World, group: Group
) -> None:
    message = world.finding(group.arn, GROUP_FIX)
    with world.watched() as calls:
        # EC2's documentation gives RequestLimitExceeded with 503; a status below 500 is a refusal for certain:
        # https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
        calls.before = refuse("ec2:ModifySecurityGroupRules", "Throttling", at=1)
        calls.after = lambda _, name: group.assert_wanted_ports_are_open(name)
        with pytest.raises(AwsUnavailable):
            world.platform.findings.handle(message)
        assert group.ranges() == {WIDE}
        world.handle(message)
    assert group.ranges() == AROUND_SSH
    assert world.outcome(message).outcome is Outcome.REMEDIATE


@pytest.mark.parametrize(
    ("lost", "outcome", "ranges", "sentence"),
    [
        ("ec2:AuthorizeSecurityGroupIngress", Outcome.FAILED, {WIDE, ABOVE_SSH}, "at least 0 of 2"),
        ("ec2:ModifySecurityGroupRules", Outcome.REMEDIATE, AROUND_SSH, ""),
    ],
)
def test_a_lost_answer_cuts_off_no_port_that_the_group_keeps_open(
    world: World, group: Group, lost: str, outcome: Outcome, ranges: set[tuple[int, int]], sentence: str
) -> None:
    lose_it = lose(lost)

    def after(index: int, name: str) -> None:
        group.assert_wanted_ports_are_open(name)
        lose_it(index, name)

    message = world.finding(group.arn, GROUP_FIX)
    with world.watched() as calls:
        calls.after = after
        world.handle(message)
    ended = world.outcome(message)
    assert (ended.outcome, group.ranges()) == (outcome, ranges)
    assert sentence in ended.sentence
    assert told_ranges(ended) == ranges
    assert calls.count(lost) == 1


def test_an_instance_that_starts_between_two_deliveries_does_not_stop_the_fix(world: World, group: Group) -> None:
    message = world.finding(group.arn, GROUP_FIX)
    with world.watched() as calls:
        calls.before = refuse("ec2:AuthorizeSecurityGroupIngress", "RequestLimitExceeded")
        with pytest.raises(AwsUnavailable):
            world.platform.findings.handle(message)
    assert world.history(message).open_intent is not None
    group.attach()
    world.handle(message)
    assert world.outcome(message).outcome is Outcome.REMEDIATE
    assert group.ranges() == AROUND_SSH


def test_a_missing_customer_role_fails_with_the_reason(world: World, bucket: Bucket) -> None:
    message = world.finding(bucket.arn, FIX)
    with world.watched() as calls:
        calls.before = refuse("sts:AssumeRole", "AccessDenied")
        world.handle(message)
    outcome = world.outcome(message)
    assert (outcome.outcome, outcome.reason) == (Outcome.FAILED, Reason.ROLE_NOT_ASSUMABLE)
    assert "deploy the pack s3 in account" in outcome.sentence
    assert [check.name for check in outcome.evidence.checks][-1] == "owner-found"
    assert bucket.block() is None
    assert len(world.mail.review) == 1


def test_a_denied_write_fails_with_the_reason_and_the_state_left(world: World, bucket: Bucket) -> None:
    message = world.finding(bucket.arn, FIX)
    with world.watched() as calls:
        calls.before = refuse("s3:PutPublicAccessBlock", "AccessDenied")
        world.handle(message)
    outcome = world.outcome(message)
    assert (outcome.outcome, outcome.reason) == (Outcome.FAILED, Reason.ACCESS_DENIED)
    assert outcome.evidence.plan is not None
    assert outcome.evidence.after == outcome.evidence.plan.before
    assert bucket.block() is None


@pytest.mark.parametrize("operation", ["sts:AssumeRole", "s3:GetPublicAccessBlock", "s3:PutPublicAccessBlock"])
def test_a_throttled_call_sends_the_message_back_and_a_later_delivery_finishes_it(
    world: World, bucket: Bucket, operation: str
) -> None:
    message = world.finding(bucket.arn, FIX)
    with world.watched() as calls:
        calls.before = refuse(operation, "SlowDown")
        with pytest.raises(AwsUnavailable):
            world.platform.findings.handle(message)
    assert bucket.block() is None
    world.handle(message)
    assert world.outcome(message).outcome is Outcome.REMEDIATE


@pytest.mark.parametrize("operation", ["sts:AssumeRole", "s3:GetPublicAccessBlock", "mail.confirm", "store.read"])
def test_what_fails_between_the_intent_and_the_write_withdraws_the_intent(
    world: World, bucket: Bucket, operation: str
) -> None:
    def fail_after_the_intent(_: int, name: str) -> None:
        if name == operation and world.history(message).open_intent is not None:
            raise error_for(name, "SlowDown")

    message = world.finding(bucket.arn, FIX)
    with world.watched() as calls:
        calls.before = fail_after_the_intent
        with pytest.raises((AwsUnavailable, PlatformCallFailed)):
            world.platform.findings.handle(message)
    assert calls.count("s3:PutPublicAccessBlock") == 0
    assert kinds(world.history(message)) == [EventKind.INTENT, EventKind.WITHDRAWN]
    assert "Nothing was changed" in world.history(message).events[-1].sentence
    assert world.locks() == []
    world.handle(message)
    assert world.outcome(message).outcome is Outcome.REMEDIATE


def test_a_write_whose_answer_is_lost_is_looked_at_and_not_made_again(world: World, bucket: Bucket) -> None:
    message = world.finding(bucket.arn, FIX)
    with world.watched() as calls:
        calls.after = lose("s3:PutPublicAccessBlock")
        world.handle(message)
    assert bucket.closed
    assert calls.count("s3:PutPublicAccessBlock") == 1
    outcome = world.outcome(message)
    assert outcome.outcome is Outcome.REMEDIATE
    assert outcome.evidence.answers == ({},)


def test_an_error_is_told_although_its_lease_cannot_be_given_back(world: World, bucket: Bucket) -> None:
    def before(_: int, name: str) -> None:
        if name == "s3:PutPublicAccessBlock" or (name == "store.commit" and "s3:PutPublicAccessBlock" in calls.made):
            raise error_for(name, "SlowDown")

    message = world.finding(bucket.arn, FIX)
    with world.watched() as calls:
        calls.before = before
        with pytest.raises(AwsUnavailable, match="s3:PutPublicAccessBlock"):
            world.platform.findings.handle(message)
    assert len(world.locks()) == 1
    with pytest.raises(ResourceBusy):
        world.platform.findings.handle(message)
    world.now += timedelta(seconds=locks.LEASE_SECONDS + 1)
    world.handle(message)
    assert world.outcome(message).outcome is Outcome.REMEDIATE


# -- changes that take their time -----------------------------------------------------------------------------------


FOR_EVER = 1000
"""Reads: more than there are looks."""


def test_a_slow_change_is_pending_and_verified_by_a_later_message(world: World, bucket: Bucket) -> None:
    bucket.lag(2)
    message = world.finding(bucket.arn, FIX)
    world.handle(message)
    assert [(event.kind, event.attempt) for event in world.history(message).events] == [
        (EventKind.INTENT, 0),
        (EventKind.PENDING, 1),
        (EventKind.PENDING, 2),
    ]
    world.deliver_to_itself()
    assert world.outcome(message).outcome is Outcome.REMEDIATE
    after = world.outcome(message).evidence.after
    assert after is not None
    assert after["configuration"] == CLOSED


def test_a_change_that_never_takes_effect_has_failed(world: World, bucket: Bucket) -> None:
    bucket.lag(FOR_EVER)
    message = world.finding(bucket.arn, FIX)
    world.handle(message)
    for _ in range(20):
        world.deliver_to_itself()
    outcome = world.outcome(message)
    assert (outcome.outcome, outcome.reason) == (Outcome.FAILED, Reason.VERIFICATION_FAILED)
    assert len(world.mail.review) == 1


def test_nobody_can_hurry_a_pending_run_or_use_up_its_looks(world: World, bucket: Bucket) -> None:
    """A message only names the run: when it is looked at, and for which time, its record says."""
    bucket.lag(1)
    platform, message = world.new_platform(verify_seconds=60), world.finding(bucket.arn, FIX)
    platform.findings.handle(message)
    (run,) = {event.correlation_id for event in world.history(message).events}
    with world.watched() as calls:
        for attempt in (1, 2, 10, 1_000_000):
            hurried = json.dumps(message_to_json(Verify(correlation_id=run, attempt=attempt)))
            platform.runs.handle_follow_up(Message(id="1", body=hurried))
        platform.findings.handle(message)  # nor does the finding's own message
    assert calls.count("sts:AssumeRole") == 0
    assert kinds(world.history(message)) == [EventKind.INTENT, EventKind.PENDING]
    # Each is looked at later: when the look that is on record is due, and for that time.
    assert {verify.attempt for verify in calls.arguments("mail.look_later")} == {1}
    assert {delay for _, delay in world.mail.follow_ups} == {60}
    world.now += timedelta(seconds=60)
    world.deliver_to_itself(platform)
    assert world.outcome(message).outcome is Outcome.REMEDIATE


def test_the_looks_at_a_slow_change_are_further_and_further_apart(world: World, bucket: Bucket) -> None:
    bucket.lag(FOR_EVER)
    platform, message, waited = world.new_platform(verify_seconds=60), world.finding(bucket.arn, FIX), []
    platform.findings.handle(message)
    while world.mail.follow_ups:
        ((_, delay),) = world.mail.follow_ups
        waited.append(delay)
        world.now += timedelta(seconds=delay)
        world.deliver_to_itself(platform)
    assert waited == [60, 120, 240, 480, 900, 900, 900, 900, 900, 900]
    assert world.outcome(message).reason is Reason.VERIFICATION_FAILED


def test_an_account_that_is_taken_away_while_a_change_is_under_way_ends_the_finding(
    world: World, bucket: Bucket
) -> None:
    bucket.lag(FOR_EVER)
    message = world.finding(bucket.arn, FIX)
    world.platform.findings.handle(message)
    world.offboard()
    world.deliver_to_itself()
    outcome = world.outcome(message)
    assert (outcome.outcome, outcome.reason) == (Outcome.FAILED, Reason.ACCOUNT_NOT_ONBOARDED)
    assert outcome.evidence.plan is not None
    assert len(world.mail.review) == 1


# -- others at the same time ----------------------------------------------------------------------------------------


def test_somebody_changing_the_resource_meanwhile_stops_the_fix(world: World, bucket: Bucket) -> None:
    def meddle(_: int, name: str) -> None:
        if name == "store.commit" and calls.count(name) == 1:
            bucket.set_block(BlockPublicAcls=False)

    message = world.finding(bucket.arn, FIX)
    with world.watched() as calls:
        calls.before = meddle
        world.handle(message)
    outcome = world.outcome(message)
    assert (outcome.outcome, outcome.reason) == (Outcome.FAILED, Reason.STALE_STATE)
    assert bucket.block() == {**CLOSED, "BlockPublicAcls": False}
    assert outcome.evidence.expected is not None
    assert outcome.evidence.expected["configuration"] is None
    assert outcome.evidence.after is not None
    assert outcome.evidence.after["configuration"] == bucket.block()
    assert kinds(world.history(message)) == [EventKind.INTENT, EventKind.WITHDRAWN, EventKind.OUTCOME]


def test_somebody_else_closing_the_bucket_meanwhile_leaves_nothing_to_do(world: World, bucket: Bucket) -> None:
    def close(_: int, name: str) -> None:
        if name == "store.commit" and calls.count(name) == 1:
            bucket.set_block()

    message = world.finding(bucket.arn, FIX)
    with world.watched() as calls:
        calls.before = close
        world.handle(message)
    outcome = world.outcome(message)
    assert (outcome.outcome, outcome.reason) == (Outcome.SKIP, Reason.ALREADY_COMPLIANT)
    assert calls.count("s3:PutPublicAccessBlock") == 0
    assert kinds(world.history(message)) == [EventKind.INTENT, EventKind.WITHDRAWN, EventKind.OUTCOME]


def test_a_resource_held_by_another_run_is_left_alone_until_it_is_free(world: World, bucket: Bucket) -> None:
    message = world.finding(bucket.arn, FIX)
    another = locks.Lease(resource_arn=bucket.arn, holder="another")
    world.store.commit([another.taken(world.now)])
    with pytest.raises(ResourceBusy):
        world.platform.findings.handle(message)
    assert bucket.block() is None
    assert world.history(message).events == ()
    world.store.commit([another.released()])
    world.handle(message)
    assert world.outcome(message).outcome is Outcome.REMEDIATE


def test_two_runs_of_one_message_at_once_leave_one_outcome(world: World, bucket: Bucket) -> None:
    """A standard queue may deliver a message twice at the same time."""
    message = world.finding(bucket.arn, FIX)
    nested: list[str] = []

    def also_deliver(_: int, name: str) -> None:
        if name == "s3:GetBucketTagging" and not nested:
            nested.append(name)
            world.new_platform().findings.handle(message)

    with world.watched() as calls:
        calls.before = also_deliver
        with pytest.raises(ConditionFailed):
            world.platform.findings.handle(message)
        assert calls.count("s3:PutPublicAccessBlock") == 1
    assert world.outcome(message).outcome is Outcome.REMEDIATE


def test_a_run_that_another_delivery_overtook_writes_nothing(world: World, bucket: Bucket) -> None:
    """Both found an intent; the other one was refused and ended as FAILED before this one had the lease."""
    message = world.finding(bucket.arn, FIX)
    with world.watched() as calls:
        calls.before = refuse("s3:PutPublicAccessBlock", "SlowDown")
        with pytest.raises(AwsUnavailable):
            world.platform.findings.handle(message)
    assert world.history(message).open_intent is not None
    overtaken: list[Reason] = []

    def overtake(_: int, name: str) -> None:
        if name == "store.commit" and not overtaken:
            overtaken.append(Reason.INTERNAL_ERROR)
            calls.before = refuse("s3:PutPublicAccessBlock", "AccessDenied")
            world.new_platform().findings.handle(message)
            calls.before = lambda index, name: None
            overtaken[0] = world.outcome(message).reason

    with world.watched() as calls:
        calls.before = overtake
        with pytest.raises(ConditionFailed):
            world.platform.findings.handle(message)
        assert calls.count("s3:PutPublicAccessBlock") == 1  # the other's
    assert overtaken == [Reason.ACCESS_DENIED]
    assert bucket.block() is None
    assert world.outcome(message).reason is Reason.ACCESS_DENIED
    assert world.locks() == []


def test_an_error_after_an_intent_ends_on_the_record_of_the_intent(world: World, bucket: Bucket) -> None:
    def die(_: int, name: str) -> None:
        if name == "s3:PutPublicAccessBlock":
            raise Crash

    message = world.finding(bucket.arn, FIX)
    with world.watched() as calls:
        calls.after = die
        with pytest.raises(Crash):
            world.handle(message)
    world.end_leases()
    with world.watched() as calls:
        calls.before = refuse("sts:AssumeRole", "AccessDenied")
        world.handle(message)
    outcome, (intent,) = world.outcome(message), intents(world.history(message))
    assert (outcome.outcome, outcome.reason) == (Outcome.FAILED, Reason.ROLE_NOT_ASSUMABLE)
    assert outcome.evidence.plan == intent.evidence.plan is not None
    assert outcome.plan_digest == intent.plan_digest
    assert "may have been made" in outcome.sentence
    assert len(world.mail.review) == 1


def test_a_write_session_that_is_refused_ends_with_the_plan_and_the_owner_on_record(
    world: World, bucket: Bucket
) -> None:
    message = world.finding(bucket.arn, FIX)
    with world.watched() as calls:
        calls.before = refuse("sts:AssumeRole", "AccessDenied", at=2)
        world.handle(message)
    outcome = world.outcome(message)
    assert kinds(world.history(message)) == [EventKind.INTENT, EventKind.WITHDRAWN, EventKind.OUTCOME]
    assert (outcome.outcome, outcome.reason) == (Outcome.FAILED, Reason.ROLE_NOT_ASSUMABLE)
    assert outcome.evidence.plan is not None
    assert (outcome.owner, outcome.environment) == ("team@example.com", "dev")
    assert outcome.sentence.endswith("Nothing was changed.")
    assert bucket.block() is None


# -- what is not believed, and what cannot be used ------------------------------------------------------------------


def test_a_finding_whose_delivery_sqs_does_not_confirm_is_not_acted_on(world: World, bucket: Bucket) -> None:
    """Whoever may invoke the function could otherwise have it act on an event of their own making."""
    message = replace(world.finding(bucket.arn, FIX), receipt="invented")
    world.mail.unknown_receipts.add("invented")
    with world.watched() as calls:
        for _ in range(2):
            with pytest.raises(MessageNotConfirmed):
                world.platform.findings.handle(message)
    assert [given.receipt for given in calls.arguments("mail.confirm")] == ["invented"] * 2
    assert calls.count("s3:PutPublicAccessBlock") == 0
    assert bucket.block() is None
    assert world.history(message).outcome is None
    assert world.history(message).open_intent is None
    world.handle(replace(message, receipt="SQS's own"))
    assert world.outcome(message).outcome is Outcome.REMEDIATE


def test_a_change_whose_record_would_be_too_large_is_refused_before_anything_is_announced(
    world: World, group: Group
) -> None:
    group.open(*((port, port) for port in (22, *range(1024, 4000))))
    ranges = group.ranges()
    message = world.finding(group.arn, GROUP_FIX)
    with world.watched() as calls:
        world.handle(message)
    outcome = world.outcome(message)
    assert (outcome.outcome, outcome.reason) == (Outcome.FAILED, Reason.RECORD_TOO_LARGE)
    assert kinds(world.history(message)) == [EventKind.OUTCOME]
    assert calls.count("sts:AssumeRole") == 1  # to read
    assert world.locks() == []
    assert group.ranges() == ranges
    assert len(world.mail.review) == 1


def test_an_exception_that_comes_into_force_between_the_decision_and_the_write_decides_it(
    world: World, bucket: Bucket
) -> None:
    def grant_now(_: int, name: str) -> None:
        if name == "sts:AssumeRole" and calls.count(name) == 2:
            with world.watched():
                grant(world, WaiverStatus.APPROVED, timedelta(days=1))

    message = world.finding(bucket.arn, FIX)
    with world.watched() as calls:
        calls.before = grant_now
        with pytest.raises(FactsChanged, match="an exception changed"):
            world.platform.findings.handle(message)
    assert calls.count("s3:PutPublicAccessBlock") == 0
    assert kinds(world.history(message)) == [EventKind.INTENT, EventKind.WITHDRAWN]
    world.handle(message)
    assert world.outcome(message).reason is Reason.EXCEPTION_APPROVED
    assert not bucket.closed


def test_a_resource_that_does_not_exist_is_rejected(world: World) -> None:
    message = world.finding("arn:aws:s3:::no-such-bucket", FIX)
    world.handle(message)
    assert world.outcome(message).reason is Reason.RESOURCE_NOT_FOUND


def test_a_bucket_of_another_account_is_not_touched(world: World) -> None:
    """An S3 ARN names no account, so only AWS can tell: it refuses the expected owner.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html
    """
    bucket = a_bucket(world, owner="111111111111")
    message = world.finding(bucket.arn, FIX)
    world.handle(message)
    assert (world.outcome(message).outcome, world.outcome(message).reason) == (Outcome.FAILED, Reason.ACCESS_DENIED)
    assert bucket.block() is None


def test_a_policy_that_cannot_be_used_sends_the_message_back(world: World, bucket: Bucket) -> None:
    message = world.finding(bucket.arn, FIX)
    world.policy["catalog"][0]["fix"] = "no-such-fix"
    with world.watched() as calls, pytest.raises(PolicyInvalid, match="no-such-fix"):
        world.platform.findings.handle(message)
    assert calls.count("sts:AssumeRole") == 0
    assert world.history(message).events == ()


def step_by(name: str) -> Step:
    return Step(principal=person(name), reason="a website", at=NOW - timedelta(days=2), command_id=name)


def grant(world: World, status: WaiverStatus, expires: timedelta) -> None:
    """The exception ``W-1`` for the bucket, as people's commands leave it."""
    request = ExceptionRequest(
        id="W-1",
        control=f"RULE-{FIX}",
        account_id=CUSTOMER,
        resource="arn:aws:s3:::flow-*",
        environment="",
        ticket="SEC-1",
        expires_at=NOW + expires,
        requested=step_by("ann"),
    )
    world.store.commit(exceptions.requested(request))
    key, at = exceptions.in_force_key(CUSTOMER), NOW - timedelta(days=2)
    for change, name, reached in (
        (exceptions.approved, "bob", status is not WaiverStatus.PENDING),
        (exceptions.revoked, "ann", status is WaiverStatus.REVOKED),
    ):
        if reached:
            registered = exceptions.find_exception(world.store, "W-1", CUSTOMER)
            assert registered is not None
            world.store.commit(change(registered, step_by(name), world.store.items.get(key), at))


@pytest.mark.parametrize(
    ("status", "expires", "outcome", "read"),
    [
        (WaiverStatus.APPROVED, timedelta(days=1), Outcome.SKIP, True),
        (WaiverStatus.APPROVED, timedelta(days=-1), Outcome.REMEDIATE, True),
        (WaiverStatus.PENDING, timedelta(days=1), Outcome.REMEDIATE, False),
        (WaiverStatus.REVOKED, timedelta(days=1), Outcome.REMEDIATE, False),
    ],
)
def test_only_an_approved_exception_in_force_suppresses_and_what_was_approved_is_recorded(
    world: World, bucket: Bucket, status: WaiverStatus, expires: timedelta, outcome: Outcome, read: bool
) -> None:
    grant(world, status, expires)
    message = world.finding(bucket.arn, FIX)
    with world.watched() as calls:
        world.handle(message)
    ended = world.outcome(message)
    assert ended.outcome is outcome
    assert ("W-1" in check_of(ended, "no-exception")) is read
    assert [waiver.id for waiver in ended.evidence.waivers] == ["W-1"] * read
    if outcome is Outcome.SKIP:
        assert ended.waiver_id == "W-1"
        assert calls.count("sts:AssumeRole") == 0


@pytest.mark.parametrize(
    ("environment", "outcome", "told"),
    [("production", Outcome.APPROVE, 1), ("sandbox", Outcome.DRY_RUN, 0)],
)
def test_approval_and_dry_run_record_the_exact_plan_and_change_nothing(
    world: World, bucket: Bucket, environment: str, outcome: Outcome, told: int
) -> None:
    world.onboard(environment=environment)
    message = world.finding(bucket.arn, FIX)
    with world.watched() as calls:
        world.handle(message)
    ended = world.outcome(message)
    assert ended.outcome is outcome
    assert ended.evidence.plan is not None
    assert ended.plan_digest == ended.evidence.plan.digest
    assert calls.count("sts:AssumeRole") == 1
    assert bucket.block() is None
    assert len(world.mail.review) == told
    assert [event["outcome"] for event in world.mail.events] == [outcome]


def test_a_finding_without_an_owner_notifies_with_the_path_that_was_tried(world: World, bucket: Bucket) -> None:
    world.onboard(owner="")
    message = world.finding(bucket.arn, FIX)
    world.handle(message)
    assert world.outcome(message).reason is Reason.OWNER_MISSING
    assert len(world.outcome(message).evidence.owner_path) == 3
    (notice,) = world.mail.security
    assert notice["reason"] == "OWNER_MISSING"
    assert len(notice["owner_path"]) == 3
    assert bucket.block() is None


@pytest.mark.parametrize(
    ("overrides", "reason"),
    [({"severity": "LOW"}, Reason.SEVERITY_BELOW_FLOOR), ({"status": "RESOLVED"}, Reason.ISSUE_NOT_OPEN)],
)
def test_what_the_registry_decides_makes_no_call_into_the_customer_account(
    world: World, bucket: Bucket, overrides: dict[str, str], reason: Reason
) -> None:
    message = world.finding(bucket.arn, FIX, **overrides)
    with world.watched() as calls:
        world.handle(message)
    assert world.outcome(message).reason is reason
    assert calls.count("sts:AssumeRole") == 0


def test_what_is_too_large_is_recorded_under_the_id_that_sns_gave_it_and_put_before_people(world: World) -> None:
    message = world.enveloped({**issue_body(), "padding": "x" * 300_000})
    world.handle(message)
    outcome = world.outcome(message)
    assert (outcome.reason, outcome.issue_id) == (Reason.PAYLOAD_MALFORMED, DEFAULTS["issue_id"])
    (told,) = world.mail.review
    assert (told["correlation_id"], told["issue_id"]) == (outcome.correlation_id, outcome.issue_id)


def test_what_breaks_a_body_is_quoted_to_the_people_who_review_it(world: World) -> None:
    world.handle(world.enveloped(render(CURRENT, control_description='Tests whether the "invoices" bucket is open.')))
    (told,) = world.mail.review
    assert r'at "invoices\" bucket' in told["sentence"]
    assert told["issue_id"] == DEFAULTS["issue_id"]


def test_a_finding_in_the_platform_s_own_account_is_rejected_even_if_it_is_registered(world: World) -> None:
    world.onboard(PLATFORM)
    message = world.finding("arn:aws:s3:::flow-bucket", FIX, account_id=PLATFORM)
    with world.watched() as calls:
        world.handle(message)
    outcome = world.outcome(message)
    assert (outcome.outcome, outcome.reason) == (Outcome.REJECT, Reason.PLATFORM_ACCOUNT)
    assert outcome.evidence.platform is not None
    assert outcome.evidence.platform.account_id == PLATFORM
    assert calls.count("sts:AssumeRole") == 0
    assert len(world.mail.review) == 1


@pytest.mark.parametrize("body", ["not json", "{}", '{"text": "test message"}', "", "[1]", "\u0000"])
def test_whatever_is_published_ends_in_one_record(world: World, body: str) -> None:
    message = world.enveloped(body)
    for _ in range(2):
        world.handle(message)
    assert world.outcome(message).outcome in (Outcome.REJECT, Outcome.SKIP)


def test_a_broken_item_of_the_registry_sends_the_message_back_and_names_itself(world: World, bucket: Bucket) -> None:
    key = account_key(CUSTOMER)
    world.store.items[key] = {name: text for name, text in world.store.items[key].items() if name != "external_id"}
    message = world.finding(bucket.arn, FIX)
    with pytest.raises(RegistryInvalid, match=f"'account' in partition 'account#{CUSTOMER}'.*'external_id' is missing"):
        world.platform.findings.handle(message)
    assert world.history(message).events == ()


def test_a_record_that_cannot_be_read_sends_the_message_back_and_names_its_run(world: World, bucket: Bucket) -> None:
    message = world.finding(bucket.arn, FIX)
    world.handle(message)
    outcome = world.outcome(message)
    bucket.open()
    key = event_key(outcome)
    world.store.items[key] = {**world.store.items[key], "document": b"no longer whole"}
    with world.watched() as calls, pytest.raises(RecordUnreadable, match=outcome.correlation_id):
        world.platform.findings.handle(message)
    assert calls.count("sts:AssumeRole") == 0
    assert bucket.block() is None


def test_the_sessions_name_the_issue_the_run_and_the_fix(world: World, bucket: Bucket) -> None:
    message = world.finding(bucket.arn, FIX)
    world.handle(message)
    outcome = world.outcome(message)
    assert len(outcome.evidence.sessions) == 2
    for session in outcome.evidence.sessions:
        assert session.role_arn == f"arn:aws:iam::{CUSTOMER}:role/{customer_role_name('s3')}"
        assert session.session_name == f"suture-{outcome.issue_id}"
        assert session.source_identity == f"suture-{outcome.correlation_id}"
        assert session.tags["suture:fix"] == FIX
        assert json.loads(session.policy)["Statement"][0]["Resource"] == bucket.arn
        assert session.calls
        assert all(call.request_id for call in session.calls)


@pytest.mark.parametrize(
    ("topic", "sender"),
    [("arn:aws:sns:us-east-1:111111111111:another", ""), (TOPIC, "AROAEXAMPLEEXAMPLE000:ann"), ("", "")],
)
def test_what_did_not_come_through_the_topic_is_at_most_planned_for_approval(
    world: World, topic: str, sender: str
) -> None:
    bucket = a_bucket(world)
    sent = world.finding(bucket.arn, FIX)
    envelope = json.loads(sent.body)
    body = json.dumps({**envelope, "TopicArn": topic}) if topic else envelope["Message"]
    message = replace(sent, body=body, sender_id=sender)
    world.platform.findings.handle(message)
    outcome = world.outcome(message) if topic else world.outcome_of(message.id)
    assert (outcome.outcome, outcome.reason) == (Outcome.APPROVE, Reason.NOT_THROUGH_TOPIC)
    assert not outcome.evidence.through_topic
    assert not bucket.closed
