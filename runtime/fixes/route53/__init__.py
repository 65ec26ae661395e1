"""Amazon Route 53: hosted zones. It is global, with its endpoint in one region of the partition."""

from __future__ import annotations

from runtime.fixes.calls import Read
from runtime.fixes.resource_type import ResourceType

ZONE_READ = Read(call="route53:GetHostedZone", by={"Id": "${name}"}, at="HostedZone")

HOSTED_ZONE = ResourceType(
    name="AWS::Route53::HostedZone",
    noun="hosted zone",
    # It names no account. Only principals of the zone's account can read or change it.
    arn="arn:${partition}:route53:::hostedzone/${name}",
    # The id of a zone is random, and is never reused.
    id="[A-Z0-9]{1,32}",
    longest="Z" * 32,
    called="id",
    gone=("NoSuchHostedZone",),
    describe=ZONE_READ,
    tags=Read(
        call="route53:ListTagsForResource",
        by={"ResourceType": "hostedzone", "ResourceId": "${name}"},
        at="ResourceTagSet.Tags",
    ),
)

TYPES = (HOSTED_ZONE,)
