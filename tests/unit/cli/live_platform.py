"""A platform at the other end of the queues of the environment ``test``: its tables and people's queues are in moto.

Those are what the command talks to. The platform is the function's own code over them; what it sends to itself, and the
customer's account, are in memory. It takes what was sent when it is told to: from a waiting command's ``sleep``, say.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta

from botocore.client import BaseClient

from cli.registry_writer import listed_key
from runtime.application.ports import Message, Put, Store, Table
from runtime.application.use_cases import UseCases
from runtime.aws.store import KEY_NAMES, DynamoStore
from runtime.domain.audit import AuditEvent, History
from runtime.domain.document import to_text
from runtime.domain.facts import Account
from runtime.domain.guardrails import Stop
from runtime.domain.hold import Hold
from runtime.items import holds, trail
from runtime.items.accounts import put_account
from runtime.items.stops import IN_EFFECT, SWITCHES, Switch, find_switch, stops_in_effect
from tests.flow.scene import CLOSED, FIX, Bucket, a_bucket
from tests.flow.world import CUSTOMER, PEOPLE, World, in_order

__all__ = ["CLOSED", "CUSTOMER", "FIX"]

TABLES = {table: f"suture-test-{table}" for table in Table}
AUDIT, REGISTRY, LEDGER, HOLDS = (TABLES[name] for name in (Table.AUDIT, Table.REGISTRY, Table.LEDGER, Table.HOLDS))
COMMANDS, APPROVALS = "suture-test-commands", "suture-test-approvals"

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
    for table, name in TABLES.items():
        indexes = INDEXES if table is Table.AUDIT else {}
        more = ("at", *INDEXES.values()) if indexes else ()
        dynamodb.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=_keys(*KEY_NAMES[table]),
            AttributeDefinitions=[{"AttributeName": one, "AttributeType": "S"} for one in (*KEY_NAMES[table], *more)],
            **({"GlobalSecondaryIndexes": [_index(*index) for index in indexes.items()]} if indexes else {}),
        )
    for queue in (COMMANDS, APPROVALS):
        sqs.create_queue(QueueName=queue)
    client("ssm").put_parameter(Name="/suture/test/people", Type="String", Value=to_text(PEOPLE))


def _keys(partition: str, sort: str = "") -> list[dict[str, str]]:
    keys = [{"AttributeName": partition, "KeyType": "HASH"}]
    return [*keys, {"AttributeName": sort, "KeyType": "RANGE"}] if sort else keys


def _index(name: str, key: str) -> dict[str, object]:
    listed = [attribute for attribute in trail.LISTED if attribute != key]
    projection = {"ProjectionType": "INCLUDE", "NonKeyAttributes": listed}
    return {"IndexName": name, "KeySchema": _keys(key, "at"), "Projection": projection}


def store_of(client: Client) -> Store:
    return DynamoStore(client=client("dynamodb"), tables=TABLES, together=in_order)


class Trail:
    """Puts events on record as the function does."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def read(self, run_id: str) -> History:
        return trail.history_of(self._store.find(trail.run_partition(run_id)))

    def append(self, event: AuditEvent) -> None:
        numbered = self.read(event.correlation_id).with_events([event], event.at).events[-1]
        self._store.commit([trail.append(numbered)])


class LivePlatform:
    """The account is one in which ``deploy`` was called."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.store = store_of(client)
        self.trail = Trail(self.store)
        self.world = World()
        self.world.store = self.store  # type: ignore[assignment]  # it asks no more of it than this
        self.world.platform = self.world.new_platform()
        self._taken = 0
        self.onboard("dev")

    @property
    def policy(self) -> dict[str, object]:
        """May be changed."""
        return self.world.policy

    def onboard(self, environment: str) -> None:
        """Register the customer's account, or register it otherwise."""
        account = Account(
            id=CUSTOMER, name="acme", environment=environment, owner="me@example.com", external_id="suture-test"
        )
        self.store.commit([put_account(account), Put(listed_key(CUSTOMER), asdict(account))])

    def bucket(self, name: str = "acme-invoices") -> str:
        """A bucket that is open to the world. Returns its ARN."""
        return a_bucket(self.world, name).arn

    def block(self, resource_arn: str) -> dict[str, bool] | None:
        """A bucket's public access block; ``None`` if it has none."""
        return self._bucket(resource_arn).block()

    def set_block(self, resource_arn: str, **changes: bool) -> None:
        """Somebody changes it."""
        self._bucket(resource_arn).set_block(**changes)

    def _bucket(self, resource_arn: str) -> Bucket:
        return Bucket(world=self.world, name=resource_arn.rpartition(":")[2])

    def find(self, resource_arn: str, *, hours_ago: int = 0, **values: str) -> str:
        """Wiz finds the resource, and the finding is handled. Returns the run's id."""
        self.world.now = datetime.now(UTC) - timedelta(hours=hours_ago)
        message = self.world.finding(resource_arn, FIX, **values)
        self._platform.findings.handle(message)
        self._work_off_runs()
        return str(json.loads(message.body)["MessageId"])

    def history(self, correlation_id: str) -> History:
        return self.trail.read(correlation_id)

    def outcome(self, correlation_id: str) -> AuditEvent:
        outcome = self.history(correlation_id).outcome
        assert outcome is not None
        return outcome

    def stops(self) -> Sequence[Stop]:
        """Those in effect."""
        return stops_in_effect(self.store.read([IN_EFFECT]).item(IN_EFFECT))

    def switches(self) -> Sequence[Switch]:
        """Every stop, ended or not."""
        ids = {key.item.partition("#")[0] for key, _ in self.store.find(SWITCHES) if key != IN_EFFECT}
        found = [find_switch(self.store, one) for one in sorted(ids)]
        return [switch for switch in found if switch is not None]

    def held(self) -> Sequence[Hold]:
        return [holds.hold_from_item(key, item) for key, item in self.store.find(holds.holds_of(CUSTOMER))]

    def work(self) -> None:
        """Take everything that was sent, and what comes of it."""
        self.world.now = datetime.now(UTC)
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
        self.world.now = datetime.now(UTC)
        self.world.tick()

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
        self.world.now = datetime.now(UTC)
        self.world.deliver_to_itself()

    @property
    def _platform(self) -> UseCases:
        return self.world.platform
