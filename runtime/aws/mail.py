"""What leaves the function besides the audit trail: outcomes to people and systems, and messages to itself.

And when a message that could not be handled comes back.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import batched
from typing import Any

from botocore.client import BaseClient

from runtime.application.ports import Message, RunMessage, Together
from runtime.application.verification import LONGEST_DELAY_SECONDS
from runtime.aws.errors import platform_errors
from runtime.domain.errors import DeliveryFailed, MessageNotConfirmed, PlatformCallFailed
from runtime.domain.followup import Verify, message_to_json
from runtime.domain.notice import CONTACT_ATTRIBUTE, EVENT_SOURCE, Audience, Notice
from runtime.domain.rendering import chat_of, mail_of, subject_of

VISIBILITY_SECONDS = 360
"""Of every queue that the function is invoked for: infra/work_queue.py."""

BATCH = 10
"""https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html and of PutEvents."""

TOPICS = (Audience.REVIEWERS, Audience.SECURITY, Audience.OWNER)
"""Those who are told by a topic."""

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

_UNREACHABLE = frozenset(
    {"AuthorizationError", "AuthorizationErrorException", "AccessDenied", "NotFound", "InvalidParameter"}
)
"""What SNS answers for a topic that is not there, or does not take our messages: an owner's may be anybody's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AwsMail:
    """Sends, through the clients that ``client`` gives by service name.

    ``queues`` are the URLs of the queues that the function is invoked for, by their names. ``retry_seconds`` is the
    first retry delay of a failed message; it doubles up to 15 minutes.
    """

    client: Callable[[str], BaseClient]
    together: Together
    queues: Mapping[str, str]
    follow_up_queue_url: str
    runs_queue_url: str
    review_queue_url: str
    topic_arns: Mapping[Audience, str]
    event_bus: str
    retry_seconds: int

    def confirm(self, message: Message) -> None:
        """Sets the visibility timeout to its current value, which succeeds only for a message in flight.

        https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibility.html
        """
        try:
            self._change_visibility(message, VISIBILITY_SECONDS)
        except PlatformCallFailed as error:
            if error.code in _UNKNOWN_RECEIPTS:
                raise MessageNotConfirmed(message.id) from error
            raise

    def postpone(self, message: Message, receive_count: int) -> None:
        """Set the retry delay of a failed message. Raises ``PlatformCallFailed``: then the visibility timeout
        applies."""
        self._change_visibility(message, min(self.retry_seconds * 2 ** (receive_count - 1), LONGEST_DELAY_SECONDS))

    def look_later(self, message: Verify, *, delay_seconds: int) -> None:
        self._send(
            self.follow_up_queue_url,
            json.dumps(message_to_json(message)),
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

    def tell(self, notices: Sequence[Notice]) -> None:
        for_review = [notice.event for notice in notices if Audience.REVIEW_QUEUE in notice.to]
        self.together(
            *(partial(self._put_events, batch) for batch in batched(notices, BATCH, strict=False)),
            *(partial(self._send, self.review_queue_url, event) for event in for_review),
            *(partial(self._publish, one, to) for one in notices for to in TOPICS if to in one.to),
        )

    def _change_visibility(self, message: Message, seconds: int) -> None:
        with platform_errors("sqs", "ChangeMessageVisibility"):
            self.client("sqs").change_message_visibility(
                QueueUrl=self.queues[message.queue], ReceiptHandle=message.receipt, VisibilityTimeout=seconds
            )

    def _send(self, queue_url: str, body: str, **more: int) -> None:
        with platform_errors("sqs", "SendMessage"):
            self.client("sqs").send_message(QueueUrl=queue_url, MessageBody=body, **more)

    def _publish(self, notice: Notice, to: Audience) -> None:
        """As text for e-mail, as a post for chat, which SNS sends by HTTPS, and as the event for programs.

        To an owner's topic, if that is their contact. If that topic refuses the message, the security team gets it.
        https://docs.aws.amazon.com/sns/latest/dg/sns-send-custom-platform-specific-payloads-mobile-devices.html
        """
        event, contact = notice.event, notice.told.contact
        message = {"default": mail_of(notice), "https": json.dumps(chat_of(notice)), "sqs": event, "lambda": event}
        named = {CONTACT_ATTRIBUTE: {"DataType": "String", "StringValue": contact}}
        if to is not Audience.OWNER:
            self._publish_to(self.topic_arns[to], notice, message)
        elif not contact.startswith("arn:"):
            self._publish_to(self.topic_arns[to], notice, message, MessageAttributes=named)
        else:
            try:
                self._publish_to(contact, notice, message)
            except PlatformCallFailed as error:
                if error.code not in _UNREACHABLE:
                    raise
                self._publish_to(self.topic_arns[Audience.SECURITY], notice, message)

    def _publish_to(self, topic_arn: str, notice: Notice, message: Mapping[str, str], **more: Any) -> None:
        request = {"TopicArn": topic_arn, "Subject": subject_of(notice), "MessageStructure": "json", **more}
        with platform_errors("sns", "Publish"):
            self.client("sns").publish(**request, Message=json.dumps(message))

    def _put_events(self, notices: Sequence[Notice]) -> None:
        entries = [
            {
                "EventBusName": self.event_bus,
                "Source": EVENT_SOURCE,
                "DetailType": notice.detail_type,
                "Detail": notice.event,
                "Time": notice.told.at,
                "Resources": [notice.told.resource_arn] if notice.told.resource_arn else [],
            }
            for notice in notices
        ]
        with platform_errors("events", "PutEvents"):
            answer = self.client("events").put_events(Entries=entries)
        if answer["FailedEntryCount"]:
            entry = next(one for one in answer["Entries"] if "ErrorCode" in one)
            raise DeliveryFailed(self.event_bus, f"{entry.get('ErrorCode')}: {entry.get('ErrorMessage')}")
