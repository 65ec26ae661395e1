"""When a message that could not be handled comes back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from botocore.client import BaseClient

from runtime.aws.errors import platform_errors

LONGEST_WAIT_SECONDS = 900


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrySchedule:
    """Makes a message wait longer each time it fails, instead of the queue's whole visibility timeout every time.

    ``base_seconds`` is the first wait; it doubles up to 15 minutes.
    """

    client: Callable[[str], BaseClient]
    base_seconds: int

    def postpone(self, *, queue_url: str, receipt_handle: str, receive_count: int) -> None:
        """Set when the message is delivered again.

        Raises ``PlatformCallFailed``; the message then waits for the queue's visibility timeout.
        """
        with platform_errors("sqs", "ChangeMessageVisibility"):
            self.client("sqs").change_message_visibility(
                QueueUrl=queue_url,
                ReceiptHandle=receipt_handle,
                VisibilityTimeout=min(self.base_seconds * 2 ** (receive_count - 1), LONGEST_WAIT_SECONDS),
            )
