"""The whole pipeline in one process, over moto: everything but the deployment and IAM's enforcement."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from typing import Any
from unittest import mock

import boto3
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import ClientError
from moto import mock_aws

from runtime.aws.audit_trail import AuditTrail
from runtime.aws.customer import CustomerAccounts
from runtime.aws.locks import ResourceLocks
from runtime.aws.outbox import Outbox
from runtime.aws.registry import Registry, account_to_item, waiver_to_item
from runtime.domain.access import CUSTOMER_ROLE_NAME
from runtime.domain.audit import AuditEvent, EventKind, History
from runtime.domain.facts import Account, Waiver
from runtime.domain.policy import parse_policy
from runtime.fixes.catalog import FIX_BY_ID, SPECS
from runtime.pipeline import Message, Pipeline
from tests.samples.render import issue_body

CUSTOMER = "222222222222"
REGION = "us-east-1"
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)

ENTRY_OPTIONS: Mapping[str, Mapping[str, Any]] = {"ec2-security-group-world-ingress": {"ports": [22]}}

_ENVIRONMENTS = {
    "dev": {"mode": "remediate", "allowed_actions": "all", "suppression_tags": True},
    "production": {"mode": "approve", "allowed_actions": "all", "suppression_tags": False},
    "sandbox": {"mode": "dry-run", "allowed_actions": "all", "suppression_tags": True},
}


def policy_document() -> dict[str, Any]:
    """A policy with one catalog entry for each fix, answering the rule ``RULE-<fix id>``."""
    return {
        "version": "flow-1",
        "severity_floor": "HIGH",
        "owner": {"lookup": ["resource-tag", "account", "project"], "tag_keys": ["owner"], "projects": {}},
        "environment": {"tag_keys": ["environment"], "aliases": {"prod": "production"}},
        "suppression_tag": "suture:suppress",
        "environments": _ENVIRONMENTS,
        "catalog": [
            {
                "id": f"entry-{fix_id}",
                "fix": fix_id,
                "match": {"rules": [f"RULE-{fix_id}"]},
                "severities": ["HIGH", "CRITICAL"],
                "environments": dict.fromkeys(_ENVIRONMENTS, "remediate"),
                "options": ENTRY_OPTIONS.get(fix_id, {}),
            }
            for fix_id in FIX_BY_ID
        ],
    }


class Crash(BaseException):
    """The process ends here. Not an ``Exception``, so that nothing can handle it."""


@dataclass
class Telemetry:
    recorded_events: list[AuditEvent] = field(default_factory=list)

    def follow(self, correlation_id: str) -> None:
        pass

    def recorded(self, event: AuditEvent) -> None:
        self.recorded_events.append(event)


@dataclass
class ApiCalls:
    """Every AWS call made by the code under test, as ``service:Operation``, and where to crash or fail."""

    made: list[str] = field(default_factory=list)
    given: list[Mapping[str, Any]] = field(default_factory=list)
    before: Callable[[int, str], None] = lambda index, name: None
    after: Callable[[int, str], None] = lambda index, name: None

    def count(self, name: str) -> int:
        return self.made.count(name)

    def parameters(self, name: str) -> list[Mapping[str, Any]]:
        """What each call of one operation was given."""
        return [given for made, given in zip(self.made, self.given, strict=True) if made == name]


class World:
    """One platform account and one customer account, and a pipeline between them."""

    def __init__(self) -> None:
        self.session = boto3.Session(region_name=REGION)
        self.client: Callable[[str], BaseClient] = cache(self.session.client)
        self.telemetry = Telemetry()
        self.policy = policy_document()
        self.events: list[dict[str, Any]] = []
        """The details of every event put on the bus."""
        self._create_platform()
        self.customer: Callable[[str], BaseClient] = cache(self._customer_client)
        self.pipeline = self.new_pipeline()

    def new_pipeline(self) -> Pipeline:
        """A pipeline as in a fresh process."""
        return Pipeline(
            policy=lambda: parse_policy(self.policy, SPECS),
            registry=Registry(client=self.client("dynamodb"), table="registry"),
            trail=AuditTrail(client=self.client("dynamodb"), table="audit"),
            locks=ResourceLocks(client=self.client("dynamodb"), table="locks", now=lambda: NOW),
            accounts=CustomerAccounts(sts=self.client("sts"), config=Config(retries={"total_max_attempts": 1})),
            outbox=Outbox(
                client=self.client,
                follow_up_queue_url=self.queues["follow-ups"],
                review_queue_url=self.queues["review"],
                security_topic_arn=self.topic,
                event_bus="suture",
            ),
            fixes=FIX_BY_ID,
            telemetry=self.telemetry,
            now=lambda: NOW,
            actor="suture-test",
            code_version="0",
            verify_seconds=0,
        )

    def onboard(self, account_id: str = CUSTOMER, *, environment: str = "dev", owner: str = "team@example.com") -> None:
        account = Account(
            id=account_id, name="customer", environment=environment, owner=owner, external_id="suture-test-external-id"
        )
        self.client("dynamodb").put_item(TableName="registry", Item=account_to_item(account))

    def waive(self, waiver: Waiver) -> None:
        self.client("dynamodb").put_item(TableName="registry", Item=waiver_to_item(waiver))

    def finding(self, resource_arn: str, fix_id: str, **overrides: Any) -> Message:
        """A message with a finding as Wiz publishes it, in the envelope of SNS."""
        values = {
            "resource_id": resource_arn,
            "account_id": CUSTOMER,
            "rule_id": f"RULE-{fix_id}",
            "severity": "CRITICAL",
            "region": REGION,
            **overrides,
        }
        return enveloped(issue_body("older", **values))

    def handle(self, message: Message, *, pipeline: Pipeline | None = None) -> History:
        """Deliver one message, and then what the platform sent to itself, until there is nothing left."""
        pipeline = pipeline or self.pipeline
        pipeline.handle_finding(message)
        self.deliver_follow_ups(pipeline)
        return self.history(message)

    def deliver_follow_ups(self, pipeline: Pipeline | None = None) -> None:
        for body in self.drain("follow-ups"):
            (pipeline or self.pipeline).handle_follow_up(Message(id=str(uuid.uuid4()), body=body))

    def history(self, message: Message) -> History:
        return AuditTrail(client=self.client("dynamodb"), table="audit").read(json.loads(message.body)["MessageId"])

    def outcome(self, message: Message) -> AuditEvent:
        """The one terminal event of a message. Fails if there is none."""
        outcomes = [event for event in self.history(message).events if event.kind is EventKind.OUTCOME]
        assert len(outcomes) == 1, f"{len(outcomes)} outcomes"
        return outcomes[0]

    def drain(self, queue: str) -> list[str]:
        """Receive and delete everything in one of the platform's queues."""
        sqs, url, bodies = self.client("sqs"), self.queues[queue], []
        while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            for message in messages:
                bodies.append(message["Body"])
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return bodies

    @contextmanager
    def watched(self) -> Iterator[ApiCalls]:
        """Within it, every AWS call of this process is noted, and can be made to crash or fail."""
        calls = ApiCalls()
        original = BaseClient._make_api_call

        def noted(client: BaseClient, operation: str, parameters: Mapping[str, Any]) -> Any:
            name = f"{client.meta.service_model.service_name}:{operation}"
            index = len(calls.made)
            calls.made.append(name)
            calls.given.append(parameters)
            calls.before(index, name)
            try:
                return original(client, operation, parameters)
            finally:
                calls.after(index, name)

        with mock.patch.object(BaseClient, "_make_api_call", noted):
            yield calls

    def _create_platform(self) -> None:
        dynamodb = self.client("dynamodb")
        for table, keys in (
            ("audit", ("correlation_id", "sequence")),
            ("registry", ("partition", "item")),
            ("locks", ("resource_arn",)),
        ):
            dynamodb.create_table(
                TableName=table,
                BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
                KeySchema=[
                    {"AttributeName": key, "KeyType": kind} for key, kind in zip(keys, ("HASH", "RANGE"), strict=False)
                ],
            )
        self.queues = {
            name: self.client("sqs").create_queue(QueueName=name)["QueueUrl"]
            for name in ("follow-ups", "review", "security")
        }
        self.topic = self.client("sns").create_topic(Name="security")["TopicArn"]
        self.client("sns").subscribe(TopicArn=self.topic, Protocol="sqs", Endpoint=self._queue_arn("security"))
        events = self.client("events")
        events.create_event_bus(Name="suture")
        events.meta.events.register("provide-client-params.events.PutEvents", self._note_event)

    def _note_event(self, params: Mapping[str, Any], **_: Any) -> None:
        self.events += [json.loads(entry["Detail"]) for entry in params["Entries"]]

    def _queue_arn(self, name: str) -> str:
        answer = self.client("sqs").get_queue_attributes(QueueUrl=self.queues[name], AttributeNames=["QueueArn"])
        return str(answer["Attributes"]["QueueArn"])

    def _customer_client(self, service: str) -> BaseClient:
        key = self.client("sts").assume_role(
            RoleArn=f"arn:aws:iam::{CUSTOMER}:role/{CUSTOMER_ROLE_NAME}", RoleSessionName="test"
        )["Credentials"]
        return self.session.client(
            service,
            aws_access_key_id=key["AccessKeyId"],
            aws_secret_access_key=key["SecretAccessKey"],
            aws_session_token=key["SessionToken"],
        )


def enveloped(body: Any) -> Message:
    """A queue message as SNS makes it from something published. A text is published as it is."""
    text = body if isinstance(body, str) else json.dumps(body)
    envelope = {
        "Type": "Notification",
        "MessageId": str(uuid.uuid4()),
        "TopicArn": f"arn:aws:sns:{REGION}:111111111111:findings",
        "Message": text,
        "Timestamp": "2026-11-23T12:00:00.000Z",
    }
    return Message(id=str(uuid.uuid4()), body=json.dumps(envelope))


def refuse(name: str, code: str, status: int = 400) -> Callable[[int, str], None]:
    """For ``ApiCalls.before``: AWS answers one operation with an error."""

    def before(_: int, made: str) -> None:
        if made == name:
            error = {"Code": code, "Message": "made to fail"}
            raise ClientError({"Error": error, "ResponseMetadata": {"HTTPStatusCode": status}}, made.partition(":")[2])

    return before


@contextmanager
def a_world() -> Iterator[World]:
    environment = {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": REGION,
    }
    with mock.patch.dict("os.environ", environment), mock_aws():
        yield World()
