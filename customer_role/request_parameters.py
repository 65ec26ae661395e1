"""Parameters of the fixes' writing calls that IAM can see, and what a role lets them be.

An action may let a caller do more than any fix does with it: ``ec2:ModifySnapshotAttribute`` stops sharing a snapshot
with everybody, and also shares it with one account. Where IAM has a condition key for a parameter, the role denies
what no fix sends. Where it has none (the master password of ``rds:ModifyDBInstance``), it cannot, and
``docs/customer-roles.md`` says so.

Which keys an action has: the Service Authorization Reference. Each is either described by one of ``NOT_PARAMETERS`` or
``NOT_PARAMETERS_OF``, or has an entry in ``RULES``; a test holds them against the reference.
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

NOT_PARAMETERS = (
    r"aws:ResourceTag/.+",
    # How the request is signed and sent, and whose the resource is.
    r"s3:(authType|ResourceAccount|signatureAge|signatureversion|TlsVersion|x-amz-content-sha256)",
    r"kms:(CallerAccount|ViaService)",
    r"lambda:FunctionArn",
    # What the resource is like before the call.
    r"s3:BucketTag/.+",
    r"iam:(ResourceTag/.+|PermissionsBoundary)",
    r"elasticloadbalancing:ResourceTag/.+",
    r"kms:(KeyOrigin|KeySpec|KeyUsage|MultiRegion|MultiRegionKeyType|ResourceAliases)",
    r"ec2:(ResourceTag/.+|Region|IsLaunchTemplateResource|LaunchTemplate|Vpc|SecurityGroupID|AvailabilityZone|Owner)",
    r"ec2:(AvailabilityZoneId|CpuOptionsAmdSevSnp|EbsOptimized|PlacementGroup|RootDeviceType|Tenancy)",
    r"ec2:(Instance(AutoRecovery|BandwidthWeighting|ID|MarketType|MetadataTags|Profile|Type)|ManagedResourceOperator)",
    # Of ec2:RunInstances they are parameters; ec2:ModifyInstanceMetadataOptions has ec2:Attribute for its own.
    # https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-metadata.html
    r"ec2:MetadataHttp(Endpoint|PutResponseHopLimit|Tokens)",
    r"ec2:(InternetGatewayID|NetworkAclID|NetworkInterfaceID|SubnetID|Subnet|VpcID|Image(ID|Type)|Public)",
    r"ec2:(Ipv[46]IpamPoolId|IpamPrefixListResolverTargetId)",
    r"ec2:(Encrypted|Location|(Source)?OutpostArn|Parent(Snapshot|Volume)|ProductCode|Snapshot[A-Za-z]+|VolumeSize)",
    r"ec2:SourceAvailabilityZone",
    r"secretsmanager:(ResourceTag/.+|resource/.+|SecretId|SecretPrimaryRegion)",
    r"ssm:(DocumentCategories|DocumentType|resourceTag/.+)",
    r"apigateway:Resource/.+",
    r"ecr:ResourceTag/.+",
    r"rds:([a-z-]+-tag/.+|DatabaseClass|DatabaseEngine|DatabaseName|MultiAz|Piops|StorageEncrypted|StorageSize|Vpc)",
)
"""Keys, as regular expressions, that are about the resource or the caller and not about a parameter."""

_NO_ATTRIBUTE = r"ec2:Attribute(/.+)?"
"""The reference lists it with most actions on a resource type; these have no parameter for an attribute."""

NOT_PARAMETERS_OF: Mapping[str, str] = {
    # That of the launch configuration, which has a key of its own.
    "autoscaling:UpdateAutoScalingGroup": "autoscaling:(ImageId|ResourceTag/.+)",
    # Of the resources that it changes, the fixes name stages alone, which have none of these.
    "apigateway:PATCH": (
        "apigateway:Request/(ApiKeyRequired|ApiName|AuthorizerType|AuthorizerUri|DisableExecuteApiEndpoint|EndpointType"
        "|RouteAuthorizationType)"
    ),
    "ec2:AssociateIamInstanceProfile": _NO_ATTRIBUTE,
    "ec2:AttachInternetGateway": _NO_ATTRIBUTE,
    # It takes resources and their tags. All others are what a resource of some type is like.
    "ec2:CreateTags": r"ec2:(?!CreateAction$).+",
    # Of the interfaces, subnets and gateways that the action is for besides, each is what the resource is like.
    "ec2:CreateFlowLogs": rf"{_NO_ATTRIBUTE}|ec2:(AssociatePublicIpAddress|AuthorizedService|AuthorizedUser|Permission)"
    r"|ec2:transitGateway(Attachment)?Id",
    "ec2:DetachInternetGateway": _NO_ATTRIBUTE,
    "ec2:DisassociateIamInstanceProfile": rf"{_NO_ATTRIBUTE}|ec2:NewInstanceProfile",
    "ec2:ModifyInstanceMetadataOptions": "ec2:NewInstanceProfile",
    # What ec2:AssociatePublicIpAddress is for an interface that exists, AWS does not say. Denying by it could keep an
    # instance with a public address from being isolated.
    "ec2:ModifyNetworkInterfaceAttribute": (
        "ec2:(AssociatePublicIpAddress|AuthorizedService|AuthorizedUser|NewInstanceProfile|Permission)"
    ),
    "ec2:ModifySecurityGroupRules": _NO_ATTRIBUTE,
    "ec2:MonitorInstances": rf"{_NO_ATTRIBUTE}|ec2:NewInstanceProfile",
    # That of the gateway, and of the route tables that a call may name.
    "ec2:ModifyTransitGateway": "ec2:transitGateway(RouteTable)?Id",
    "ec2:UnmonitorInstances": rf"{_NO_ATTRIBUTE}|ec2:NewInstanceProfile",
    "ec2:StartInstances": rf"{_NO_ATTRIBUTE}|ec2:NewInstanceProfile",
    "ec2:StopInstances": rf"{_NO_ATTRIBUTE}|ec2:NewInstanceProfile",
    # What a request leaves out has a default there, so that denying these could deny the fixes.
    # https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/IAM.ConditionKeys.html
    "elasticache:ModifyReplicationGroup": (
        "elasticache:(AtRestEncryptionEnabled|AuthTokenEnabled|CacheNodeType|CacheParameterGroupName|ClusterModeEnabled|"
        "EngineType|EngineVersion|KmsKeyId|MultiAZEnabled|NumNodeGroups|ReplicasPerNodeGroup|TransitEncryptionEnabled)"
    ),
    # It takes a statement's Sid.
    "lambda:RemovePermission": "lambda:(FunctionUrlAuthType|Principal)",
}
"""By action: keys, as one regular expression, that are a parameter of other actions, and none of this one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Only:
    """A fix sends this parameter, with one of these values or without it; it sends every value if ``values`` is empty.

    ``operator`` is IAM's for "is none of these". ``always`` where no call of a fix is without it.
    """

    key: str
    values: tuple[str, ...] = ()
    operator: str = "StringNotEquals"
    always: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Never:
    """No fix sends this parameter. ``operator`` and ``value`` are how IAM says that it was sent."""

    key: str
    operator: str = "StringLike"
    value: str = "?*"


Rule = Only | Never

_NO_TAGS = (
    Never(key="aws:TagKeys", operator="ForAnyValue:StringLike"),
    Never(key="aws:RequestTag/${TagKey}"),
)
"""One of the two is enough: no tag has a value without a key."""

_OLD_TAGS = (Only(key="aws:TagKeys"), Only(key="aws:RequestTag/${TagKey}"))
"""A rule that is made again has the tags that it had."""

_ANY_ATTRIBUTE = (Only(key="ec2:Attribute"), Only(key="ec2:Attribute/${AttributeName}"))
"""How AWS spells the attributes of these calls is written nowhere, so that none is denied."""

_NO_ACCESS_OR_COMPUTE = tuple(
    Never(key=f"eks:{name}", operator="Null", value="false")
    for name in (
        "authenticationMode",
        "supportType",
        "computeConfigEnabled",
        "elasticLoadBalancingEnabled",
        "blockStorageEnabled",
    )
)
"""Who may sign in to a cluster, how long its version is supported, and EKS Auto Mode."""

_NO_PASSWORD = Never(key="rds:ManageMasterUserPassword", operator="Bool", value="true")


def _policies_of_aws(*names: str) -> tuple[Rule, ...]:
    """The managed policies that may be attached or detached: no other, and none of the account's own."""
    arns = tuple(f"arn:*:iam::aws:policy/{name}" for name in names)
    return (Only(key="iam:PolicyARN", values=arns, operator="ArnNotLike", always=True),)


RULES: Mapping[str, tuple[Rule, ...]] = {
    "autoscaling:UpdateAutoScalingGroup": (
        Never(key="autoscaling:CapacityReservationIds", operator="ForAnyValue:StringLike"),
        Never(key="autoscaling:CapacityReservationResourceGroupArns", operator="ForAnyValue:StringLike"),
        Never(key="autoscaling:InstanceTypes", operator="ForAnyValue:StringLike"),
        Never(key="autoscaling:LaunchConfigurationName"),
        Never(key="autoscaling:LaunchTemplateVersionSpecified", operator="Bool", value="true"),
        Never(key="autoscaling:MaxSize", operator="NumericGreaterThanEquals", value="0"),
        Never(key="autoscaling:MinSize", operator="NumericGreaterThanEquals", value="0"),
        Never(key="autoscaling:VPCZoneIdentifiers", operator="ForAnyValue:StringLike"),
    ),
    "cloudtrail:CreateTrail": _NO_TAGS,
    "ec2:AssociateIamInstanceProfile": (*_NO_TAGS, Only(key="ec2:NewInstanceProfile")),
    "ec2:AttachInternetGateway": _NO_TAGS,
    "ec2:AuthorizeSecurityGroupEgress": _OLD_TAGS,
    "ec2:AuthorizeSecurityGroupIngress": _OLD_TAGS,
    "ec2:CreateFlowLogs": _NO_TAGS,
    "ec2:CreateNetworkAclEntry": _NO_TAGS,
    # Only what is made may be tagged, and only as it is made.
    # https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/supported-iam-actions-tagging.html
    "ec2:CreateTags": (
        *_OLD_TAGS,
        Only(
            key="ec2:CreateAction",
            values=("AuthorizeSecurityGroupEgress", "AuthorizeSecurityGroupIngress"),
            always=True,
        ),
    ),
    "ec2:DeleteFlowLogs": _NO_TAGS,
    "ec2:DeleteNetworkAclEntry": _NO_TAGS,
    "ec2:DetachInternetGateway": _NO_TAGS,
    "ec2:DisassociateIamInstanceProfile": _NO_TAGS,
    "ec2:MonitorInstances": _NO_TAGS,
    "ec2:UnmonitorInstances": _NO_TAGS,
    "ec2:ModifyImageAttribute": (*_NO_TAGS, *_ANY_ATTRIBUTE),
    "ec2:ModifyInstanceMetadataDefaults": (Only(key="ec2:Attribute/${AttributeName}"),),
    "ec2:ModifyInstanceMetadataOptions": (*_NO_TAGS, *_ANY_ATTRIBUTE),
    "ec2:ModifyNetworkInterfaceAttribute": (*_NO_TAGS, *_ANY_ATTRIBUTE),
    "ec2:ModifySecurityGroupRules": _NO_TAGS,
    "ec2:ModifySubnetAttribute": (*_NO_TAGS, *_ANY_ATTRIBUTE),
    "ec2:ModifyTransitGateway": (*_NO_TAGS, *_ANY_ATTRIBUTE),
    "ec2:RevokeSecurityGroupEgress": _NO_TAGS,
    "ec2:RevokeSecurityGroupIngress": _NO_TAGS,
    "ec2:StartInstances": _NO_TAGS,
    "ec2:StopInstances": _NO_TAGS,
    "ec2:ModifySnapshotAttribute": (
        *_NO_TAGS,
        # createVolumePermission is the only attribute that can be modified.
        # https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifySnapshotAttribute.html
        Only(key="ec2:Attribute"),
        Only(key="ec2:Attribute/${AttributeName}"),
        # To stop sharing with everybody, and to undo that.
        Only(key="ec2:Add/group", values=("all",)),
        Only(key="ec2:Remove/group", values=("all",)),
        Never(key="ec2:Add/userId"),
        Never(key="ec2:Remove/userId"),
    ),
    # Left out, a year it is. https://docs.aws.amazon.com/kms/latest/APIReference/API_EnableKeyRotation.html
    "kms:EnableKeyRotation": (
        Only(key="kms:RotationPeriodInDays", values=("365",), operator="NumericNotEquals"),
    ),
    "elasticache:ModifyReplicationGroup": (
        *_NO_TAGS,
        Only(key="elasticache:AutomaticFailoverEnabled"),
        Only(key="elasticache:SnapshotRetentionLimit"),
    ),
    "elasticloadbalancing:ModifyListener": (
        Never(key="elasticloadbalancing:ListenerProtocol", operator="ForAnyValue:StringLike"),
        Never(key="elasticloadbalancing:SecurityPolicy", operator="ForAnyValue:StringLike"),
    ),
    "access-analyzer:CreateAnalyzer": _NO_TAGS,
    "access-analyzer:DeleteAnalyzer": _NO_TAGS,
    "apigateway:PATCH": (
        *_NO_TAGS,
        Never(key="apigateway:Request/AccessLoggingDestination"),
        Never(key="apigateway:Request/AccessLoggingFormat"),
    ),
    "cloudwatch:PutMetricAlarm": (*_NO_TAGS, Only(key="cloudwatch:AlarmActions")),
    "eks:UpdateClusterConfig": (*_NO_ACCESS_OR_COMPUTE, Only(key="eks:loggingType/${type}")),
    "guardduty:CreateDetector": _NO_TAGS,
    "iam:AttachRolePolicy": _policies_of_aws("AWSDenyAll"),
    "iam:AttachUserPolicy": _policies_of_aws("AWSDenyAll"),
    "iam:DetachGroupPolicy": _policies_of_aws("AdministratorAccess"),
    "iam:DetachRolePolicy": _policies_of_aws("AWSDenyAll", "AdministratorAccess"),
    # Whatever a user has through its groups too.
    "iam:DetachUserPolicy": (Only(key="iam:PolicyARN"),),
    "iam:CreateServiceLinkedRole": (
        Only(
            key="iam:AWSServiceName",
            values=("access-analyzer.amazonaws.com", "guardduty.amazonaws.com", "securityhub.amazonaws.com"),
            always=True,
        ),
    ),
    # The role for the logs of a trail or a VPC, for copies of a bucket, the one in an instance profile, and the one for
    # Enhanced Monitoring: any role, but to no other service.
    "iam:PassRole": (
        Only(
            key="iam:PassedToService",
            values=(
                "cloudtrail.amazonaws.com",
                "ec2.amazonaws.com",
                "ec2.amazonaws.com.cn",
                "monitoring.rds.amazonaws.com",
                "s3.amazonaws.com",
                "vpc-flow-logs.amazonaws.com",
            ),
            always=True,
        ),
        Only(key="iam:AssociatedResourceArn"),
    ),
    # To put back what let in everybody. Of the action that is allowed, IAM sees nothing.
    "lambda:AddPermission": (
        Only(key="lambda:Principal", values=("*",), always=True),
        Only(key="lambda:FunctionUrlAuthType"),
    ),
    # Whether a function's own subnets and groups count where a request names none, AWS does not say.
    # https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
    "lambda:UpdateFunctionConfiguration": (
        Never(key="lambda:Layer", operator="ForAnyValue:StringLike"),
        Only(key="lambda:VpcIds"),
        Only(key="lambda:SubnetIds"),
        Only(key="lambda:SecurityGroupIds"),
    ),
    "lambda:UpdateFunctionUrlConfig": (Only(key="lambda:FunctionUrlAuthType"),),
    # The bucket is the customer's choice, and what is logged is a part of the request that IAM does not see.
    "wafv2:PutLoggingConfiguration": (Only(key="wafv2:LogDestinationResource"), Never(key="wafv2:LogScope")),
    "wafv2:DeleteLoggingConfiguration": (Never(key="wafv2:LogScope"),),
    "rds:ModifyDBCluster": (_NO_PASSWORD,),
    "rds:ModifyDBInstance": (_NO_PASSWORD,),
    # The fixes send the list in the request's body, of which IAM sees nothing.
    "s3:PutBucketAcl": (
        Never(key="s3:x-amz-acl"),
        Never(key="s3:x-amz-grant-full-control"),
        Never(key="s3:x-amz-grant-read"),
        Never(key="s3:x-amz-grant-read-acp"),
        Never(key="s3:x-amz-grant-write"),
        Never(key="s3:x-amz-grant-write-acp"),
    ),
    "s3:PutReplicationConfiguration": (Never(key="s3:isReplicationPauseRequest", operator="Bool", value="true"),),
    "secretsmanager:DeleteSecret": (
        *_NO_TAGS,
        Never(key="secretsmanager:ForceDeleteWithoutRecovery", operator="Bool", value="true"),
        Only(key="secretsmanager:RecoveryWindowInDays", values=("30",), operator="NumericNotEquals"),
    ),
    "secretsmanager:RestoreSecret": _NO_TAGS,
    "securityhub:EnableSecurityHub": _NO_TAGS,
}  # fmt: skip
"""By action. A key with ``${`` in it stands for many, which no statement can name."""


def denials(actions: Iterable[str]) -> tuple[Mapping[str, Any], ...]:
    """The statements that deny what no fix sends with these actions. Those with the same condition are one."""
    conditions: dict[Rule, list[str]] = {}
    for action in sorted(actions):
        for rule in RULES.get(action, ()):
            if "${" not in rule.key and not (isinstance(rule, Only) and not rule.values):
                conditions.setdefault(rule, []).append(action)
    return tuple(
        {
            "Sid": f"ParameterThatNoFixSends{number}",
            "Effect": "Deny",
            "Action": names,
            "Resource": "*",
            "Condition": _condition(rule),
        }
        for number, (rule, names) in enumerate(conditions.items(), start=1)
    )


def _condition(rule: Rule) -> dict[str, Any]:
    """A parameter that is left out denies nothing, unless it always has to be there: a negated operator alone matches
    one that is missing, too.
    """
    match rule:
        case Never():
            return {rule.operator: {rule.key: rule.value}}
        case Only():
            unlike = {rule.operator: {rule.key: list(rule.values)}}
            return unlike if rule.always else {"Null": {rule.key: "false"}, **unlike}
