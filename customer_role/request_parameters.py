"""Parameters of the fixes' writing calls that IAM can see, and what a role lets them be.

An action may let a caller do more than any fix does with it: ``ec2:ModifySnapshotAttribute`` stops sharing a snapshot
with everybody, and also shares it with one account. Where IAM has a condition key for a parameter, the role denies
what no fix sends. Where it has none (the master password of ``rds:ModifyDBInstance``), it cannot, and
``docs/customer-roles.md`` says so.

Which keys an action has: the Service Authorization Reference. Each is either described by one of ``NOT_PARAMETERS``, or
has an entry in ``RULES``; a test holds both against the reference.
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
    # What the resource is like before the call.
    r"s3:BucketTag/.+",
    r"iam:ResourceTag/.+",
    r"kms:(KeyOrigin|KeySpec|KeyUsage|MultiRegion|MultiRegionKeyType|ResourceAliases)",
    r"ec2:(ResourceTag/.+|Region|IsLaunchTemplateResource|LaunchTemplate|Vpc|SecurityGroupID|AvailabilityZone|Owner)",
    r"ec2:(Encrypted|Location|(Source)?OutpostArn|Parent(Snapshot|Volume)|ProductCode|Snapshot[A-Za-z]+|VolumeSize)",
    r"ec2:SourceAvailabilityZone",
    r"rds:([a-z-]+-tag/.+|DatabaseClass|DatabaseEngine|DatabaseName|MultiAz|Piops|StorageEncrypted|StorageSize|Vpc)",
)
"""Keys, as regular expressions, that are about the resource or the caller and not about a parameter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Only:
    """A fix sends this parameter, with one of these values or without it; it sends every value if ``values`` is empty.

    ``operator`` is IAM's for "is none of these".
    """

    key: str
    values: tuple[str, ...] = ()
    operator: str = "StringNotEquals"


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

RULES: Mapping[str, tuple[Rule, ...]] = {
    "ec2:AuthorizeSecurityGroupIngress": _NO_TAGS,
    "ec2:RevokeSecurityGroupIngress": _NO_TAGS,
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
    "rds:ModifyDBInstance": (Never(key="rds:ManageMasterUserPassword", operator="Bool", value="true"),),
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
    """A parameter that is left out denies nothing: a negated operator alone would match it."""
    match rule:
        case Never():
            return {rule.operator: {rule.key: rule.value}}
        case Only():
            return {"Null": {rule.key: "false"}, rule.operator: {rule.key: list(rule.values)}}
