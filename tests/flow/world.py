"""The whole platform over the ports in memory: everything but AWS, the deployment and IAM's enforcement."""

from __future__ import annotations

import json
import marshal
import random
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import count
from typing import Any

from runtime.application import ports
from runtime.application.ports import Key, Message, Table
from runtime.application.use_cases import UseCases, assemble
from runtime.domain.audit import AuditEvent, EventKind, History
from runtime.domain.command import FOR_APPROVERS, Command, Order, order_to_json
from runtime.domain.facts import Account, PlatformAccount
from runtime.domain.fix import Stage
from runtime.domain.hold import Hold
from runtime.domain.people import People
from runtime.domain.policy import Policy, parse_policy
from runtime.domain.principal import Principal
from runtime.fixes.catalog import SPECS, TYPES, summaries
from runtime.items.accounts import account_key, put_account
from runtime.items.holds import hold_from_item
from runtime.items.trail import history_of, run_partition
from tests.memory.account import MemoryAccounts
from tests.memory.calls import Calls, Watched, in_order
from tests.memory.mail import MemoryMail
from tests.memory.store import MemoryStore
from tests.samples.render import issue_body

PLATFORM = "111111111111"
"""The account that the platform runs in."""
CUSTOMER = "222222222222"
MOTOS_ROLE = "123456789012:role/people"
"""The one that tests of the command line log in with."""
REGION = "us-east-1"
TOPIC = f"arn:aws:sns:{REGION}:{PLATFORM}:findings"
_ROLES = tuple(
    f"arn:aws:iam::{role}" for role in (f"{PLATFORM}:role/staff/people", f"{PLATFORM}:role/others", MOTOS_ROLE)
)
PEOPLE = People(session_names="[a-z]{3,8}", operator_role_arns=_ROLES, approver_role_arns=_ROLES)
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)

FIXES = (
    "ec2-security-group-world-ingress",
    "kms-key-rotation",
    "rds-instance-not-public",
    "s3-acl-private",
    "s3-block-public-access",
    "s3-default-encryption-kms",
    "s3-deny-insecure-transport",
)
"""Of the policy's catalog. Tests have their policy read thousands of times, so it has no more than they need."""

ENTRY_OPTIONS: dict[str, dict[str, Any]] = {"ec2-security-group-world-ingress": {"ports": [22]}}

_RULES = {"allowed_actions": "all", "suppression_tags": True, "approvers": 1, "undo_approvers": 0, "undo_days": 30}
_GUARDED = {"template_owned": "fix-and-notify", "outside_window": "wait"}
_ENVIRONMENTS = {
    "dev": {"mode": "remediate", **_RULES, **_GUARDED},
    "production": {"mode": "approve", **_RULES, **_GUARDED, "suppression_tags": False},
    "restricted-production": {"mode": "approve", **_RULES, **_GUARDED, "approvers": 2},
    "sandbox": {"mode": "dry-run", **_RULES, **_GUARDED},
}


def policy_document() -> dict[str, Any]:
    """A policy with a catalog entry for each of ``FIXES``, for the rule ``RULE-<fix id>``. Previews need approval."""
    return {
        "version": "flow-1",
        "severity_floor": "HIGH",
        "owner": {"lookup": ["resource-tag", "account", "project"], "tag_keys": ["owner"], "projects": {}},
        "environment": {"tag_keys": ["environment"], "aliases": {"prod": "production"}},
        "suppression_tag": "suture:suppress",
        "exceptions": {"max_days": 90, "warn_days": 7},
        "approvals": {"expire_hours": 24},
        "writes_per_hour": {"everything": 1000, "account": 1000, "fix": 1000},
        "drift": {"times": 100, "days": 7},
        "templates": {"cdk_tags": ["made-by=cdk"], "terraform_tags": ["terraform"]},
        "environments": deepcopy(_ENVIRONMENTS),
        "accounts": {},
        "catalog": [
            {
                "id": f"entry-{fix_id}",
                "fix": fix_id,
                "match": {"rules": [f"RULE-{fix_id}"]},
                "severities": ["HIGH", "CRITICAL"],
                "environments": dict.fromkeys(
                    _ENVIRONMENTS, "remediate" if SPECS[fix_id].stage is Stage.STABLE else "approve"
                ),
                "options": ENTRY_OPTIONS.get(fix_id, {}),
            }
            for fix_id in FIXES
        ],
    }


@dataclass
class Telemetry:
    recorded_events: list[AuditEvent] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def follow(self, run_id: str) -> None:
        pass

    def recorded(self, event: AuditEvent) -> None:
        self.recorded_events.append(event)

    def problem(self, name: str, sentence: str) -> None:
        self.problems.append(name)


class World:
    """One platform account, one customer account, and the use cases between them.

    Its clock moves a microsecond each time that the platform looks at it, so that no two times are equal by chance.
    """

    def __init__(self) -> None:
        self.policy, self.now = policy_document(), NOW
        self.calls = Watched()
        self._chance = random.Random(7)
        self.telemetry = Telemetry()
        self.store = MemoryStore(self.calls, in_order)
        self.accounts = MemoryAccounts(self.calls)
        self.mail = MemoryMail(calls=self.calls)
        self.platform = self.new_platform()

    def new_platform(self, *, verify_seconds: int = 0, telemetry: ports.Telemetry | None = None) -> UseCases:
        """The use cases as in a fresh process."""
        return assemble(
            store=self.store,
            accounts=self.accounts,
            mail=self.mail,
            policy=self,
            telemetry=telemetry or self.telemetry,
            now=self._clock,
            together=in_order,
            choose=self._chance.choice,
            topic_arn=TOPIC,
            people=PEOPLE,
            runs_in=PlatformAccount(account_id=PLATFORM, partition="aws"),
            environment="test",
            code_version="0",
            verify_seconds=verify_seconds,
        )

    def _clock(self) -> datetime:
        self.now += timedelta(microseconds=1)
        return self.now

    def current(self) -> Policy:
        """The policy in force, as it is now."""
        # As bytes, because telling whether it has changed is what is done most; without references, which would differ.
        return _policy_from(marshal.dumps(self.policy, 2))

    def onboard(self, account_id: str = CUSTOMER, *, environment: str = "dev", owner: str = "team@example.com") -> None:
        account = Account(
            id=account_id, name="customer", environment=environment, owner=owner, external_id="suture-test-external-id"
        )
        put = put_account(account)
        self.store.items[put.key] = put.item

    def offboard(self, account_id: str = CUSTOMER) -> None:
        del self.store.items[account_key(account_id)]

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
        return self.enveloped(issue_body("older", **values))

    def enveloped(self, body: Any) -> Message:
        """A queue message as SNS makes it from something published. A text is published as it is."""
        text = body if isinstance(body, str) else json.dumps(body)
        envelope = {
            "Type": "Notification",
            "MessageId": self.mail.next_id(),
            "TopicArn": TOPIC,
            "Message": text,
            "Timestamp": "2026-11-23T12:00:00.000Z",
        }
        return Message(id=self.mail.next_id(), body=json.dumps(envelope))

    def ordered(self, command: Command, who: Principal) -> Message:
        """A command as a queue delivers it."""
        body = json.dumps(order_to_json(Order(command=command, principal=who)))
        return Message(id=self.mail.next_id(), body=body, sender_id=who.user_id)

    def handle(self, message: Message, *, platform: UseCases | None = None) -> History:
        """Deliver one message, and then what the platform sent to itself, until there is nothing left."""
        (platform or self.platform).findings.handle(message)
        self.deliver_to_itself(platform)
        return self.history(message)

    def deliver_to_itself(self, platform: UseCases | None = None) -> None:
        """Deliver what the platform has sent to itself by now, and the runs that come of it."""
        platform = platform or self.platform
        follow_ups, self.mail.follow_ups = self.mail.follow_ups, []
        for body, _ in follow_ups:
            platform.runs.handle_follow_up(Message(id=self.mail.next_id(), body=body))
        for rounds in count(1):
            runs, self.mail.runs = self.mail.runs, []
            if not runs:
                return
            assert rounds < 1000, f"runs begin runs for ever: {runs}"
            for body, _ in runs:
                platform.runs.handle_run(Message(id=self.mail.next_id(), body=body))

    def tick(self, platform: UseCases | None = None) -> None:
        """A minute has passed, by the schedule and not by the clock."""
        platform = platform or self.platform
        platform.runs.handle_follow_up(Message(id=self.mail.next_id(), body=json.dumps({"kind": "tick"})))
        self.deliver_to_itself(platform)

    def order(self, command: Command, who: Principal) -> AuditEvent:
        """Have somebody give a command, and deliver it and what comes of it. Returns the command's own outcome."""
        message = self.ordered(command, who)
        self.deliver_order(message)
        self.deliver_to_itself()
        return self.outcome_of(message.id)

    def deliver_order(self, message: Message, platform: UseCases | None = None) -> None:
        """Deliver a command through the queue that takes it."""
        commands = (platform or self.platform).commands
        kind = json.loads(message.body)["kind"]
        approvers = {kind.__name__ for kind in FOR_APPROVERS}
        (commands.handle_approver if kind in approvers else commands.handle_operator)(message)

    def history(self, message: Message) -> History:
        return self.history_of(json.loads(message.body)["MessageId"])

    def history_of(self, run_id: str) -> History:
        """What is on record for a run. No call of the platform's."""
        found = self.store.items.of(run_partition(run_id))
        return History(events=tuple(_event_from(item["document"]) for _, item in found))

    def outcome(self, message: Message) -> AuditEvent:
        """The one terminal event of a finding's message. Fails if there is none."""
        return self.outcome_of(json.loads(message.body)["MessageId"])

    def outcome_of(self, run_id: str) -> AuditEvent:
        """The one terminal event of a run. Fails if there is none."""
        outcomes = [event for event in self.history_of(run_id).events if event.kind is EventKind.OUTCOME]
        assert len(outcomes) == 1, f"{len(outcomes)} outcomes"
        return outcomes[0]

    def held(self) -> list[Hold]:
        """The runs that wait, in the order in which they began to."""
        found = sorted(
            (key.item, hold_from_item(key, item))
            for key, item in self.store.items.items()
            if key.table is Table.HOLDS and key.partition.startswith("held#")
        )
        return [hold for _, hold in found]

    def counted(self) -> int:
        """How many writes were counted for everything, ever."""
        items = [item for key, item in self.store.items.items() if key.partition == "writes#everything#"]
        return sum(count for item in items for count in item.values() if isinstance(count, int))

    def end_leases(self) -> None:
        """Time passes: the leases of dead processes run out before SQS shows their messages again."""
        for key in [key for key in self.store.items if key.table is Table.LOCKS]:
            del self.store.items[key]

    def locks(self) -> list[Key]:
        return [key for key in self.store.items if key.table is Table.LOCKS]

    @contextmanager
    def watched(self) -> Iterator[Calls]:
        """Within it, calls are counted from the beginning, and can be made to crash or fail."""
        watch = Calls()
        outer, self.calls.watch = self.calls.watch, watch
        try:
            yield watch
        finally:
            self.calls.watch = outer


@lru_cache
def _policy_from(document: bytes) -> Policy:
    return parse_policy(marshal.loads(document), summaries(), TYPES)


@lru_cache(maxsize=4096)
def _event_from(document: bytes) -> AuditEvent:
    """Reading an event takes as long as making it, and tests ask again and again."""
    (event,) = history_of([(Key(Table.AUDIT, ""), {"document": document})]).events
    return event


def person(name: str) -> Principal:
    """Somebody who has assumed a role in the platform's account."""
    return Principal(
        arn=f"arn:aws:sts::111111111111:assumed-role/people/{name}", user_id=f"AROAEXAMPLEEXAMPLE000:{name}"
    )
