"""The whole pipeline in one process, over moto: everything but the deployment and IAM's enforcement."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
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
from moto.backends import get_backend

from runtime.aws.audit_trail import AuditTrail
from runtime.aws.customer import CustomerAccounts
from runtime.aws.exception_register import ExceptionRegister
from runtime.aws.holds import Holds
from runtime.aws.ledger import Ledger
from runtime.aws.locks import ResourceLocks
from runtime.aws.outbox import Outbox
from runtime.aws.registry import Registry, account_to_item
from runtime.aws.table import Table
from runtime.domain.access import CUSTOMER_ROLE_NAME
from runtime.domain.audit import AuditEvent, EventKind, History
from runtime.domain.command import FOR_APPROVERS, Command, Order, order_to_json
from runtime.domain.facts import Account, PlatformAccount
from runtime.domain.policy import Policy, parse_policy
from runtime.domain.principal import Principal
from runtime.fixes.catalog import FIX_BY_ID, SPECS
from runtime.message import Message
from runtime.pipeline import Pipeline
from runtime.platform import Platform, assemble
from runtime.recorder import Recorder
from tests.samples.render import issue_body

PLATFORM = "123456789012"
"""The account that moto gives to whoever has not assumed a role."""
CUSTOMER = "222222222222"
REGION = "us-east-1"
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)

ENTRY_OPTIONS: Mapping[str, Mapping[str, Any]] = {"ec2-security-group-world-ingress": {"ports": [22]}}

_RULES = {"allowed_actions": "all", "suppression_tags": True, "approvers": 1}
_GUARDED = {"template_owned": "fix-and-notify", "outside_window": "wait"}
_ENVIRONMENTS = {
    "dev": {"mode": "remediate", **_RULES, **_GUARDED},
    "production": {"mode": "approve", **_RULES, **_GUARDED, "suppression_tags": False},
    "restricted-production": {"mode": "approve", **_RULES, **_GUARDED, "approvers": 2},
    "sandbox": {"mode": "dry-run", **_RULES, **_GUARDED},
}


def policy_document() -> dict[str, Any]:
    """A policy with one catalog entry for each fix, answering the rule ``RULE-<fix id>``."""
    return {
        "version": "flow-1",
        "severity_floor": "HIGH",
        "owner": {"lookup": ["resource-tag", "account", "project"], "tag_keys": ["owner"], "projects": {}},
        "environment": {"tag_keys": ["environment"], "aliases": {"prod": "production"}},
        "suppression_tag": "suture:suppress",
        "exceptions": {"max_days": 90, "warn_days": 7},
        "approvals": {"expire_hours": 24},
        "writes_per_hour": {"everything": 1000, "account": 1000, "fix": 1000},
        "drift": {"times": 1000, "days": 7},
        "templates": {"cdk_tags": ["made-by=cdk"], "terraform_tags": ["terraform"]},
        "environments": deepcopy(_ENVIRONMENTS),
        "accounts": {},
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


_MAKE_API_CALL = BaseClient._make_api_call


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
    """One platform account and one customer account, and a platform between them. Its clock stands still."""

    def __init__(self) -> None:
        self.session = boto3.Session(region_name=REGION)
        self.client: Callable[[str], BaseClient] = cache(self.session.client)
        self.telemetry = Telemetry()
        self.policy = policy_document()
        self.now = NOW
        self.events: list[dict[str, Any]] = []
        """The details of every event put on the bus."""
        self._create_platform()
        self.customer: Callable[[str], BaseClient] = cache(self._customer_client)
        dynamodb = self.client("dynamodb")
        self.registry = Registry(client=dynamodb, table="registry")
        self.exceptions = ExceptionRegister(client=dynamodb, table="ledger")
        self.ledger = Ledger(client=dynamodb, table="ledger")
        self.holds = Holds(client=dynamodb, table="holds")
        self.trail = AuditTrail(client=dynamodb, table="audit")
        self.locks = ResourceLocks(client=dynamodb, table="locks", now=lambda: self.now)
        self.platform = self.new_platform()

    @property
    def pipeline(self) -> Pipeline:
        return self.platform.pipeline

    def new_platform(self) -> Platform:
        """A platform as in a fresh process."""
        return assemble(
            policy=self.current_policy,
            runs_in=PlatformAccount(account_id=PLATFORM, partition="aws"),
            registry=self.registry,
            exceptions=self.exceptions,
            accounts=CustomerAccounts(sts=self.client("sts"), config=Config(retries={"total_max_attempts": 1})),
            recorder=Recorder(
                trail=self.trail,
                locks=self.locks,
                ledger=self.ledger,
                holds=self.holds,
                outbox=Outbox(
                    client=self.client,
                    follow_up_queue_url=self.queues["follow-ups"],
                    runs_queue_url=self.queues["runs.fifo"],
                    review_queue_url=self.queues["review"],
                    security_topic_arn=self.topic,
                    event_bus="suture",
                ),
                telemetry=self.telemetry,
                now=lambda: self.now,
                actor="suture-test",
                code_version="0",
                verify_seconds=0,
            ),
        )

    def current_policy(self) -> Policy:
        return parse_policy(self.policy, SPECS)

    def onboard(self, account_id: str = CUSTOMER, *, environment: str = "dev", owner: str = "team@example.com") -> None:
        account = Account(
            id=account_id, name="customer", environment=environment, owner=owner, external_id="suture-test-external-id"
        )
        Table(client=self.client("dynamodb"), name="registry").put(account_to_item(account))

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

    def handle(self, message: Message, *, platform: Platform | None = None) -> History:
        """Deliver one message, and then what the platform sent to itself, until there is nothing left."""
        platform = platform or self.platform
        platform.pipeline.handle_finding(message)
        self.deliver_to_itself(platform)
        return self.history(message)

    def deliver_to_itself(self, platform: Platform | None = None) -> None:
        """Deliver what the platform has sent to itself by now, and the runs that come of it."""
        platform = platform or self.platform
        for body in self.drain("follow-ups"):
            platform.runs.handle_follow_up(Message(id=str(uuid.uuid4()), body=body))
        while bodies := self.drain("runs.fifo"):
            for body in bodies:
                platform.runs.handle_run(Message(id=str(uuid.uuid4()), body=body))

    def tick(self, platform: Platform | None = None) -> None:
        """A minute has passed, by the schedule and not by the clock."""
        platform = platform or self.platform
        platform.runs.handle_follow_up(Message(id=str(uuid.uuid4()), body=json.dumps({"kind": "tick"})))
        self.deliver_to_itself(platform)

    def order(self, command: Command, who: Principal) -> AuditEvent:
        """Have somebody give a command, and deliver it and what comes of it. Returns the command's own outcome."""
        message = ordered(command, who)
        self.deliver_order(message)
        self.deliver_to_itself()
        return self.outcome_of(message.id)

    def deliver_order(self, message: Message, platform: Platform | None = None) -> None:
        """Deliver a command through the queue that takes it."""
        commands = (platform or self.platform).commands
        kind = json.loads(message.body)["kind"]
        approvers = {kind.__name__ for kind in FOR_APPROVERS}
        (commands.handle_approver if kind in approvers else commands.handle_operator)(message)

    def history(self, message: Message) -> History:
        return self.trail.read(json.loads(message.body)["MessageId"])

    def outcome(self, message: Message) -> AuditEvent:
        """The one terminal event of a finding's message. Fails if there is none."""
        return self.outcome_of(json.loads(message.body)["MessageId"])

    def outcome_of(self, correlation_id: str) -> AuditEvent:
        """The one terminal event of a run. Fails if there is none."""
        events = self.trail.read(correlation_id).events
        outcomes = [event for event in events if event.kind is EventKind.OUTCOME]
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

        def noted(client: BaseClient, operation: str, parameters: Mapping[str, Any]) -> Any:
            name = f"{client.meta.service_model.service_name}:{operation}"
            index = len(calls.made)
            calls.made.append(name)
            calls.given.append(parameters)
            calls.before(index, name)
            try:
                return _MAKE_API_CALL(client, operation, parameters)
            finally:
                calls.after(index, name)

        with mock.patch.object(BaseClient, "_make_api_call", noted):
            yield calls

    def reset(self) -> None:
        """Make everything as new, but for the clients, which take the longest to make."""
        for name in ("dynamodb", "events", "s3", "sns", "sqs"):
            for regions in get_backend(name).values():
                for backend in regions.values():
                    backend.reset()
        self.policy, self.now = policy_document(), NOW
        self.events.clear()
        self.telemetry.recorded_events.clear()
        self._create_platform()

    def _create_platform(self) -> None:
        dynamodb = self.client("dynamodb")
        for table, keys in (
            ("audit", ("correlation_id", "sequence")),
            ("registry", ("partition", "item")),
            ("ledger", ("partition", "item")),
            ("holds", ("partition", "item")),
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
        runs = self.client("sqs").create_queue(QueueName="runs.fifo", Attributes={"FifoQueue": "true"})
        self.queues["runs.fifo"] = runs["QueueUrl"]
        self.topic = self.client("sns").create_topic(Name="security")["TopicArn"]
        self.client("sns").subscribe(TopicArn=self.topic, Protocol="sqs", Endpoint=self._queue_arn("security"))
        events = self.client("events")
        events.create_event_bus(Name="suture")
        note = "provide-client-params.events.PutEvents"
        events.meta.events.register(note, self._note_event, unique_id="note")

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


def person(name: str) -> Principal:
    """Somebody who has assumed a role in the platform's account."""
    return Principal(
        arn=f"arn:aws:sts::111111111111:assumed-role/people/{name}", user_id=f"AROAEXAMPLEEXAMPLE000:{name}"
    )


def ordered(command: Command, who: Principal) -> Message:
    """A command as a queue delivers it."""
    body = json.dumps(order_to_json(Order(command=command, principal=who)))
    return Message(id=str(uuid.uuid4()), body=body, sender_id=who.user_id)


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


@contextmanager
def unwatched() -> Iterator[None]:
    """Within it, within ``World.watched``, calls are the test's own: they are not noted."""
    with mock.patch.object(BaseClient, "_make_api_call", _MAKE_API_CALL):
        yield


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
