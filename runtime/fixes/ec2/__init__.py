"""Amazon EC2."""

from __future__ import annotations

from runtime.fixes.calls import Read
from runtime.fixes.resource_type import ResourceType

_ID = "(?:[0-9a-f]{8}|[0-9a-f]{17})"
"""EC2's ids have 8 or 17 digits, and are never used again: they are the identity.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/resource-ids.html
"""

_GROUP = Read(call="ec2:DescribeSecurityGroups", by={"GroupIds": ["${name}"]}, on="*", at="SecurityGroups[0]")

SECURITY_GROUP = ResourceType(
    name="AWS::EC2::SecurityGroup",
    noun="security group",
    arn="arn:${partition}:ec2:${region}:${account_id}:security-group/${name}",
    id=f"sg-{_ID}",
    longest="sg-" + "0" * 17,
    gone=("InvalidGroup.NotFound",),
    describe=_GROUP,
    tags=Read(call=_GROUP.call, by=_GROUP.by, on="*", at="SecurityGroups[0].Tags || `[]`"),
)

_SNAPSHOT = Read(
    call="ec2:DescribeSnapshots",
    by={"SnapshotIds": ["${name}"], "OwnerIds": ["self"]},
    on="*",
    at="Snapshots[0]",
)

SNAPSHOT = ResourceType(
    name="AWS::EC2::Snapshot",
    noun="snapshot",
    # AWS leaves the account out of a snapshot's ARN; others fill it in.
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
    arn="arn:${partition}:ec2:${region}::snapshot/${name}",
    account_optional=True,
    id=f"snap-{_ID}",
    longest="snap-" + "0" * 17,
    gone=("InvalidSnapshot.NotFound",),
    describe=_SNAPSHOT,
    tags=Read(call=_SNAPSHOT.call, by=_SNAPSHOT.by, on="*", at="Snapshots[0].Tags || `[]`"),
)

TYPES = (SECURITY_GROUP, SNAPSHOT)
