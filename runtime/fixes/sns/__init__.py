"""Amazon SNS."""

from __future__ import annotations

from runtime.fixes.calls import Read, Value, Write
from runtime.fixes.resource_type import ResourceType

TOPIC = ResourceType(
    name="AWS::SNS::Topic",
    noun="topic",
    arn="arn:${partition}:sns:${region}:${account_id}:${name}",
    id=r"[A-Za-z0-9_-]{1,256}|[A-Za-z0-9_-]{1,251}\.fifo",
    longest="t" * 256,
    gone=("NotFound", "NotFoundException", "ResourceNotFound", "ResourceNotFoundException"),
    # SNS returns no identity of a topic, not even a creation time.
    tags=Read(call="sns:ListTagsForResource", by={"ResourceArn": "${arn}"}, at="Tags"),
)


def read_attributes(*, policies: tuple[str, ...] = (), **kept: str) -> Read:
    """Attributes of a topic, all strings. Those that are not set are omitted."""
    return Read(
        call="sns:GetTopicAttributes",
        by={"TopicArn": "${arn}"},
        at="Attributes",
        # The local AWS returns an empty string for an attribute that was removed.
        keep={name: f"{attribute} || `null`" for name, attribute in kept.items()},
        or_none=tuple(kept),
        policies=policies,
    )


def set_attribute(name: str, value: Value | str) -> Write:
    return Write(
        call="sns:SetTopicAttributes", by={"TopicArn": "${arn}", "AttributeName": name, "AttributeValue": value}
    )


TYPES = (TOPIC,)
