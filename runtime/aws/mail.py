"""What leaves the function besides the audit trail: outcomes to people and systems, and messages to itself.

And when a message that could not be handled comes back.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import batched
from typing import Any

from botocore.client import BaseClient

from runtime.application.ports import Message, RunMessage, Together
from runtime.application.verification import LONGEST_DELAY_SECONDS
from runtime.aws.errors import platform_errors
from runtime.domain.audit import AuditEvent
from runtime.domain.command import DryRun, UndoChange
from runtime.domain.errors import DeliveryFailed, MessageNotConfirmed, PlatformCallFailed
from runtime.domain.exceptions import RegisteredException
from runtime.domain.facts import Waiver
from runtime.domain.followup import Verify, message_to_json
from runtime.domain.hold import Hold
from runtime.domain.outcome import Outcome, Reason

VISIBILITY_SECONDS = 360
"""Of every queue that the function is invoked for: infra/work_queue.py."""

BATCH = 10
"""https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html and of PutEvents."""

EVENT_SOURCE = "suture"
OUTCOME_TYPE = "Suture Finding Outcome"
COMMAND_TYPE = "Suture Command Outcome"
HELD_TYPE = "Suture Finding Held"
EXCEPTION_TYPE = "Suture Exception Ending"
_UNKNOWN_RECEIPTS = frozenset(
    {
        "ReceiptHandleIsInvalid",
        "InvalidParameterValue",
        "AWS.SimpleQueueService.MessageNotInflight",
        "MessageNotInflight",
        "InvalidIdFormat",
    }
)
"""What SQS answers for a receipt that it did not give, or that is not in flight any more."""

_FOR_REVIEW = frozenset({Outcome.APPROVE, Outcome.REJECT, Outcome.FAILED})
_COMMANDS_FOR_REVIEW = frozenset({Reason.COMMAND_INVALID, Reason.IDENTITY_MISMATCH})
"""Of commands that were refused, those that the sender is not simply to be told of."""
_SWITCHED = frozenset({Reason.STOP_ANNOUNCED, Reason.RESUME_ANNOUNCED})


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsMail:
    """Sends, through the clients that ``client`` gives by service name.

    ``queues`` are the URLs of the queues that the function is invoked for, by their names. ``retry_seconds`` is how
    long a message that failed waits at first; that doubles up to 15 minutes.
    """

    client: Callable[[str], BaseClient]
    together: Together
    queues: Mapping[str, str]
    follow_up_queue_url: str
    runs_queue_url: str
    review_queue_url: str
    security_topic_arn: str
    event_bus: str
    retry_seconds: int

    def confirm(self, message: Message) -> None:
        """Its visibility is changed to what it is: that only succeeds for a delivery that SQS waits to hear of.

        https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html
        """
        try:
            self._change_visibility(message, VISIBILITY_SECONDS)
        except PlatformCallFailed as error:
            if error.code in _UNKNOWN_RECEIPTS:
                raise MessageNotConfirmed(message.id) from error
            raise

    def postpone(self, message: Message, receive_count: int) -> None:
        """Set when a message that failed is delivered again. Raises ``PlatformCallFailed``: then it waits longer."""
        self._change_visibility(message, min(self.retry_seconds * 2 ** (receive_count - 1), LONGEST_DELAY_SECONDS))

    def look_later(self, message: Verify, *, delay_seconds: int) -> None:
        self._send(
            self.follow_up_queue_url,
            message_to_json(message),
            DelaySeconds=min(delay_seconds, LONGEST_DELAY_SECONDS),
        )

    def start(self, runs: Sequence[RunMessage]) -> None:
        """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/FIFO-queues-exactly-once-processing.html"""
        for batch in batched(runs, BATCH, strict=False):
            entries = [
                {
                    "Id": str(index),
                    "MessageBody": json.dumps(message_to_json(one.run)),
                    "MessageGroupId": one.in_order_with,
                    "MessageDeduplicationId": one.once,
                }
                for index, one in enumerate(batch)
            ]
            with platform_errors("sqs", "SendMessageBatch"):
                answer = self.client("sqs").send_message_batch(QueueUrl=self.runs_queue_url, Entries=entries)
            for failed in answer.get("Failed", []):
                raise DeliveryFailed(self.runs_queue_url, f"{failed.get('Code')}: {failed.get('Message')}")

    def tell(self, outcome: AuditEvent) -> None:
        summary = summary_of(outcome)
        detail_type = COMMAND_TYPE if is_command(outcome) else OUTCOME_TYPE
        calls: list[Callable[[], None]] = [
            lambda: self._put_events([(detail_type, summary, outcome.at, outcome.resource_arn)])
        ]
        if for_review(outcome):
            calls.append(lambda: self._send(self.review_queue_url, summary))
        if for_security(outcome):
            about = outcome.issue_id or outcome.correlation_id
            calls.append(lambda: self._publish(f"Suture: {outcome.reason} ({about})", summary))
        self.together(*calls)

    def announce(self, held: AuditEvent) -> None:
        summary = {**summary_of(held), "until": held.expires_at.isoformat() if held.expires_at else ""}
        self._put_events([(HELD_TYPE, summary, held.at, held.resource_arn)])

    def warn_of_stuck(self, hold: Hold) -> None:
        names = ("correlation_id", "issue_id", "account_id", "environment", "fix_id", "resource_arn", "releases")
        detail = {name: getattr(hold, name) for name in names}
        detail["next"] = f"suture retry {hold.correlation_id}, or suture end {hold.correlation_id}"
        self._publish(f"Suture: a held run does not end ({hold.issue_id or hold.correlation_id})", detail)

    def warn_of_end(self, exceptions: Sequence[RegisteredException], now: datetime) -> None:
        details = [_ending(exception.waiver) for exception in exceptions]
        for exception, detail in zip(exceptions, details, strict=True):
            waiver = exception.waiver
            self._publish(f"Suture: exception {waiver.id} ends on {waiver.expires_at.date()}", detail)
        self._put_events([(EXCEPTION_TYPE, detail, now, "") for detail in details])

    def _change_visibility(self, message: Message, seconds: int) -> None:
        with platform_errors("sqs", "ChangeMessageVisibility"):
            self.client("sqs").change_message_visibility(
                QueueUrl=self.queues[message.queue], ReceiptHandle=message.receipt, VisibilityTimeout=seconds
            )

    def _send(self, queue_url: str, document: Mapping[str, Any], **more: int) -> None:
        with platform_errors("sqs", "SendMessage"):
            self.client("sqs").send_message(QueueUrl=queue_url, MessageBody=json.dumps(document), **more)

    def _publish(self, subject: str, document: Mapping[str, Any]) -> None:
        with platform_errors("sns", "Publish"):
            self.client("sns").publish(
                TopicArn=self.security_topic_arn, Subject=_subject(subject), Message=json.dumps(document, indent=2)
            )

    def _put_events(self, events: Sequence[tuple[str, Mapping[str, Any], datetime, str]]) -> None:
        for batch in batched(events, BATCH, strict=False):
            entries = [
                {
                    "EventBusName": self.event_bus,
                    "Source": EVENT_SOURCE,
                    "DetailType": detail_type,
                    "Detail": json.dumps(detail),
                    "Time": at,
                    "Resources": [resource_arn] if resource_arn else [],
                }
                for detail_type, detail, at, resource_arn in batch
            ]
            with platform_errors("events", "PutEvents"):
                answer = self.client("events").put_events(Entries=entries)
            if answer["FailedEntryCount"]:
                entry = next(one for one in answer["Entries"] if "ErrorCode" in one)
                raise DeliveryFailed(self.event_bus, f"{entry.get('ErrorCode')}: {entry.get('ErrorMessage')}")


def _ending(waiver: Waiver) -> dict[str, Any]:
    """Its findings are fixed once it has ended."""
    names = ("id", "control", "account_id", "resource", "environment", "reason", "ticket")
    return {
        **{name: getattr(waiver, name) for name in names},
        "requested_by": waiver.requested_by,
        "approved_by": waiver.approved_by,
        "expires_at": waiver.expires_at.isoformat(),
    }


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


def for_review(outcome: AuditEvent) -> bool:
    if is_command(outcome):
        return outcome.reason in _COMMANDS_FOR_REVIEW
    return outcome.outcome in _FOR_REVIEW and not _was_asked_for(outcome)


def for_security(outcome: AuditEvent) -> bool:
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
