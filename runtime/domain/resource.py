"""What AWS resource a finding is about: ARNs, and the resource types that this platform knows.

Source of the ARN forms: the "Resource types" tables of the Service Authorization Reference,
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from runtime.domain.errors import ArnInvalid

GLOBAL_SERVICE_REGION = {"aws": "us-east-1", "aws-us-gov": "us-gov-west-1", "aws-cn": "cn-north-1"}
"""Where a service without regions is called, by partition."""

_ARN = re.compile(
    r"arn:(?P<partition>aws|aws-us-gov|aws-cn):(?P<service>[a-z0-9-]+):(?P<region>[a-z0-9-]*)"
    r":(?P<account_id>[0-9]{12}|):(?P<resource>[\x21-\x7e]+)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Arn:
    """An Amazon Resource Name in its parts. ``region`` and ``account_id`` are empty where the service omits them."""

    partition: str
    service: str
    region: str
    account_id: str
    resource: str

    def __str__(self) -> str:
        return f"arn:{self.partition}:{self.service}:{self.region}:{self.account_id}:{self.resource}"


def parse_arn(text: str) -> Arn:
    """Read an ARN. Raises ``ArnInvalid`` for anything else."""
    match = _ARN.fullmatch(text)
    if match is None:
        raise ArnInvalid(text)
    return Arn(**match.groupdict())


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceType:
    """One AWS resource type: its CloudFormation name and how its ARN is recognised.

    ``resource`` matches the ARN's last part; its group ``name`` is what API calls take.
    """

    name: str
    service: str
    resource: re.Pattern[str]


def _resource_type(name: str, service: str, resource: str) -> ResourceType:
    return ResourceType(name=name, service=service, resource=re.compile(resource))


RESOURCE_TYPES: tuple[ResourceType, ...] = (
    _resource_type("AWS::S3::Bucket", "s3", r"(?P<name>[a-z0-9][a-z0-9.-]{1,61}[a-z0-9])"),
    _resource_type("AWS::EC2::SecurityGroup", "ec2", r"security-group/(?P<name>sg-[0-9a-f]+)"),
    _resource_type("AWS::EC2::Snapshot", "ec2", r"snapshot/(?P<name>snap-[0-9a-f]+)"),
    _resource_type("AWS::RDS::DBInstance", "rds", r"db:(?P<name>[A-Za-z][A-Za-z0-9-]{0,62})"),
    _resource_type("AWS::KMS::Key", "kms", r"key/(?P<name>[0-9A-Za-z-]+)"),
    # A path may hold *, ? and $, which IAM reads as wildcards and variables: no policy could be for this one user only.
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
    _resource_type("AWS::IAM::User", "iam", r"user/(?:[^*?$]{0,511}/)?(?P<name>[\w+=,.@-]{1,64})"),
    _resource_type("AWS::CloudTrail::Trail", "cloudtrail", r"trail/(?P<name>[A-Za-z0-9][A-Za-z0-9._-]{2,127})"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """One AWS resource.

    ``type`` is its CloudFormation name; ``name`` is the identifier that API calls take; ``region`` is the region to
    call, also for global services; ``account_id`` is the account that must own it.
    """

    type: str
    arn: str
    name: str
    account_id: str
    region: str
    partition: str


def resource_type_of(arn: Arn) -> tuple[str, str] | None:
    """The CloudFormation type name and the identifier behind an ARN, or ``None`` if this platform does not know it."""
    for known in RESOURCE_TYPES:
        if known.service == arn.service and (match := known.resource.fullmatch(arn.resource)):
            return known.name, match["name"]
    return None
