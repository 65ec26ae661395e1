"""Amazon SQS."""

from __future__ import annotations

from runtime.fixes.calls import Read
from runtime.fixes.resource_type import ResourceType


def read_attributes(*names: str, **others: str) -> Read:
    """The attributes of a queue, all strings, by their own names or others. Those that are not set are omitted."""
    kept = dict(zip(names, names, strict=True)) | others
    return Read(
        call="sqs:GetQueueAttributes",
        # The ARN is always present.
        by={"QueueUrl": "${QueueUrl}", "AttributeNames": ["QueueArn", *kept.values()]},
        at="Attributes",
        # The local AWS returns an empty string for an attribute that was removed.
        keep={name: f"{attribute} || `null`" for name, attribute in kept.items()},
        or_none=tuple(kept),
    )


QUEUE = ResourceType(
    name="AWS::SQS::Queue",
    noun="queue",
    arn="arn:${partition}:sqs:${region}:${account_id}:${name}",
    id=r"[A-Za-z0-9_-]{1,80}|[A-Za-z0-9_-]{1,75}\.fifo",
    longest="q" * 80,
    gone=("AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist"),
    handle=Read(call="sqs:GetQueueUrl", by={"QueueName": "${name}"}, keep=("QueueUrl",)),
    describe=Read(
        call="sqs:GetQueueAttributes",
        by={"QueueUrl": "${QueueUrl}", "AttributeNames": ["CreatedTimestamp"]},
        at="Attributes",
    ),
    identity="CreatedTimestamp",
    tags=Read(call="sqs:ListQueueTags", by={"QueueUrl": "${QueueUrl}"}, at="Tags || `{}`"),
)

TYPES = (QUEUE,)
