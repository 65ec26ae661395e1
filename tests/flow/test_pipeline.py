"""From a queue message to a changed resource and its one outcome."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

from runtime.domain.access import CUSTOMER_ROLE_NAME
from runtime.domain.audit import EventKind
from runtime.domain.errors import (
    AwsUnavailable,
    ConditionalWriteConflict,
    PlatformCallFailed,
    PolicyInvalid,
    ResourceBusy,
)
from runtime.domain.facts import Waiver, WaiverStatus
from runtime.domain.outcome import Outcome, Reason
from runtime.fixes.s3_block_public_access import S3BlockPublicAccess
from tests.flow.world import CUSTOMER, NOW, Crash, World, enveloped, refuse

BUCKET = "flow-bucket"
BUCKET_ARN = f"arn:aws:s3:::{BUCKET}"
S3_FIX = "s3-block-public-access"
CLOSED = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)


@pytest.fixture
def bucket(world: World) -> str:
    world.customer("s3").create_bucket(Bucket=BUCKET)
    return BUCKET_ARN


def public_access_block(world: World) -> dict[str, bool] | None:
    try:
        answer = world.customer("s3").get_public_access_block(Bucket=BUCKET)
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchPublicAccessBlockConfiguration":
            raise
        return None
    return dict(answer["PublicAccessBlockConfiguration"])


def test_an_eligible_finding_is_fixed_read_back_and_recorded_with_intent_first(world: World, bucket: str) -> None:
    message = world.finding(bucket, S3_FIX)
    history = world.handle(message)
    assert public_access_block(world) == CLOSED
    assert [event.kind for event in history.events] == [EventKind.INTENT, EventKind.OUTCOME]
    intent, outcome = history.events
    assert intent.evidence.plan is not None
    assert intent.evidence.plan.undo
    assert (outcome.outcome, outcome.reason) == (Outcome.REMEDIATE, Reason.ELIGIBLE)
    assert outcome.evidence.after != intent.evidence.plan.before
    assert outcome.plan_digest == intent.evidence.plan.digest
    assert [session.tags["suture:access"] for session in outcome.evidence.sessions] == ["read", "write"]


def test_the_intent_is_durable_before_the_first_write(world: World, bucket: str) -> None:
    with world.watched() as calls:
        world.handle(world.finding(bucket, S3_FIX))
    writes = [name for name in calls.made if name == "s3:PutPublicAccessBlock"]
    first_put_after_lock = [name for name in calls.made if name in ("dynamodb:PutItem", "s3:PutPublicAccessBlock")]
    assert len(writes) == 1
    assert first_put_after_lock == [
        "dynamodb:PutItem",  # the lock
        "dynamodb:PutItem",  # the intent
        "s3:PutPublicAccessBlock",
        "dynamodb:PutItem",  # the outcome
    ]


def test_an_audit_table_that_refuses_the_intent_means_that_nothing_is_changed(world: World, bucket: str) -> None:
    def refuse_the_intent(_: int, name: str) -> None:
        if name == "dynamodb:PutItem" and calls.count("dynamodb:PutItem") == 2:
            refuse(name, "AccessDeniedException")(0, name)

    message = world.finding(bucket, S3_FIX)
    with world.watched() as calls:
        calls.before = refuse_the_intent
        with pytest.raises(PlatformCallFailed, match="AccessDeniedException"):
            world.pipeline.handle_finding(message)
    assert public_access_block(world) is None
    assert world.history(message).events == ()
    world.handle(message)
    assert world.outcome(message).outcome is Outcome.REMEDIATE


def test_a_message_delivered_again_is_told_again_and_done_once(world: World, bucket: str) -> None:
    message = world.finding(bucket, S3_FIX)
    world.handle(message)
    with world.watched() as calls:
        world.handle(message)
    assert calls.count("sts:AssumeRole") == 0
    assert calls.count("events:PutEvents") == 1
    assert len(world.history(message).events) == 2


def test_a_finding_published_again_is_found_compliant(world: World, bucket: str) -> None:
    world.handle(world.finding(bucket, S3_FIX))
    again = world.finding(bucket, S3_FIX)
    with world.watched() as calls:
        world.handle(again)
    assert calls.count("s3:PutPublicAccessBlock") == 0
    assert (world.outcome(again).outcome, world.outcome(again).reason) == (Outcome.SKIP, Reason.ALREADY_COMPLIANT)


@pytest.mark.parametrize("when", ["before", "after"])
def test_whichever_call_the_process_dies_at_the_finding_ends_once_and_the_bucket_is_closed(
    world: World, bucket: str, when: str
) -> None:
    died_at: list[str] = []
    with world.watched() as calls:
        world.handle(world.finding(bucket, S3_FIX))
    for index in range(len(calls.made)):
        world.customer("s3").delete_public_access_block(Bucket=BUCKET)
        message = world.finding(bucket, S3_FIX)

        def die(at: int, name: str, index: int = index) -> None:
            if at == index:
                died_at.append(name)
                raise Crash

        with world.watched() as calls:
            setattr(calls, when, die)
            with pytest.raises(Crash):
                world.handle(message)
        world.events.clear()
        # The lease of the dead process runs out before SQS shows the message again.
        world.client("dynamodb").delete_item(TableName="locks", Key={"resource_arn": {"S": bucket}})
        with world.watched() as calls:
            world.handle(message, pipeline=world.new_pipeline())
        assert calls.count("s3:PutPublicAccessBlock") <= 1
        assert public_access_block(world) == CLOSED, died_at[-1]
        assert world.outcome(message).outcome is Outcome.REMEDIATE, died_at[-1]
        assert world.events, f"nobody was told after a crash at {died_at[-1]}"
    assert {"s3:PutPublicAccessBlock", "dynamodb:PutItem", "events:PutEvents"} <= set(died_at)


def test_a_slow_change_is_pending_and_verified_by_a_later_message(
    world: World, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """AWS may answer a read with the old state for a while; S3 stands for anything slow here."""
    message = world.finding(bucket, S3_FIX)
    observe, stale = S3BlockPublicAccess.observe, []

    def lagging(self: S3BlockPublicAccess, aws: object, resource: object) -> object:
        state = observe(self, aws, resource)  # type: ignore[arg-type]
        stale.append(state)
        return stale[0] if len(stale) < 5 else state

    monkeypatch.setattr(S3BlockPublicAccess, "observe", lagging)
    world.handle(message)
    assert [event.sequence for event in world.history(message).events] == [
        "1-INTENT",
        "2-PENDING-0001",
        "2-PENDING-0002",
    ]
    world.deliver_follow_ups()
    assert world.outcome(message).outcome is Outcome.REMEDIATE
    assert world.outcome(message).evidence.after == stale[-1]


def test_a_change_that_never_takes_effect_has_failed(
    world: World, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    message = world.finding(bucket, S3_FIX)
    observe = S3BlockPublicAccess.observe
    old: list[object] = []

    def never(self: S3BlockPublicAccess, aws: object, resource: object) -> object:
        old.append(observe(self, aws, resource))  # type: ignore[arg-type]
        return old[0]

    monkeypatch.setattr(S3BlockPublicAccess, "observe", never)
    world.handle(message)
    for _ in range(20):
        world.deliver_follow_ups()
    outcome = world.outcome(message)
    assert (outcome.outcome, outcome.reason) == (Outcome.FAILED, Reason.VERIFICATION_FAILED)
    assert len(world.drain("review")) == 1


def test_a_missing_customer_role_fails_with_the_reason(world: World, bucket: str) -> None:
    message = world.finding(bucket, S3_FIX)
    with world.watched() as calls:
        calls.before = refuse("sts:AssumeRole", "AccessDenied", 403)
        world.handle(message)
    outcome = world.outcome(message)
    assert (outcome.outcome, outcome.reason) == (Outcome.FAILED, Reason.ROLE_NOT_ASSUMABLE)
    assert [check.name for check in outcome.evidence.checks][-1] == "owner-found"
    assert public_access_block(world) is None
    assert len(world.drain("review")) == 1


def test_a_denied_write_fails_with_the_reason_and_the_state_left(world: World, bucket: str) -> None:
    message = world.finding(bucket, S3_FIX)
    with world.watched() as calls:
        calls.before = refuse("s3:PutPublicAccessBlock", "AccessDenied", 403)
        world.handle(message)
    outcome = world.outcome(message)
    assert (outcome.outcome, outcome.reason) == (Outcome.FAILED, Reason.ACCESS_DENIED)
    assert outcome.evidence.plan is not None
    assert outcome.evidence.after == outcome.evidence.plan.before
    assert public_access_block(world) is None


@pytest.mark.parametrize("operation", ["sts:AssumeRole", "s3:GetPublicAccessBlock", "s3:PutPublicAccessBlock"])
def test_a_throttled_call_sends_the_message_back_and_a_later_delivery_finishes_it(
    world: World, bucket: str, operation: str
) -> None:
    message = world.finding(bucket, S3_FIX)
    with world.watched() as calls:
        calls.before = refuse(operation, "SlowDown", 503)
        with pytest.raises(AwsUnavailable):
            world.pipeline.handle_finding(message)
    assert public_access_block(world) is None
    world.handle(message)
    assert world.outcome(message).outcome is Outcome.REMEDIATE


def test_a_write_whose_answer_is_lost_is_found_done_by_the_next_delivery(world: World, bucket: str) -> None:
    def lose(_: int, name: str) -> None:
        if name == "s3:PutPublicAccessBlock":
            raise ReadTimeoutError(endpoint_url="https://s3")

    message = world.finding(bucket, S3_FIX)
    with world.watched() as calls:
        calls.after = lose
        with pytest.raises(AwsUnavailable):
            world.pipeline.handle_finding(message)
    assert public_access_block(world) == CLOSED
    with world.watched() as calls:
        world.handle(message)
    assert calls.count("s3:PutPublicAccessBlock") == 0
    assert world.outcome(message).outcome is Outcome.REMEDIATE


def test_somebody_changing_the_resource_meanwhile_stops_the_fix(world: World, bucket: str) -> None:
    def meddle(_: int, name: str) -> None:
        if name == "dynamodb:PutItem" and not meddled:
            meddled.append(name)
            world.customer("s3").put_public_access_block(
                Bucket=BUCKET, PublicAccessBlockConfiguration={**CLOSED, "BlockPublicAcls": False}
            )

    meddled: list[str] = []
    message = world.finding(bucket, S3_FIX)
    with world.watched() as calls:
        calls.before = meddle
        world.handle(message)
    outcome = world.outcome(message)
    assert (outcome.outcome, outcome.reason) == (Outcome.FAILED, Reason.STALE_STATE)
    assert public_access_block(world) == {**CLOSED, "BlockPublicAcls": False}


def test_a_resource_that_does_not_exist_is_rejected(world: World) -> None:
    message = world.finding("arn:aws:s3:::no-such-bucket", S3_FIX)
    world.handle(message)
    assert world.outcome(message).reason is Reason.RESOURCE_NOT_FOUND


def test_a_bucket_of_another_account_is_not_touched(world: World) -> None:
    """An S3 ARN names no account, so only AWS can tell: it refuses the expected owner."""
    world.client("s3").create_bucket(Bucket=BUCKET)  # in the platform's own account
    message = world.finding(BUCKET_ARN, S3_FIX)
    with world.watched() as calls:
        # moto does not check ExpectedBucketOwner, AWS answers 403:
        # https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html
        calls.before = refuse("s3:GetBucketTagging", "AccessDenied", 403)
        world.handle(message)
    assert (world.outcome(message).outcome, world.outcome(message).reason) == (Outcome.FAILED, Reason.ACCESS_DENIED)
    with pytest.raises(ClientError, match="NoSuchPublicAccessBlockConfiguration"):
        world.client("s3").get_public_access_block(Bucket=BUCKET)


def test_a_resource_held_by_another_run_is_left_alone_until_it_is_free(world: World, bucket: str) -> None:
    message = world.finding(bucket, S3_FIX)
    with world.pipeline.locks.hold(bucket, "another"), pytest.raises(ResourceBusy):
        world.pipeline.handle_finding(message)
    assert public_access_block(world) is None
    world.handle(message)
    assert world.outcome(message).outcome is Outcome.REMEDIATE


def test_a_policy_that_cannot_be_used_sends_the_message_back(world: World, bucket: str) -> None:
    message = world.finding(bucket, S3_FIX)
    world.policy["catalog"][0]["fix"] = "no-such-fix"
    with world.watched() as calls, pytest.raises(PolicyInvalid, match="no-such-fix"):
        world.pipeline.handle_finding(message)
    assert calls.count("sts:AssumeRole") == 0
    assert world.history(message).events == ()


@pytest.mark.parametrize(
    ("status", "expires", "outcome"),
    [
        (WaiverStatus.APPROVED, timedelta(days=1), Outcome.SKIP),
        (WaiverStatus.APPROVED, timedelta(days=-1), Outcome.REMEDIATE),
        (WaiverStatus.PENDING, timedelta(days=1), Outcome.REMEDIATE),
        (WaiverStatus.REVOKED, timedelta(days=1), Outcome.REMEDIATE),
    ],
)
def test_only_an_approved_waiver_in_force_suppresses_and_each_is_recorded(
    world: World, bucket: str, status: WaiverStatus, expires: timedelta, outcome: Outcome
) -> None:
    world.waive(
        Waiver(
            id="W-1",
            status=status,
            control=f"RULE-{S3_FIX}",
            account_id=CUSTOMER,
            resource="arn:aws:s3:::flow-*",
            environment="",
            reason="a website",
            ticket="SEC-1",
            requested_by="a",
            approved_by="b",
            expires_at=NOW + expires,
        )
    )
    message = world.finding(bucket, S3_FIX)
    with world.watched() as calls:
        world.handle(message)
    ended = world.outcome(message)
    assert ended.outcome is outcome
    check = next(check for check in ended.evidence.checks if check.name == "no-exception")
    assert "W-1" in check.found
    if outcome is Outcome.SKIP:
        assert ended.waiver_id == "W-1"
        assert calls.count("sts:AssumeRole") == 0


@pytest.mark.parametrize(
    ("environment", "outcome", "told"),
    [("production", Outcome.APPROVE, "review"), ("sandbox", Outcome.DRY_RUN, None)],
)
def test_approval_and_dry_run_record_the_exact_plan_and_change_nothing(
    world: World, bucket: str, environment: str, outcome: Outcome, told: str | None
) -> None:
    world.onboard(environment=environment)
    message = world.finding(bucket, S3_FIX)
    with world.watched() as calls:
        world.handle(message)
    ended = world.outcome(message)
    assert ended.outcome is outcome
    assert ended.evidence.plan is not None
    assert ended.plan_digest == ended.evidence.plan.digest
    assert calls.count("sts:AssumeRole") == 1
    assert public_access_block(world) is None
    assert len(world.drain("review")) == (1 if told == "review" else 0)
    assert [event["outcome"] for event in world.events] == [outcome]


def test_a_finding_without_an_owner_notifies_with_the_path_that_was_tried(world: World, bucket: str) -> None:
    world.onboard(owner="")
    message = world.finding(bucket, S3_FIX)
    world.handle(message)
    assert world.outcome(message).reason is Reason.OWNER_MISSING
    assert len(world.outcome(message).evidence.owner_path) == 3
    (notice,) = world.drain("security")
    assert "OWNER_MISSING" in notice
    assert public_access_block(world) is None


@pytest.mark.parametrize(
    ("overrides", "reason"),
    [({"severity": "LOW"}, Reason.SEVERITY_BELOW_FLOOR), ({"status": "RESOLVED"}, Reason.ISSUE_NOT_OPEN)],
)
def test_what_the_registry_decides_makes_no_call_into_the_customer_account(
    world: World, bucket: str, overrides: dict[str, str], reason: Reason
) -> None:
    message = world.finding(bucket, S3_FIX, **overrides)
    with world.watched() as calls:
        world.handle(message)
    assert world.outcome(message).reason is reason
    assert calls.count("sts:AssumeRole") == 0


@pytest.mark.parametrize("body", ["not json", "{}", '{"text": "test message"}', "", "[1]", "\u0000"])
def test_whatever_is_published_ends_in_one_record(world: World, body: str) -> None:
    message = enveloped(body)
    world.handle(message)
    assert world.outcome(message).outcome in (Outcome.REJECT, Outcome.SKIP)


def test_two_runs_of_one_message_at_once_leave_one_outcome(world: World, bucket: str) -> None:
    """A standard queue may deliver a message twice at the same time."""
    message = world.finding(bucket, S3_FIX)
    nested: list[str] = []

    def also_deliver(_: int, name: str) -> None:
        if name == "s3:GetBucketTagging" and not nested:
            nested.append(name)
            world.new_pipeline().handle_finding(message)

    with world.watched() as calls:
        calls.before = also_deliver
        with pytest.raises(ConditionalWriteConflict):
            world.pipeline.handle_finding(message)
        assert calls.count("s3:PutPublicAccessBlock") == 1
    assert world.outcome(message).outcome is Outcome.REMEDIATE


def test_the_sessions_name_the_issue_the_run_and_the_fix(world: World, bucket: str) -> None:
    message = world.finding(bucket, S3_FIX)
    world.handle(message)
    outcome = world.outcome(message)
    for session in outcome.evidence.sessions:
        assert session.role_arn == f"arn:aws:iam::{CUSTOMER}:role/{CUSTOMER_ROLE_NAME}"
        assert session.session_name == f"suture-{outcome.issue_id}"
        assert session.source_identity == f"suture-{outcome.correlation_id}"
        assert session.tags["suture:fix"] == S3_FIX
        assert json.loads(session.policy)["Statement"][0]["Resource"] == bucket
        assert all(call.request_id for call in session.calls)
