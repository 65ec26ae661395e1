"""Amazon Kinesis Data Streams."""

from __future__ import annotations

from runtime.fixes.calls import Read
from runtime.fixes.resource_type import ResourceType

STREAM = ResourceType(
    name="AWS::Kinesis::Stream",
    noun="stream",
    arn="arn:${partition}:kinesis:${region}:${account_id}:stream/${name}",
    id="[a-zA-Z0-9_.-]{1,128}",
    longest="s" * 128,
    gone=("ResourceNotFoundException",),
    describe=Read(call="kinesis:DescribeStreamSummary", by={"StreamARN": "${arn}"}, at="StreamDescriptionSummary"),
    identity="StreamCreationTimestamp",
    status="StreamStatus",
    passing=frozenset({"CREATING", "DELETING", "UPDATING"}),
    # A stream has at most 50 tags, which fit on one page.
    # https://docs.aws.amazon.com/kinesis/latest/APIReference/API_ListTagsForStream.html
    tags=Read(call="kinesis:ListTagsForStream", by={"StreamName": "${name}", "Limit": 50}, at="Tags"),
)

TYPES = (STREAM,)
