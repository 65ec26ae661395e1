"""What a queue delivers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message from a queue. ``id`` is the queue's, the same for every delivery.

    ``sender_id`` is who sent it, by SQS's word: a principal's user id.
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ReceiveMessage.html
    """

    id: str
    body: str
    sender_id: str = ""
