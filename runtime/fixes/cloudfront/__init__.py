"""Amazon CloudFront: distributions. It is global, and answers in one region of the partition."""

from __future__ import annotations

from runtime.fixes.calls import Read
from runtime.fixes.resource_type import ResourceType

DISTRIBUTION = ResourceType(
    name="AWS::CloudFront::Distribution",
    noun="distribution",
    arn="arn:${partition}:cloudfront::${account_id}:distribution/${name}",
    # Ids are generated, and never reused.
    id="[A-Z0-9]{12,14}",
    longest="E" * 14,
    called="id",
    gone=("NoSuchDistribution",),
    describe=Read(call="cloudfront:GetDistribution", by={"Id": "${name}"}, at="Distribution"),
    tags=Read(call="cloudfront:ListTagsForResource", by={"Resource": "${arn}"}, at="Tags.Items"),
)

TYPES = (DISTRIBUTION,)
