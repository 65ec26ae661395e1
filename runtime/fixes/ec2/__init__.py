"""Amazon EC2."""

from __future__ import annotations

from runtime.fixes.calls import Read
from runtime.fixes.kinds.declared import Guard, none_of
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
    # AWS omits the account in a snapshot's ARN; others fill it in.
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
    arn="arn:${partition}:ec2:${region}::snapshot/${name}",
    account_optional=True,
    id=f"snap-{_ID}",
    longest="snap-" + "0" * 17,
    gone=("InvalidSnapshot.NotFound",),
    describe=_SNAPSHOT,
    tags=Read(call=_SNAPSHOT.call, by=_SNAPSHOT.by, on="*", at="Snapshots[0].Tags || `[]`"),
)

INSTANCE_READ = Read(
    call="ec2:DescribeInstances", by={"InstanceIds": ["${name}"]}, on="*", at="Reservations[0].Instances[0]"
)

INSTANCE = ResourceType(
    name="AWS::EC2::Instance",
    noun="instance",
    arn="arn:${partition}:ec2:${region}:${account_id}:instance/${name}",
    id=f"i-{_ID}",
    longest="i-" + "0" * 17,
    gone=("InvalidInstanceID.NotFound",),
    describe=INSTANCE_READ,
    status="State.Name",
    passing=frozenset({"pending", "stopping", "shutting-down"}),
    tags=Read(call=INSTANCE_READ.call, by=INSTANCE_READ.by, on="*", at=f"{INSTANCE_READ.at}.Tags || `[]`"),
)

VPC_READ = Read(call="ec2:DescribeVpcs", by={"VpcIds": ["${name}"]}, on="*", at="Vpcs[0]")

VPC = ResourceType(
    name="AWS::EC2::VPC",
    noun="VPC",
    arn="arn:${partition}:ec2:${region}:${account_id}:vpc/${name}",
    id=f"vpc-{_ID}",
    longest="vpc-" + "0" * 17,
    gone=("InvalidVpcID.NotFound",),
    describe=VPC_READ,
    tags=Read(call=VPC_READ.call, by=VPC_READ.by, on="*", at="Vpcs[0].Tags || `[]`"),
)

SUBNET_READ = Read(call="ec2:DescribeSubnets", by={"SubnetIds": ["${name}"]}, on="*", at="Subnets[0]")

SUBNET = ResourceType(
    name="AWS::EC2::Subnet",
    noun="subnet",
    arn="arn:${partition}:ec2:${region}:${account_id}:subnet/${name}",
    id=f"subnet-{_ID}",
    longest="subnet-" + "0" * 17,
    gone=("InvalidSubnetID.NotFound",),
    describe=SUBNET_READ,
    tags=Read(call=SUBNET_READ.call, by=SUBNET_READ.by, on="*", at="Subnets[0].Tags || `[]`"),
)

NETWORK_ACL_READ = Read(call="ec2:DescribeNetworkAcls", by={"NetworkAclIds": ["${name}"]}, on="*", at="NetworkAcls[0]")

NETWORK_ACL = ResourceType(
    name="AWS::EC2::NetworkAcl",
    noun="network ACL",
    arn="arn:${partition}:ec2:${region}:${account_id}:network-acl/${name}",
    id=f"acl-{_ID}",
    longest="acl-" + "0" * 17,
    gone=("InvalidNetworkAclID.NotFound",),
    describe=NETWORK_ACL_READ,
    tags=Read(call=NETWORK_ACL_READ.call, by=NETWORK_ACL_READ.by, on="*", at="NetworkAcls[0].Tags || `[]`"),
)

TRANSIT_GATEWAY_READ = Read(
    call="ec2:DescribeTransitGateways", by={"TransitGatewayIds": ["${name}"]}, on="*", at="TransitGateways[0]"
)

TRANSIT_GATEWAY = ResourceType(
    name="AWS::EC2::TransitGateway",
    noun="transit gateway",
    arn="arn:${partition}:ec2:${region}:${account_id}:transit-gateway/${name}",
    id=f"tgw-{_ID}",
    longest="tgw-" + "0" * 17,
    gone=("InvalidTransitGatewayID.NotFound",),
    describe=TRANSIT_GATEWAY_READ,
    status="State",
    passing=frozenset({"pending", "modifying"}),
    tags=Read(call=TRANSIT_GATEWAY_READ.call, by=TRANSIT_GATEWAY_READ.by, on="*", at="TransitGateways[0].Tags || `[]`"),
)

INTERNET_GATEWAY_READ = Read(
    call="ec2:DescribeInternetGateways",
    by={"InternetGatewayIds": ["${name}"]},
    on="*",
    at="InternetGateways[0]",
)

INTERNET_GATEWAY = ResourceType(
    name="AWS::EC2::InternetGateway",
    noun="internet gateway",
    arn="arn:${partition}:ec2:${region}:${account_id}:internet-gateway/${name}",
    id=f"igw-{_ID}",
    longest="igw-" + "0" * 17,
    gone=("InvalidInternetGatewayID.NotFound",),
    describe=INTERNET_GATEWAY_READ,
    tags=Read(
        call=INTERNET_GATEWAY_READ.call, by=INTERNET_GATEWAY_READ.by, on="*", at="InternetGateways[0].Tags || `[]`"
    ),
)

IMAGE_READ = Read(
    call="ec2:DescribeImages",
    by={"ImageIds": ["${name}"], "Owners": ["self"], "IncludeDeprecated": True, "IncludeDisabled": True},
    on="*",
    at="Images[0]",
)

IMAGE = ResourceType(
    # CloudFormation has no type for it; Wiz and AWS Config call it an AMI.
    name="AWS::EC2::Image",
    noun="AMI",
    # As a snapshot's: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
    arn="arn:${partition}:ec2:${region}::image/${name}",
    account_optional=True,
    id=f"ami-{_ID}",
    longest="ami-" + "0" * 17,
    gone=("InvalidAMIID.NotFound", "InvalidAMIID.Unavailable"),
    describe=IMAGE_READ,
    tags=Read(call=IMAGE_READ.call, by=IMAGE_READ.by, on="*", at="Images[0].Tags || `[]`"),
)

INTERFACES_COUNTED = 1000
"""The largest page of DescribeNetworkInterfaces. Only the first is read: if there are more, this number replaces the
unknown one, whatever is on the first page."""


def counted(what: str) -> str:
    """The path to the number of network interfaces in an answer."""
    return f"NextToken && `{INTERFACES_COUNTED}` || length({what})"


OWN = Guard(
    holds=lambda look: bool(look["OwnerId"] == look.resource.account_id),
    because="${subject} belongs to the account ${OwnerId}, and can be fixed only there.",
    first=True,
    elsewhere=True,
)
"""For resources that are shared with other accounts (subnets, groups, images): only the owner can change them."""

NOT_MANAGED = Guard(
    holds=lambda look: look["managed_by"] == "",
    because="${subject} is managed by ${managed_by}, which alone can change it.",
)
"""For resources of EKS Auto Mode, ECS Managed Instances and the like: ``managed_by`` is empty for others."""

REPLACED_BY = (
    "Tags[?Key == 'aws:ec2:fleet-id' || Key == 'aws:elasticmapreduce:job-flow-id' || Key == 'eks:cluster-name' "
    "|| Key == 'aws:eks:cluster-name' || starts_with(Key, 'kubernetes.io/cluster/')].Key | [0] || ''"
)

NOT_REPLACED = Guard(
    holds=lambda look: look["replaced_by"] == "",
    because="${subject} belongs to a fleet or a cluster (its tag ${replaced_by}), which can replace and terminate it.",
)
"""For changes after which a fleet or cluster would replace the instance: ``replaced_by`` is the tag by which an EC2
Fleet, Amazon EMR and Kubernetes mark their instances, and empty for others."""

MANAGED_BY = "Operator.Managed && (Operator.Principal || 'AWS') || ''"

NOT_TERMINATED = Guard(holds=none_of("status", "terminated"), because="${subject} is terminated.", first=True)

TYPES = (
    SECURITY_GROUP,
    SNAPSHOT,
    INSTANCE,
    VPC,
    SUBNET,
    NETWORK_ACL,
    INTERNET_GATEWAY,
    TRANSIT_GATEWAY,
    IMAGE,
)
