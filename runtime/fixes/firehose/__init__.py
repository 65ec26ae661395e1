"""Amazon Data Firehose."""

from __future__ import annotations

from runtime.fixes.calls import Read
from runtime.fixes.resource_type import ResourceType

DELIVERY_STREAM = ResourceType(
    name="AWS::KinesisFirehose::DeliveryStream",
    noun="delivery stream",
    arn="arn:${partition}:firehose:${region}:${account_id}:deliverystream/${name}",
    id="[a-zA-Z0-9_.-]{1,64}",
    longest="s" * 64,
    gone=("ResourceNotFoundException",),
    describe=Read(
        call="firehose:DescribeDeliveryStream",
        by={"DeliveryStreamName": "${name}"},
        at="DeliveryStreamDescription",
    ),
    identity="CreateTimestamp",
    status="DeliveryStreamStatus",
    passing=frozenset({"CREATING", "DELETING"}),
    # A stream has at most 50 tags, which fit on one page.
    # https://docs.aws.amazon.com/firehose/latest/APIReference/API_ListTagsForDeliveryStream.html
    tags=Read(call="firehose:ListTagsForDeliveryStream", by={"DeliveryStreamName": "${name}", "Limit": 50}, at="Tags"),
)

TYPES = (DELIVERY_STREAM,)
