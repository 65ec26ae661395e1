"""What AWS resource a finding is about: partitions and regions, ARNs, and the types that this platform knows.

Source of the ARN forms: the "Resource types" tables of the Service Authorization Reference,
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from runtime.domain.errors import ArnInvalid
from runtime.domain.excerpt import shortened

_REGIONS = {
    "aws": "us-east-1 us-east-2 us-west-1 us-west-2 af-south-1 ap-east-1 ap-east-2 ap-northeast-1 ap-northeast-2 "
    "ap-northeast-3 ap-south-1 ap-south-2 ap-southeast-1 ap-southeast-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 "
    "ap-southeast-6 ap-southeast-7 ca-central-1 ca-west-1 eu-central-1 eu-central-2 eu-north-1 eu-south-1 eu-south-2 "
    "eu-west-1 eu-west-2 eu-west-3 il-central-1 me-central-1 me-south-1 mx-central-1 sa-east-1",
    "aws-cn": "cn-north-1 cn-northwest-1",
    "aws-us-gov": "us-gov-west-1 us-gov-east-1",
    "aws-eusc": "eusc-de-east-1",
    "aws-iso": "us-iso-east-1 us-iso-west-1",
    "aws-iso-b": "us-isob-east-1 us-isob-west-1",
    "aws-iso-e": "eu-isoe-west-1",
    "aws-iso-f": "us-isof-south-1 us-isof-east-1",
}
REGIONS = {partition: frozenset(names.split()) for partition, names in _REGIONS.items()}
"""Every region, by partition. A test holds it against botocore's list, which the domain does not import."""

GLOBAL_SERVICE_REGION = {partition: names.split()[0] for partition, names in _REGIONS.items()}
"""Where a service without regions is called, by partition."""

_ARN = re.compile(
    rf"arn:(?P<partition>{'|'.join(REGIONS)}):(?P<service>[a-z0-9-]+):(?P<region>[a-z0-9-]*)"
    r":(?P<account_id>[0-9]{12}|):(?P<resource>[\x21-\x7e]+)"
)
_ANY_ARN = re.compile("arn:([^:]*):[^:]+:[^:]*:[^:]*:.+", re.DOTALL)

UNUSABLE = "is an ARN in a form that cannot be acted on"


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
    if match is not None:
        return Arn(**match.groupdict())
    partition = _ANY_ARN.fullmatch(text)
    if partition is None:
        raise ArnInvalid(text)
    if partition[1] not in REGIONS:
        raise ArnInvalid(text, "is not an ARN in a partition that this version knows")
    raise ArnInvalid(
        text, f"{UNUSABLE}: it needs a region's name or none, 12 digits or none, and a resource in ASCII without spaces"
    )


def parse_region(text: str) -> str:
    """The region that a payload means; empty if it names none, or has Wiz's word for global services.

    S3 calls eu-west-1 ``EU`` for buckets that were made under that name.
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html
    """
    return "" if text.casefold() == "global" else "eu-west-1" if text == "EU" else text


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceType:
    """One AWS resource type: its CloudFormation name and how its ARN is recognised.

    ``form`` is its ARN in words; what stands in square brackets may be left out. ``prefix`` begins the ARN's last part,
    and ``resource`` matches the whole of it; its group ``name`` is what API calls take.
    """

    name: str
    form: str
    service: str
    region: str
    account: str
    prefix: str
    resource: re.Pattern[str]

    def is_of(self, arn: Arn) -> bool:
        """Whether the ARN is of this type, usable or not. With a region or an account, a path in S3 is no bucket's."""
        elsewhere = not self.prefix and "/" in arn.resource and bool(arn.region or arn.account_id)
        return arn.service == self.service and arn.resource.startswith(self.prefix) and not elsewhere

    def name_in(self, arn: Arn) -> str | None:
        """The identifier of the one resource that an ARN of this type names; ``None`` if it names none, or several."""
        match = self.resource.fullmatch(arn.resource)
        fits = match and _fits(self.region, arn.region) and _fits(self.account, arn.account_id)
        return match["name"] if match and fits else None


def _fits(form: str, value: str) -> bool:
    return bool(form) == bool(value) or form.startswith("[")


def _resource_type(name: str, form: str, identifier: str) -> ResourceType:
    service, region, account, last = form.split(":", 3)
    prefix = last.partition("<")[0]
    return ResourceType(
        name=name,
        form=f"arn:<partition>:{form}",
        service=service,
        region=region,
        account=account,
        prefix=prefix,
        resource=re.compile(prefix + (identifier if "(?P<name>" in identifier else f"(?P<name>{identifier})")),
    )


# EC2's ids have 8 or 17 digits: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/resource-ids.html
_EC2_ID = "(?:[0-9a-f]{8}|[0-9a-f]{17})"
_KMS_ID = "(?:mrk-)?[0-9a-f]{8}(?:-?[0-9a-f]{4}){3}-?[0-9a-f]{12}"
# A path may hold *, ? and $, which IAM reads as wildcards and variables: no policy could be for this one user only.
# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
_USER = r"(?:[^*?$]{0,511}/)?(?P<name>[\w+=,.@-]{1,64})"

RESOURCE_TYPES: tuple[ResourceType, ...] = (
    _resource_type("AWS::S3::Bucket", "s3:::<bucket>", "[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"),
    _resource_type("AWS::EC2::SecurityGroup", "ec2:<region>:<account>:security-group/<id>", f"sg-{_EC2_ID}"),
    _resource_type("AWS::EC2::Snapshot", "ec2:<region>:[<account>]:snapshot/<id>", f"snap-{_EC2_ID}"),
    _resource_type("AWS::RDS::DBInstance", "rds:<region>:<account>:db:<name>", "[A-Za-z][A-Za-z0-9-]{0,62}"),
    _resource_type("AWS::KMS::Key", "kms:<region>:<account>:key/<id>", _KMS_ID),
    _resource_type("AWS::IAM::User", "iam::<account>:user/<path and name, without *, ? and $>", _USER),
    _resource_type(
        "AWS::CloudTrail::Trail", "cloudtrail:<region>:<account>:trail/<name>", "[A-Za-z0-9][A-Za-z0-9._-]{2,127}"
    ),
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
    """The CloudFormation type name and the identifier behind an ARN, or ``None`` if this platform does not know it.

    Raises ``ArnInvalid`` if the type is known, but the ARN does not name exactly one resource of it.
    """
    known = next((known for known in RESOURCE_TYPES if known.is_of(arn)), None)
    if known is None:
        return None
    name = known.name_in(arn)
    if name is None:
        raise ArnInvalid(str(arn), f"{UNUSABLE}: an {known.name} is named by {known.form}")
    return known.name, name


def kind_of(arn: Arn) -> str:
    """What a record calls the type of an ARN that this platform does not know: its service, and the type if it says."""
    kind = re.match("([^/:]+)[/:]", arn.resource)
    return shortened(f"{arn.service} {kind[1]}" if kind else arn.service)
