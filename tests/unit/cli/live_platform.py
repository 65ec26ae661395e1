"""A platform at the other end of the queues of the environment ``test``, and a customer's account: all in moto.

It is the function's own code. It takes what was sent when it is told to: from a waiting command's ``sleep``, say.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache, cached_property

from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import ClientError

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
from runtime.domain.audit import AuditEvent, History
from runtime.domain.facts import Account, PlatformAccount
from runtime.domain.policy import parse_policy
from runtime.domain.resource import parse_arn
from runtime.fixes.catalog import SPECS
from runtime.message import Message
from runtime.platform import Platform, assemble
from runtime.recorder import Recorder
from tests.flow.world import enveloped, policy_document
from tests.samples.render import issue_body

AUDIT, REGISTRY, LEDGER, HOLDS, LOCKS = (
    f"suture-test-{part}" for part in ("audit", "registry", "ledger", "holds", "locks")
)
COMMANDS, APPROVALS, FOLLOW_UPS, REVIEW, RUNS = (
    f"suture-test-{part}" for part in ("commands", "approvals", "follow-ups", "review", "runs.fifo")
)
CUSTOMER = "222222222222"
FIX = "s3-block-public-access"
CLOSED = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)


INDEXES = {
    "by-finding": "issue_id",
    "by-day": "day",
    "by-account": "account_id",
    "by-outcome": "outcome",
    "by-fix": "fix_id",
}


type Client = Callable[..., BaseClient]
"""Gives clients of the platform's account."""


def deploy(client: Client) -> None:
    """Create the tables and queues of the environment ``test``."""
    dynamodb, sqs = client("dynamodb"), client("sqs")
    for table in (REGISTRY, LEDGER, HOLDS):
        dynamodb.create_table(
            TableName=table,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=_keys("partition", "item"),
            AttributeDefinitions=_texts("partition", "item"),
        )
    dynamodb.create_table(
        TableName=LOCKS,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=_keys("resource_arn"),
        AttributeDefinitions=_texts("resource_arn"),
    )
    dynamodb.create_table(
        TableName=AUDIT,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=_keys("correlation_id", "sequence"),
        AttributeDefinitions=_texts("correlation_id", "sequence", "at", *INDEXES.values()),
        GlobalSecondaryIndexes=[
            {"IndexName": name, "KeySchema": _keys(key, "at"), "Projection": {"ProjectionType": "ALL"}}
            for name, key in INDEXES.items()
        ],
    )
    for queue in (COMMANDS, APPROVALS, FOLLOW_UPS, REVIEW, RUNS):
        sqs.create_queue(QueueName=queue, Attributes={"FifoQueue": "true"} if queue == RUNS else {})


def _keys(partition: str, sort: str = "") -> list[dict[str, str]]:
    keys = [{"AttributeName": partition, "KeyType": "HASH"}]
    return [*keys, {"AttributeName": sort, "KeyType": "RANGE"}] if sort else keys


def _texts(*names: str) -> list[dict[str, str]]:
    return [{"AttributeName": name, "AttributeType": "S"} for name in names]


@cache
def _customers(sts: BaseClient) -> CustomerAccounts:
    """Made once for all tests, like the clients."""
    return CustomerAccounts(sts=sts, config=Config(retries={"total_max_attempts": 1}))


class NoTelemetry:
    def follow(self, correlation_id: str) -> None:
        pass

    def recorded(self, event: AuditEvent) -> None:
        pass


class LivePlatform:
    """The account is one in which ``deploy`` was called."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.policy = policy_document()
        self._taken = 0
        dynamodb = self.client("dynamodb")
        self.trail = AuditTrail(client=dynamodb, table=AUDIT)
        self.registry = Registry(client=dynamodb, table=REGISTRY)
        self.exceptions = ExceptionRegister(client=dynamodb, table=LEDGER)
        self.ledger = Ledger(client=dynamodb, table=LEDGER)
        self.holds = Holds(client=dynamodb, table=HOLDS)
        self._registry_table = Table(client=dynamodb, name=REGISTRY)
        self._platform = self._assemble()
        self.onboard("dev")

    def onboard(self, environment: str) -> None:
        """Register the customer's account, or register it otherwise."""
        account = Account(
            id=CUSTOMER, name="acme", environment=environment, owner="me@example.com", external_id="suture-test"
        )
        self._registry_table.put(account_to_item(account))

    def bucket(self, name: str = "acme-invoices") -> str:
        """A bucket that is open to the world. Returns its ARN."""
        self.customer_s3.create_bucket(Bucket=name)
        return f"arn:aws:s3:::{name}"

    def block(self, resource_arn: str) -> dict[str, bool] | None:
        """A bucket's public access block, read back; ``None`` if it has none."""
        try:
            answer = self.customer_s3.get_public_access_block(Bucket=resource_arn.rpartition(":")[2])
        except ClientError as error:
            if error.response["Error"]["Code"] != "NoSuchPublicAccessBlockConfiguration":
                raise
            return None
        return dict(answer["PublicAccessBlockConfiguration"])

    def set_block(self, resource_arn: str, **changes: bool) -> None:
        """Somebody changes it."""
        self.customer_s3.put_public_access_block(
            Bucket=resource_arn.rpartition(":")[2], PublicAccessBlockConfiguration={**CLOSED, **changes}
        )

    @cached_property
    def customer_s3(self) -> BaseClient:
        role = f"arn:aws:iam::{CUSTOMER}:role/{CUSTOMER_ROLE_NAME}"
        key = self.client("sts").assume_role(RoleArn=role, RoleSessionName="customer")["Credentials"]
        return self.client(
            "s3",
            aws_access_key_id=key["AccessKeyId"],
            aws_secret_access_key=key["SecretAccessKey"],
            aws_session_token=key["SessionToken"],
        )

    def find(self, resource_arn: str) -> str:
        """Wiz finds the resource, and the finding is handled. Returns the run's id."""
        values = {"resource_id": resource_arn, "account_id": CUSTOMER, "rule_id": f"RULE-{FIX}", "region": "us-east-1"}
        message = enveloped(issue_body("older", **values, severity="CRITICAL"))
        self._platform.pipeline.handle_finding(message)
        self._work_off_runs()
        return str(json.loads(message.body)["MessageId"])

    def history(self, correlation_id: str) -> History:
        return self.trail.read(correlation_id)

    def outcome(self, correlation_id: str) -> AuditEvent:
        outcome = self.history(correlation_id).outcome
        assert outcome is not None
        return outcome

    def work(self) -> None:
        """Take everything that was sent, and what comes of it."""
        for message in self.sent(COMMANDS):
            self._taken += 1
            self._platform.commands.handle_operator(message)
        for message in self.sent(APPROVALS):
            self._taken += 1
            self._platform.commands.handle_approver(message)
        self._work_off_runs()

    @property
    def commands_sent(self) -> int:
        """How many commands people have sent so far, taken already or waiting in a queue."""
        return self._taken + self._waiting(COMMANDS) + self._waiting(APPROVALS)

    def _waiting(self, queue: str) -> int:
        sqs, wanted = self.client("sqs"), "ApproximateNumberOfMessages"
        url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
        return int(sqs.get_queue_attributes(QueueUrl=url, AttributeNames=[wanted])["Attributes"][wanted])

    def tick(self) -> None:
        """A minute has passed."""
        self._platform.runs.handle_follow_up(Message(id=str(uuid.uuid4()), body='{"kind": "tick"}'))
        self._work_off_runs()

    def sent(self, queue: str) -> list[Message]:
        """Receive and delete everything in a queue. moto gives all of it one sender: here it has the one it names."""
        sqs, messages = self.client("sqs"), []
        url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
        while received := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", []):
            for message in received:
                sender = json.loads(message["Body"]).get("principal", {}).get("user_id", "")
                messages.append(Message(id=message["MessageId"], body=message["Body"], sender_id=sender))
                sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return messages

    def _work_off_runs(self) -> None:
        for message in self.sent(FOLLOW_UPS):
            self._platform.runs.handle_follow_up(message)
        while messages := self.sent(RUNS):
            for message in messages:
                self._platform.runs.handle_run(message)

    def _assemble(self) -> Platform:
        sqs = self.client("sqs")
        urls = {name: sqs.get_queue_url(QueueName=name)["QueueUrl"] for name in (FOLLOW_UPS, REVIEW, RUNS)}
        topic = self.client("sns").create_topic(Name="suture-test-security")["TopicArn"]
        self.client("events").create_event_bus(Name="suture-test")
        return assemble(
            policy=lambda: parse_policy(self.policy, SPECS),
            runs_in=PlatformAccount(account_id=parse_arn(topic).account_id, partition="aws"),
            registry=self.registry,
            exceptions=self.exceptions,
            accounts=_customers(self.client("sts")),
            recorder=Recorder(
                trail=self.trail,
                locks=ResourceLocks(client=self.client("dynamodb"), table=LOCKS, now=lambda: datetime.now(UTC)),
                ledger=self.ledger,
                holds=self.holds,
                outbox=Outbox(
                    client=self.client,
                    follow_up_queue_url=urls[FOLLOW_UPS],
                    runs_queue_url=urls[RUNS],
                    review_queue_url=urls[REVIEW],
                    security_topic_arn=topic,
                    event_bus="suture-test",
                ),
                telemetry=NoTelemetry(),
                now=lambda: datetime.now(UTC),
                actor="suture-test",
                code_version="0",
                verify_seconds=0,
            ),
        )
