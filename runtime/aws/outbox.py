"""What leaves the function besides the audit trail: outcomes to people and systems, and messages to itself."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from botocore.client import BaseClient

from runtime.aws.errors import platform_errors
from runtime.domain.audit import AuditEvent
from runtime.domain.errors import DeliveryFailed
from runtime.domain.followup import Verify, follow_up_to_json
from runtime.domain.outcome import Outcome

EVENT_SOURCE = "suture"
EVENT_DETAIL_TYPE = "Suture Finding Outcome"
LONGEST_DELAY_SECONDS = 900
"""https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html"""

_FOR_REVIEW = frozenset({Outcome.APPROVE, Outcome.REJECT, Outcome.FAILED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbox:
    """Sends, through the clients that ``client`` gives by service name.

    Each method raises ``PlatformCallFailed``, or ``DeliveryFailed``, if it could not.
    """

    client: Callable[[str], BaseClient]
    follow_up_queue_url: str
    review_queue_url: str
    security_topic_arn: str
    event_bus: str

    def follow_up(self, message: Verify, *, delay_seconds: int) -> None:
        """Send a message to this function, to arrive after a delay of at most 900 seconds."""
        with platform_errors("sqs", "SendMessage"):
            self.client("sqs").send_message(
                QueueUrl=self.follow_up_queue_url,
                MessageBody=json.dumps(follow_up_to_json(message)),
                DelaySeconds=min(delay_seconds, LONGEST_DELAY_SECONDS),
            )

    def tell(self, outcome: AuditEvent) -> None:
        """Tell everybody whom an outcome concerns. Telling twice is harmless: the correlation id is in each message."""
        summary = summary_of(outcome)
        text = json.dumps(summary)
        if outcome.outcome in _FOR_REVIEW:
            with platform_errors("sqs", "SendMessage"):
                self.client("sqs").send_message(QueueUrl=self.review_queue_url, MessageBody=text)
        if outcome.outcome is Outcome.NOTIFY:
            with platform_errors("sns", "Publish"):
                self.client("sns").publish(
                    TopicArn=self.security_topic_arn,
                    Subject=_subject(f"Suture: {outcome.reason} ({outcome.issue_id})"),
                    Message=json.dumps(summary, indent=2),
                )
        with platform_errors("events", "PutEvents"):
            answer = self.client("events").put_events(
                Entries=[
                    {
                        "EventBusName": self.event_bus,
                        "Source": EVENT_SOURCE,
                        "DetailType": EVENT_DETAIL_TYPE,
                        "Detail": text,
                        "Time": outcome.at,
                        "Resources": [outcome.resource_arn] if outcome.resource_arn else [],
                    }
                ]
            )
        if answer["FailedEntryCount"]:
            entry = answer["Entries"][0]
            raise DeliveryFailed(self.event_bus, f"{entry.get('ErrorCode')}: {entry.get('ErrorMessage')}")


def _subject(text: str) -> str:
    """Printable ASCII, less than 100 characters. https://docs.aws.amazon.com/sns/latest/api/API_Publish.html"""
    return re.sub(r"[^ -~]", "?", text)[:99]


def summary_of(outcome: AuditEvent) -> dict[str, Any]:
    """An outcome without its evidence: what a person or a rule needs to decide whether to look at the record."""
    names = (
        "correlation_id",
        "issue_id",
        "outcome",
        "reason",
        "sentence",
        "account_id",
        "resource_arn",
        "environment",
        "owner",
        "entry_id",
        "fix_id",
        "waiver_id",
        "plan_digest",
        "catalog_version",
        "code_version",
    )
    plan = outcome.evidence.plan
    return {
        "at": outcome.at.isoformat(),
        **{name: getattr(outcome, name) for name in names},
        "owner_path": list(outcome.evidence.owner_path),
        "plan": plan.summary if plan else "",
    }
