"""What leaves the function besides the audit trail: outcomes to people and systems, and messages to itself."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.client import BaseClient

from runtime.aws.errors import platform_errors
from runtime.domain.audit import AuditEvent
from runtime.domain.command import DryRun, UndoChange
from runtime.domain.errors import DeliveryFailed
from runtime.domain.exceptions import RegisteredException
from runtime.domain.followup import GoOn, Run, Verify, message_to_json, run_id
from runtime.domain.outcome import Outcome, Reason

EVENT_SOURCE = "suture"
OUTCOME_TYPE = "Suture Finding Outcome"
COMMAND_TYPE = "Suture Command Outcome"
HELD_TYPE = "Suture Finding Held"
EXCEPTION_TYPE = "Suture Exception Ending"
LONGEST_DELAY_SECONDS = 900
"""https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html"""

_FOR_REVIEW = frozenset({Outcome.APPROVE, Outcome.REJECT, Outcome.FAILED})
_COMMANDS_FOR_REVIEW = frozenset({Reason.COMMAND_INVALID, Reason.IDENTITY_MISMATCH})
"""Of commands that were refused, those that the sender is not simply to be told of."""
_SWITCHED = frozenset({Reason.STOP_ANNOUNCED, Reason.RESUME_ANNOUNCED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Outbox:
    """Sends, through the clients that ``client`` gives by service name.

    Each method raises ``PlatformCallFailed``, or ``DeliveryFailed``, if it could not. Telling twice is harmless: the
    correlation id is in each message.
    """

    client: Callable[[str], BaseClient]
    follow_up_queue_url: str
    runs_queue_url: str
    review_queue_url: str
    security_topic_arn: str
    event_bus: str

    def follow_up(self, message: Verify, *, delay_seconds: int) -> None:
        """Send a message to this function, to arrive after a delay of at most 900 seconds."""
        with platform_errors("sqs", "SendMessage"):
            self.client("sqs").send_message(
                QueueUrl=self.follow_up_queue_url,
                MessageBody=json.dumps(message_to_json(message)),
                DelaySeconds=min(delay_seconds, LONGEST_DELAY_SECONDS),
            )

    def run(self, run: Run, *, in_order_with: str = "") -> None:
        """Have a run carried out, after those that were sent ``in_order_with`` the same before it.

        Sent again within five minutes, it arrives once.
        https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-exactly-once-processing.html
        """
        attempt = f"/{run.attempt}" if isinstance(run, GoOn) else ""
        with platform_errors("sqs", "SendMessage"):
            self.client("sqs").send_message(
                QueueUrl=self.runs_queue_url,
                MessageBody=json.dumps(message_to_json(run)),
                MessageGroupId=in_order_with or run_id(run),
                MessageDeduplicationId=run_id(run) + attempt,
            )

    def tell(self, outcome: AuditEvent) -> None:
        """Tell everybody whom an outcome concerns."""
        summary = summary_of(outcome)
        if _is_for_review(outcome):
            with platform_errors("sqs", "SendMessage"):
                self.client("sqs").send_message(QueueUrl=self.review_queue_url, MessageBody=json.dumps(summary))
        if _is_for_security(outcome):
            about = outcome.issue_id or outcome.correlation_id
            self._publish(f"Suture: {outcome.reason} ({about})", summary)
        self._put_event(
            COMMAND_TYPE if is_command(outcome) else OUTCOME_TYPE, summary, outcome.at, outcome.resource_arn
        )

    def announce(self, held: AuditEvent) -> None:
        """Tell the bus that a run waits, and for what."""
        summary = {**summary_of(held), "until": held.expires_at.isoformat() if held.expires_at else ""}
        self._put_event(HELD_TYPE, summary, held.at, held.resource_arn)

    def warn_of_end(self, exception: RegisteredException, now: datetime) -> None:
        """Tell that an exception will end soon: its findings are fixed from then on. ``now`` is in UTC."""
        waiver = exception.waiver
        names = ("id", "control", "account_id", "resource", "environment", "reason", "ticket")
        detail = {name: getattr(waiver, name) for name in names}
        detail |= {
            "requested_by": waiver.requested_by,
            "approved_by": waiver.approved_by,
            "expires_at": waiver.expires_at.isoformat(),
        }
        self._publish(f"Suture: exception {waiver.id} ends on {waiver.expires_at.date()}", detail)
        self._put_event(EXCEPTION_TYPE, detail, now, "")

    def _publish(self, subject: str, document: Mapping[str, Any]) -> None:
        with platform_errors("sns", "Publish"):
            self.client("sns").publish(
                TopicArn=self.security_topic_arn, Subject=_subject(subject), Message=json.dumps(document, indent=2)
            )

    def _put_event(self, detail_type: str, detail: Mapping[str, Any], at: datetime, resource_arn: str) -> None:
        with platform_errors("events", "PutEvents"):
            answer = self.client("events").put_events(
                Entries=[
                    {
                        "EventBusName": self.event_bus,
                        "Source": EVENT_SOURCE,
                        "DetailType": detail_type,
                        "Detail": json.dumps(detail),
                        "Time": at,
                        "Resources": [resource_arn] if resource_arn else [],
                    }
                ]
            )
        if answer["FailedEntryCount"]:
            entry = answer["Entries"][0]
            raise DeliveryFailed(self.event_bus, f"{entry.get('ErrorCode')}: {entry.get('ErrorMessage')}")


def is_command(outcome: AuditEvent) -> bool:
    """Whether it is the outcome of an operator's command itself, and not of a run that one began."""
    evidence = outcome.evidence
    return not evidence.command_id and (evidence.order is not None or outcome.reason is Reason.COMMAND_INVALID)


def _was_asked_for(outcome: AuditEvent) -> bool:
    """Whether somebody asked only to see what would be done, and now waits for the answer."""
    match outcome.evidence.order.command if outcome.evidence.order else None:
        case DryRun() | UndoChange(dry_run=True):
            return True
        case _:
            return False


def _is_for_review(outcome: AuditEvent) -> bool:
    if is_command(outcome):
        return outcome.reason in _COMMANDS_FOR_REVIEW
    return outcome.outcome in _FOR_REVIEW and not _was_asked_for(outcome)


def _is_for_security(outcome: AuditEvent) -> bool:
    if outcome.outcome is Outcome.NOTIFY:
        return not _was_asked_for(outcome)
    changed = outcome.outcome in (Outcome.REMEDIATE, Outcome.APPROVED)
    return outcome.reason in _SWITCHED or (changed and outcome.evidence.template is not None)


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
    plan, template = outcome.evidence.plan, outcome.evidence.template
    return {
        "at": outcome.at.isoformat(),
        **{name: getattr(outcome, name) for name in names},
        "owner_path": list(outcome.evidence.owner_path),
        "plan": plan.summary if plan else "",
        "template": {"tool": template.tool, "name": template.name, "change": template.property} if template else None,
    }
