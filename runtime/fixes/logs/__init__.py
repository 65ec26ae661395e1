"""Amazon CloudWatch Logs."""

from __future__ import annotations

from runtime.fixes.calls import Read
from runtime.fixes.resource_type import ResourceType

LOG_GROUP = ResourceType(
    name="AWS::Logs::LogGroup",
    noun="log group",
    arn="arn:${partition}:logs:${region}:${account_id}:log-group:${name}",
    id="[A-Za-z0-9_/.#-]{1,512}",
    longest="g" * 512,
    # Some sources write the ARN with the suffix for all of its streams.
    canonical=lambda resource: resource.removesuffix(":*"),
    gone=("ResourceNotFoundException",),
    tags=Read(call="logs:ListTagsForResource", by={"resourceArn": "${arn}"}, at="tags"),
)

TYPES = (LOG_GROUP,)
