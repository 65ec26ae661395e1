"""Every scene of the demonstration, on the deployed stacks, under IAM: published by the publisher role."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.demo import OF_FINDINGS, build_stage
from local.environment import LocalEnvironment, local_client
from local.player import Played, Player
from local.scenes import Stage
from runtime.domain.access import SESSION_TAGS, customer_role_name
from runtime.domain.audit import EventKind
from runtime.domain.notice import EVENT_SOURCE, OUTCOME_TYPE
from runtime.domain.outcome import Outcome, Reason
from tests.e2e.fixes import MADE_UNASKED


@pytest.fixture(scope="module")
def stage(local_aws: LocalEnvironment) -> Stage:
    return build_stage(local_aws, "scenes")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """A queue of a test's own that gets what is published somewhere."""

    sqs: Any
    queue_url: str

    def heard(self, correlation_ids: Collection[str], *, timeout_seconds: float = 10) -> Counter[str]:
        """How often each correlation id has been heard, once these all have, or after the time allowed."""
        heard: Counter[str] = Counter()
        deadline = time.monotonic() + timeout_seconds
        while True:
            late = time.monotonic() > deadline or set(correlation_ids) <= set(heard)
            while messages := self.sqs.receive_message(
                QueueUrl=self.queue_url, MaxNumberOfMessages=10, WaitTimeSeconds=1
            ).get("Messages", []):
                for message in messages:
                    body = json.loads(message["Body"])
                    heard[body.get("detail", body)["correlation_id"]] += 1
                    self.sqs.delete_message(QueueUrl=self.queue_url, ReceiptHandle=message["ReceiptHandle"])
            if late:
                return heard


def listener(environment: LocalEnvironment, name: str, service: str) -> tuple[Listener, str]:
    """A listener, and its queue's ARN to send to for an AWS service."""
    sqs = environment.platform("sqs")
    arn = f"arn:aws:sqs:{environment.region}:{environment.platform_account}:{name}"
    principal = {"Service": service}
    sends = {"Effect": "Allow", "Principal": principal, "Action": "sqs:SendMessage", "Resource": arn}
    url = sqs.create_queue(QueueName=name, Attributes={"Policy": _document(sends)})["QueueUrl"]
    return Listener(sqs=sqs, queue_url=url), arn


@pytest.fixture(scope="module")
def security_team(local_aws: LocalEnvironment) -> Listener:
    """What is published on the security topic from now on."""
    team, queue = listener(local_aws, "security-team", "sns.amazonaws.com")
    local_aws.platform("sns").subscribe(
        TopicArn=local_aws.security_topic_arn,
        Protocol="sqs",
        Endpoint=queue,
        Attributes={"RawMessageDelivery": "true"},
    )
    return team


@pytest.fixture(scope="module")
def bus_rule(local_aws: LocalEnvironment) -> Listener:
    """What is put on the event bus from now on as an outcome of ours."""
    rule, queue = listener(local_aws, "bus-rule", "events.amazonaws.com")
    events, bus = local_aws.platform("events"), local_aws.event_bus_name
    pattern = json.dumps({"source": [EVENT_SOURCE], "detail-type": [OUTCOME_TYPE]})
    events.put_rule(Name="outcomes", EventBusName=bus, EventPattern=pattern)
    events.put_targets(Rule="outcomes", EventBusName=bus, Targets=[{"Id": "queue", "Arn": queue}])
    return rule


@pytest.fixture(scope="module")
def first(player: Player, stage: Stage, security_team: Listener, bus_rule: Listener) -> dict[str, Played]:
    """Every scene, played once, while the listeners listen."""
    return {played.scene.key: played for played in player.play(list(stage.scenes()))}


def test_there_is_a_scene_for_each_outcome_and_each_fix(first: dict[str, Played]) -> None:
    assert {played.scene.outcome for played in first.values()} == OF_FINDINGS
    assert {p.scene.fix_id for p in first.values() if p.scene.outcome is Outcome.REMEDIATE} >= MADE_UNASKED


def test_every_finding_ends_with_the_outcome_and_reason_it_should(first: dict[str, Played]) -> None:
    assert {key: (played.outcome.outcome, played.outcome.reason) for key, played in first.items()} == {
        key: (played.scene.outcome, played.scene.reason) for key, played in first.items()
    }


def test_what_is_remediated_is_changed_and_nothing_else_is(first: dict[str, Played]) -> None:
    changed = {key for key, played in first.items() if played.before != played.after}
    assert changed == {key for key, played in first.items() if played.scene.outcome is Outcome.REMEDIATE}


def test_each_fix_leaves_the_state_that_it_promises(first: dict[str, Played]) -> None:
    after = {key: played.after for key, played in first.items()}
    assert set(after["s3-block-public-access"].values()) == {True}
    (statement,) = after["s3-deny-insecure-transport"]["Statement"]
    assert (statement["Effect"], statement["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
    assert after["ec2-security-group-world-ingress"] == [
        "tcp 20-21 from 0.0.0.0/0",
        "tcp 22-22 from 10.0.0.0/8",
        "tcp 23-25 from 0.0.0.0/0",
    ]
    assert after["kms-key-rotation"] == {"KeyRotationEnabled": True}
    assert after["cloudtrail-log-file-validation"] == {"LogFileValidationEnabled": True}
    assert after["ebs-snapshot-private"] == []
    assert set(after["iam-access-key-deactivate"].values()) == {"Inactive"}
    assert after["rds-instance-not-public"]["PubliclyAccessible"] is False


def test_a_write_is_announced_before_it_is_made(first: dict[str, Played]) -> None:
    for key, played in first.items():
        intended = [EventKind.INTENT] if played.scene.outcome is Outcome.REMEDIATE else []
        assert kinds_of(played) == [*intended, *[EventKind.PENDING] * looks_of(played), EventKind.OUTCOME], key


def test_a_change_that_takes_its_time_is_looked_at_until_it_has_taken_effect(first: dict[str, Played]) -> None:
    assert [key for key, played in first.items() if looks_of(played)] == ["rds-instance-not-public"]
    played = first["rds-instance-not-public"]
    after = [event.evidence.after for event in played.history.events]
    assert [state and state["status"] for state in after] == [None, *["modifying"] * looks_of(played), "available"]
    assert played.after == {"PubliclyAccessible": False, "DBInstanceStatus": "available"}


def kinds_of(played: Played) -> list[EventKind]:
    return [event.kind for event in played.history.events]


def looks_of(played: Played) -> int:
    """How often the change was not seen to have taken effect. After each, one more look follows."""
    return kinds_of(played).count(EventKind.PENDING)


def test_sessions_are_opened_only_where_the_live_resource_is_needed(first: dict[str, Played]) -> None:
    opened = {key: [s.tags["suture:access"] for s in p.outcome.evidence.sessions] for key, p in first.items()}
    for key, played in first.items():
        match played.scene.outcome:
            case Outcome.REMEDIATE:
                assert opened[key] == ["read", "write", *["read"] * looks_of(played)], key
            case Outcome.APPROVE | Outcome.DRY_RUN:
                assert opened[key] == ["read"], key
            case Outcome.REJECT | Outcome.FAILED:
                assert opened[key] == [], key
    assert opened["exception-approved"] == opened["severity-below-floor"] == opened["issue-resolved"] == []


def test_what_needs_a_person_is_in_the_review_queue_or_on_the_security_topic(
    player: Player, security_team: Listener, first: dict[str, Played]
) -> None:
    waiting = player.for_review()
    expected = (Outcome.APPROVE, Outcome.REJECT, Outcome.FAILED)
    for played in first.values():
        assert (played.correlation_id in waiting) is (played.scene.outcome in expected), played.scene.key
        if played.correlation_id in waiting:
            assert waiting[played.correlation_id]["reason"] == played.scene.reason
    notified = [played.correlation_id for played in first.values() if played.scene.outcome is Outcome.NOTIFY]
    assert security_team.heard(notified) == Counter(notified)


def test_each_outcome_is_put_on_the_event_bus_once(bus_rule: Listener, first: dict[str, Played]) -> None:
    published = [played.correlation_id for played in first.values()]
    assert bus_rule.heard(published) == Counter(published)


def test_the_customers_cloudtrail_leads_back_to_the_finding(
    local_aws: LocalEnvironment, first: dict[str, Played]
) -> None:
    played = first["s3-block-public-access"]
    calls = [c for c in assumed_roles(local_aws) if c["RoleSessionName"] == f"suture-{played.outcome.issue_id}"]
    assert [tags_of(call)["suture:access"] for call in calls] == ["write", "read"], "newest first"
    for call in calls:
        assert call["SourceIdentity"] == f"suture-{played.correlation_id}"
        assert call["RoleArn"] == f"arn:aws:iam::{local_aws.customer_account}:role/{customer_role_name('s3')}"
        assert set(tags_of(call)) == set(SESSION_TAGS)
        assert tags_of(call)["suture:finding"] == played.outcome.issue_id
        assert tags_of(call)["suture:correlation"] == played.correlation_id
        assert tags_of(call)["suture:fix"] == "s3-block-public-access"
        assert call["ExternalId"] == local_aws.external_id


def assumed_roles(environment: LocalEnvironment) -> list[dict[str, str]]:
    """The request parameters of the AssumeRole events in the customer's CloudTrail, newest first.

    The emulator keeps a request's own spelling; CloudTrail writes ``roleSessionName`` and a list of ``tags``.
    """
    answer = environment.customer("cloudtrail").lookup_events(
        LookupAttributes=[{"AttributeKey": "EventName", "AttributeValue": "AssumeRole"}]
    )
    return [json.loads(event["CloudTrailEvent"])["requestParameters"] for event in answer["Events"]]


def tags_of(call: dict[str, str]) -> dict[str, str]:
    numbers = [name.split(".")[2] for name in call if name.startswith("Tags.member.") and name.endswith(".Key")]
    return {call[f"Tags.member.{n}.Key"]: call[f"Tags.member.{n}.Value"] for n in numbers}


def test_the_same_findings_published_again_change_nothing(player: Player, first: dict[str, Played]) -> None:
    again = player.play([played.scene for played in first.values()])
    for one, two in zip(first.values(), again, strict=True):
        assert two.before == two.after == one.after, one.scene.key
        if one.scene.outcome is Outcome.REMEDIATE:
            assert (two.outcome.outcome, two.outcome.reason) == (Outcome.SKIP, Reason.ALREADY_COMPLIANT), one.scene.key
        else:
            assert (two.outcome.outcome, two.outcome.reason) == (one.outcome.outcome, one.outcome.reason)


def test_nobody_but_the_publisher_role_can_publish(local_aws: LocalEnvironment) -> None:
    """Not even a role of the platform's account that has every other right."""
    iam = local_aws.platform("iam")
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{local_aws.platform_account}:root"},
        "Action": "sts:AssumeRole",
    }
    role = iam.create_role(RoleName="admin", AssumeRolePolicyDocument=_document(trust))["Role"]["Arn"]
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    iam.put_role_policy(RoleName="admin", PolicyName="all", PolicyDocument=_document(everything))
    key = local_aws.platform("sts").assume_role(RoleArn=role, RoleSessionName="admin")["Credentials"]
    admin = local_client(
        "sns",
        endpoint=local_aws.endpoint,
        authority=local_aws.authority,
        region=local_aws.region,
        credentials=key,
    )
    with pytest.raises(ClientError, match=r"AuthorizationError|AccessDenied"):
        admin.publish(TopicArn=local_aws.findings_topic_arn, Message="{}")


def _document(statement: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_wiz_cannot_publish_with_another_tenants_id(local_aws: LocalEnvironment) -> None:
    delegator = local_aws.wiz_delegator_role_arn
    wiz = local_client(
        "sts",
        endpoint=local_aws.endpoint,
        authority=local_aws.authority,
        region=local_aws.region,
        credentials={"AccessKeyId": local_aws.wiz_account, "SecretAccessKey": "test"},
    )
    key = wiz.assume_role(RoleArn=delegator, RoleSessionName="wiz")["Credentials"]
    sts = local_client(
        "sts",
        endpoint=local_aws.endpoint,
        authority=local_aws.authority,
        region=local_aws.region,
        credentials=key,
    )
    with pytest.raises(ClientError, match="AccessDenied"):
        sts.assume_role(
            RoleArn=local_aws.publisher_role_arn,
            RoleSessionName="wiz",
            ExternalId="00000000-0000-0000-0000-000000000000",
        )
