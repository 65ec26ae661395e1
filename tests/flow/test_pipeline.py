"""From a queue message to a changed resource and its one outcome."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from moto.backends import get_backend

from runtime.aws.registry import ACCOUNT_ITEM, account_partition
from runtime.domain.access import CUSTOMER_ROLE_NAME
from runtime.domain.audit import AuditEvent, EventKind, History
from runtime.domain.errors import (
    AwsUnavailable,
    ConditionalWriteConflict,
    PlatformCallFailed,
    PolicyInvalid,
    RegistryInvalid,
    ResourceBusy,
)
from runtime.domain.exceptions import ExceptionRequest, Step
from runtime.domain.facts import WaiverStatus
from runtime.domain.outcome import Outcome, Reason
from runtime.fixes.s3_block_public_access import S3BlockPublicAccess
from tests.flow.world import CUSTOMER, NOW, PLATFORM, REGION, ApiCalls, Crash, World, enveloped, person, refuse
from tests.samples.render import CURRENT, DEFAULTS, issue_body, render

BUCKET = "flow-bucket"
BUCKET_ARN = f"arn:aws:s3:::{BUCKET}"
S3_FIX = "s3-block-public-access"
SG_FIX = "ec2-security-group-world-ingress"
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
        "dynamodb:PutItem",  # the resource's past
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Died:
    """A process that died at a call, and what the next delivery of its message came to."""

    at: str
    outcome: AuditEvent
    history: History
    again: ApiCalls


def died_at_each_call(
    world: World, arn: str, fix_id: str, when: str, *, reset: Callable[[], None], look: Callable[[str], None]
) -> Iterator[Died]:
    """One finding for each AWS call of the run: the process dies at it, and the message is delivered again.

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
        world.events.clear()
        # The lease of the dead process runs out before SQS shows the message again.
        world.client("dynamodb").delete_item(TableName="locks", Key={"resource_arn": {"S": arn}})
        with world.watched() as calls:
            calls.after = lambda _, name: look(name)
            world.handle(message, platform=world.new_platform())
        assert world.events, f"nobody was told after a crash at {died}"
        yield Died(at=died[0], outcome=world.outcome(message), history=world.history(message), again=calls)


@pytest.mark.parametrize("when", ["before", "after"])
def test_whichever_call_the_process_dies_at_the_finding_ends_once_and_the_bucket_is_closed(
    world: World, bucket: str, when: str
) -> None:
    died_at = set()
    for died in died_at_each_call(
        world,
        bucket,
        S3_FIX,
        when,
        reset=lambda: world.customer("s3").delete_public_access_block(Bucket=BUCKET),
        look=lambda name: None,
    ):
        died_at.add(died.at)
        assert died.again.count("s3:PutPublicAccessBlock") <= 1
        assert public_access_block(world) == CLOSED, died.at
        assert died.outcome.outcome is Outcome.REMEDIATE, died.at
    assert {"s3:PutPublicAccessBlock", "dynamodb:PutItem", "events:PutEvents"} <= died_at


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenGroup:
    """A security group that is open to the world: closing port 22 takes two changes."""

    world: World
    id: str

    @property
    def arn(self) -> str:
        return f"arn:aws:ec2:{REGION}:{CUSTOMER}:security-group/{self.id}"

    def ranges(self) -> set[tuple[int, int]]:
        """Which ports are open to the world. Asks moto itself, so that no call is made."""
        group = get_backend("ec2")[CUSTOMER][REGION].get_security_group_from_id(self.id)
        assert group is not None
        return {(int(rule.from_port), int(rule.to_port)) for rule in group.ingress_rules}

    def open(self) -> None:
        """Make it as it was, whatever was made of it."""
        ec2 = self.world.customer("ec2")
        permissions = ec2.describe_security_groups(GroupIds=[self.id])["SecurityGroups"][0]["IpPermissions"]
        if permissions:
            ec2.revoke_security_group_ingress(GroupId=self.id, IpPermissions=permissions)
        world_open = {"IpProtocol": "tcp", "FromPort": 0, "ToPort": 65535, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
        ec2.authorize_security_group_ingress(GroupId=self.id, IpPermissions=[world_open])

    def assert_wanted_ports_are_open(self, after: str) -> None:
        for port in (80, 443):
            assert any(first <= port <= last for first, last in self.ranges()), f"{port} was cut off by {after}"


@pytest.fixture
def open_group(world: World) -> OpenGroup:
    ec2 = world.customer("ec2")
    vpc = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    group_id = ec2.create_security_group(GroupName="flow", Description="flow", VpcId=vpc)["GroupId"]
    group = OpenGroup(world=world, id=group_id)
    group.open()
    return group


WIDE, AROUND_SSH = (0, 65535), {(0, 21), (23, 65535)}


@pytest.mark.parametrize("when", ["before", "after"])
def test_whichever_call_the_process_dies_at_no_port_is_cut_off_that_the_group_keeps_open(
    world: World, open_group: OpenGroup, when: str
) -> None:
    ended = Counter[Outcome]()
    for died in died_at_each_call(
        world,
        open_group.arn,
        SG_FIX,
        when,
        reset=open_group.open,
        look=open_group.assert_wanted_ports_are_open,
    ):
        ended[died.outcome.outcome] += 1
        if died.outcome.outcome is Outcome.REMEDIATE:
            assert open_group.ranges() == AROUND_SSH, died.at
            continue
        # Half of the plan was made. Nobody but a person knows whether by the run that died.
        assert (died.outcome.outcome, died.outcome.reason) == (Outcome.FAILED, Reason.INTERRUPTED), died.at
        assert open_group.ranges() == {WIDE, *AROUND_SSH}, died.at
        assert died.again.count("ec2:RevokeSecurityGroupIngress") == 0
        needed, intended = died.outcome.evidence.plan, died.history.intent
        assert needed is not None
        assert intended is not None
        assert intended.evidence.plan is not None
        told = {(rule["from_port"], rule["to_port"]) for rule in needed.before["world_ingress"]}
        assert told == open_group.ranges()
        assert len(intended.evidence.plan.undo) == 2
        assert len(world.drain("review")) == 1
    assert ended[Outcome.FAILED] == 1, ended  # nothing is called between the two changes
    assert ended[Outcome.REMEDIATE] > 10


def test_a_throttled_second_change_takes_the_first_back_and_a_later_delivery_makes_both(
    world: World, open_group: OpenGroup
) -> None:
    def throttle_once(_: int, name: str) -> None:
        if name == "ec2:RevokeSecurityGroupIngress" and calls.count(name) == 1:
            # EC2's documentation gives RequestLimitExceeded with 503; a status below 500 is a refusal for certain:
            # https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
            refuse(name, "Throttling")(0, name)

    message = world.finding(open_group.arn, SG_FIX)
    with world.watched() as calls:
        calls.before = throttle_once
        calls.after = lambda _, name: open_group.assert_wanted_ports_are_open(name)
        with pytest.raises(AwsUnavailable):
            world.pipeline.handle_finding(message)
        assert open_group.ranges() == {WIDE}
        world.handle(message)
    assert open_group.ranges() == AROUND_SSH
    assert world.outcome(message).outcome is Outcome.REMEDIATE


@pytest.mark.parametrize(
    ("lost", "outcome", "ranges", "sentence"),
    [
        ("ec2:AuthorizeSecurityGroupIngress", Outcome.FAILED, {WIDE, *AROUND_SSH}, "at least 0 of 2"),
        ("ec2:RevokeSecurityGroupIngress", Outcome.REMEDIATE, AROUND_SSH, ""),
    ],
)
def test_a_lost_answer_cuts_off_no_port_that_the_group_keeps_open(
    world: World, open_group: OpenGroup, lost: str, outcome: Outcome, ranges: set[tuple[int, int]], sentence: str
) -> None:
    def lose(_: int, name: str) -> None:
        open_group.assert_wanted_ports_are_open(name)
        if name == lost:
            raise ReadTimeoutError(endpoint_url="https://ec2")

    message = world.finding(open_group.arn, SG_FIX)
    with world.watched() as calls:
        calls.after = lose
        world.handle(message)
    ended = world.outcome(message)
    assert (ended.outcome, open_group.ranges()) == (outcome, ranges)
    assert sentence in ended.sentence
    assert ended.evidence.after is not None
    assert {(rule["from_port"], rule["to_port"]) for rule in ended.evidence.after["world_ingress"]} == ranges
    assert calls.count(lost) == 1


def test_an_instance_that_starts_between_two_deliveries_does_not_stop_the_fix(
    world: World, open_group: OpenGroup
) -> None:
    message = world.finding(open_group.arn, SG_FIX)
    with world.watched() as calls:
        calls.before = refuse("ec2:AuthorizeSecurityGroupIngress", "RequestLimitExceeded", 503)
        with pytest.raises(AwsUnavailable):
            world.pipeline.handle_finding(message)
    assert world.history(message).intent is not None
    ec2 = world.customer("ec2")
    subnet = ec2.describe_subnets()["Subnets"][0]["SubnetId"]
    ec2.create_network_interface(SubnetId=subnet, Groups=[open_group.id])
    world.handle(message)
    assert world.outcome(message).outcome is Outcome.REMEDIATE
    assert open_group.ranges() == AROUND_SSH


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
    world.deliver_to_itself()
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
        world.deliver_to_itself()
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


def test_a_write_whose_answer_is_lost_is_looked_at_and_not_made_again(world: World, bucket: str) -> None:
    def lose(_: int, name: str) -> None:
        if name == "s3:PutPublicAccessBlock":
            raise ReadTimeoutError(endpoint_url="https://s3")

    message = world.finding(bucket, S3_FIX)
    with world.watched() as calls:
        calls.after = lose
        world.handle(message)
    assert public_access_block(world) == CLOSED
    assert calls.count("s3:PutPublicAccessBlock") == 1
    outcome = world.outcome(message)
    assert outcome.outcome is Outcome.REMEDIATE
    assert outcome.evidence.answers == ({},)


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
    with world.locks.hold(bucket, "another"), pytest.raises(ResourceBusy):
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


def step_by(name: str) -> Step:
    return Step(principal=person(name), reason="a website", at=NOW - timedelta(days=2), command_id=name)


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
    request = ExceptionRequest(
        id="W-1",
        control=f"RULE-{S3_FIX}",
        account_id=CUSTOMER,
        resource="arn:aws:s3:::flow-*",
        environment="",
        ticket="SEC-1",
        expires_at=NOW + expires,
        requested=step_by("ann"),
    )
    world.exceptions.request(request)
    if status is not WaiverStatus.PENDING:
        world.exceptions.approve("W-1", CUSTOMER, step_by("bob"))
    if status is WaiverStatus.REVOKED:
        world.exceptions.revoke("W-1", CUSTOMER, step_by("ann"))
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


def test_what_is_too_large_is_recorded_under_the_id_that_sns_gave_it_and_put_before_people(world: World) -> None:
    message = enveloped({**issue_body(), "padding": "x" * 300_000})
    world.handle(message)
    outcome = world.outcome(message)
    assert (outcome.reason, outcome.issue_id) == (Reason.PAYLOAD_MALFORMED, DEFAULTS["issue_id"])
    (told,) = map(json.loads, world.drain("review"))
    assert (told["correlation_id"], told["issue_id"]) == (outcome.correlation_id, outcome.issue_id)


def test_what_breaks_a_body_is_quoted_to_the_people_who_review_it(world: World) -> None:
    world.handle(enveloped(render(CURRENT, control_description='Tests whether the "invoices" bucket is open.')))
    (told,) = map(json.loads, world.drain("review"))
    assert r'at "invoices\" bucket' in told["sentence"]
    assert told["issue_id"] == DEFAULTS["issue_id"]


def test_a_finding_in_the_platform_s_own_account_is_rejected_even_if_it_is_registered(world: World) -> None:
    world.onboard(PLATFORM)
    message = world.finding(BUCKET_ARN, S3_FIX, account_id=PLATFORM)
    with world.watched() as calls:
        world.handle(message)
    outcome = world.outcome(message)
    assert (outcome.outcome, outcome.reason) == (Outcome.REJECT, Reason.PLATFORM_ACCOUNT)
    assert outcome.evidence.platform is not None
    assert outcome.evidence.platform.account_id == PLATFORM
    assert calls.count("sts:AssumeRole") == 0
    assert len(world.drain("review")) == 1


def test_two_runs_of_one_message_at_once_leave_one_outcome(world: World, bucket: str) -> None:
    """A standard queue may deliver a message twice at the same time."""
    message = world.finding(bucket, S3_FIX)
    nested: list[str] = []

    def also_deliver(_: int, name: str) -> None:
        if name == "s3:GetBucketTagging" and not nested:
            nested.append(name)
            world.new_platform().pipeline.handle_finding(message)

    with world.watched() as calls:
        calls.before = also_deliver
        with pytest.raises(ConditionalWriteConflict):
            world.pipeline.handle_finding(message)
        assert calls.count("s3:PutPublicAccessBlock") == 1
    assert world.outcome(message).outcome is Outcome.REMEDIATE


def test_a_run_that_another_delivery_overtook_writes_nothing(world: World, bucket: str) -> None:
    """Both found an intent; the other one was refused and ended as FAILED before this one held the lock."""
    message = world.finding(bucket, S3_FIX)
    with world.watched() as calls:
        calls.before = refuse("s3:PutPublicAccessBlock", "SlowDown", 503)
        with pytest.raises(AwsUnavailable):
            world.pipeline.handle_finding(message)
    assert world.history(message).intent is not None
    overtaken: list[Reason] = []

    def overtake(_: int, name: str) -> None:
        if name == "s3:GetBucketTagging" and not overtaken:
            overtaken.append(Reason.INTERNAL_ERROR)
            calls.before = refuse("s3:PutPublicAccessBlock", "AccessDenied", 403)
            world.new_platform().pipeline.handle_finding(message)
            calls.before = lambda index, name: None
            overtaken[0] = world.outcome(message).reason

    with world.watched() as calls:
        calls.before = overtake
        with pytest.raises(ConditionalWriteConflict):
            world.pipeline.handle_finding(message)
        assert calls.count("s3:PutPublicAccessBlock") == 1  # the other's
    assert overtaken == [Reason.ACCESS_DENIED]
    assert public_access_block(world) is None
    assert world.outcome(message).reason is Reason.ACCESS_DENIED
    assert world.client("dynamodb").scan(TableName="locks")["Items"] == []


def test_an_error_after_an_intent_ends_on_the_record_of_the_intent(world: World, bucket: str) -> None:
    def die(_: int, name: str) -> None:
        if name == "s3:PutPublicAccessBlock":
            raise Crash

    message = world.finding(bucket, S3_FIX)
    with world.watched() as calls:
        calls.after = die
        with pytest.raises(Crash):
            world.handle(message)
    world.client("dynamodb").delete_item(TableName="locks", Key={"resource_arn": {"S": bucket}})
    with world.watched() as calls:
        calls.before = refuse("sts:AssumeRole", "AccessDenied", 403)
        world.handle(message)
    outcome, intent = world.outcome(message), world.history(message).intent
    assert intent is not None
    assert (outcome.outcome, outcome.reason) == (Outcome.FAILED, Reason.ROLE_NOT_ASSUMABLE)
    assert outcome.evidence.plan == intent.evidence.plan is not None
    assert outcome.plan_digest == intent.plan_digest
    assert "which may have been made" in outcome.sentence
    assert len(world.drain("review")) == 1


def test_a_write_session_that_is_refused_ends_with_the_plan_and_the_owner_on_record(world: World, bucket: str) -> None:
    def refuse_the_second(_: int, name: str) -> None:
        if name == "sts:AssumeRole" and calls.count(name) == 2:
            refuse(name, "AccessDenied", 403)(0, name)

    message = world.finding(bucket, S3_FIX)
    with world.watched() as calls:
        calls.before = refuse_the_second
        world.handle(message)
    outcome = world.outcome(message)
    assert (outcome.outcome, outcome.reason) == (Outcome.FAILED, Reason.ROLE_NOT_ASSUMABLE)
    assert outcome.evidence.plan is not None
    assert (outcome.owner, outcome.environment) == ("team@example.com", "dev")
    assert outcome.sentence.endswith("Nothing was changed.")
    assert public_access_block(world) is None


def test_an_account_that_is_taken_away_while_a_change_is_under_way_ends_the_finding(
    world: World, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    observe, old = S3BlockPublicAccess.observe, []

    def never(self: S3BlockPublicAccess, aws: object, resource: object) -> object:
        old.append(observe(self, aws, resource))  # type: ignore[arg-type]
        return old[0]

    monkeypatch.setattr(S3BlockPublicAccess, "observe", never)
    message = world.finding(bucket, S3_FIX)
    world.pipeline.handle_finding(message)
    world.client("dynamodb").delete_item(
        TableName="registry", Key={"partition": {"S": account_partition(CUSTOMER)}, "item": {"S": ACCOUNT_ITEM}}
    )
    world.deliver_to_itself()
    outcome = world.outcome(message)
    assert (outcome.outcome, outcome.reason) == (Outcome.FAILED, Reason.ACCOUNT_NOT_ONBOARDED)
    assert outcome.evidence.plan is not None
    assert len(world.drain("review")) == 1


def test_a_broken_item_of_the_registry_sends_the_message_back_and_names_itself(world: World, bucket: str) -> None:
    world.client("dynamodb").update_item(
        TableName="registry",
        Key={"partition": {"S": account_partition(CUSTOMER)}, "item": {"S": ACCOUNT_ITEM}},
        UpdateExpression="REMOVE external_id",
    )
    message = world.finding(bucket, S3_FIX)
    with pytest.raises(RegistryInvalid, match=f"'account' in partition 'account#{CUSTOMER}'.*'external_id' is missing"):
        world.pipeline.handle_finding(message)
    assert world.history(message).events == ()


def test_a_change_is_made_although_its_lock_cannot_be_released(world: World, bucket: str) -> None:
    message = world.finding(bucket, S3_FIX)
    with world.watched() as calls:
        calls.before = refuse("dynamodb:DeleteItem", "InternalServerError", 500)
        world.handle(message)
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
