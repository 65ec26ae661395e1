"""AWS resources: partitions and regions, ARNs, and how they are recognised.

Source of the ARN forms: the "Resource types" tables of the Service Authorization Reference,
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

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
"""Every region, by partition. A test compares it with botocore's list, which the domain does not import."""

GLOBAL_SERVICE_REGION = {partition: names.split()[0] for partition, names in _REGIONS.items()}
"""The region for calls to global services, by partition."""

_ARN = re.compile(
    rf"arn:(?P<partition>{'|'.join(REGIONS)}):(?P<service>[a-z0-9-]+):(?P<region>[a-z0-9-]*)"
    r":(?P<account_id>[0-9]{12}|):(?P<resource>[\x21-\x7e]+)"
)
_ANY_ARN = re.compile("arn:([^:]*):[^:]+:[^:]*:[^:]*:.+", re.DOTALL)

UNUSABLE = "is an unsupported ARN"


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


@lru_cache(maxsize=128)  # a finding is decided up to three times
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
        text, f"{UNUSABLE}: it needs a region name or none, 12 digits or none, and a resource in ASCII without spaces"
    )


def parse_region(text: str) -> str:
    """The region of a payload; empty if it names none, or has Wiz's value for global services.

    S3 calls eu-west-1 ``EU`` for buckets that were created under that name.
    https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html
    """
    return "" if text.casefold() == "global" else "eu-west-1" if text == "EU" else text


@dataclass(frozen=True, kw_only=True)
class ResourceForm:
    """How the ARN of one resource type is recognised. ``name`` is its CloudFormation name.

    ``arn`` is the ARN's form, and ``id`` the regular expression for ``${name}``; if it has a group ``name``, API calls
    use only that group. ``longest`` is the longest such name, and ``called`` its name in a sentence. With
    ``account_optional``, some sources add the account that AWS omits. A ``copied`` resource is visible in other
    accounts and regions too, under the ARN of its home. ``canonical`` returns the canonical spelling of an ARN's last
    part.
    """

    name: str
    arn: str
    id: str
    longest: str
    called: str = "name"
    account_optional: bool = False
    copied: bool = False
    canonical: Callable[[str], str] = str

    @cached_property
    def _parts(self) -> Arn:
        names = ("partition", "service", "region", "account_id", "resource")
        return Arn(**dict(zip(names, self.arn.split(":", 5)[1:], strict=True)))

    @property
    def service(self) -> str:
        return self._parts.service

    @cached_property
    def _prefix(self) -> str:
        return self._parts.resource.partition("${name}")[0]

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        named = self.id if "(?P<name>" in self.id else f"(?P<name>{self.id})"
        return re.compile(re.escape(self._prefix) + named)

    @property
    def form(self) -> str:
        """The ARN as text; parts in square brackets are optional."""
        account = "[<account>]" if self.account_optional else self._parts.account_id
        form = str(replace(self._parts, account_id=account)).replace("${name}", f"<{self.called}>")
        return form.replace("${", "<").replace("}", ">").replace("_id", "")

    def is_of(self, arn: Arn) -> bool:
        """Whether the ARN is of this type, usable or not. A path in S3 with a region or an account is not a bucket."""
        path = "/" in arn.resource and "/" not in self.id
        elsewhere = not self._prefix and path and bool(arn.region or arn.account_id)
        return arn.service == self.service and arn.resource.startswith(self._prefix) and not elsewhere

    def name_in(self, arn: Arn) -> str | None:
        """The identifier of the one resource that an ARN of this type names; ``None`` if it names none, or several."""
        match = self._pattern.fullmatch(self.canonical(arn.resource))
        region = bool(self._parts.region) == bool(arn.region)
        account = self.account_optional or bool(self._parts.account_id) == bool(arn.account_id)
        return match["name"] if match and region and account else None

    def spelled(self, arn: Arn) -> str:
        """The canonical spelling of an ARN of this type."""
        account_id = "" if self.account_optional else arn.account_id
        return f"arn:{arn.partition}:{arn.service}:{arn.region}:{account_id}:{self.canonical(arn.resource)}"


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


def identify(arn: Arn, known: Iterable[ResourceForm]) -> tuple[ResourceForm, str] | None:
    """The type and the identifier of the resource behind an ARN, or ``None`` if its type is unknown.

    Raises ``ArnInvalid`` if the type is known, but the ARN does not name exactly one resource of it.
    """
    forms = [form for form in known if form.is_of(arn)]
    for form in forms:  # the ARNs of several types may begin alike
        name = form.name_in(arn)
        if name is not None:
            return form, name
    if forms:
        raise ArnInvalid(str(arn), f"{UNUSABLE}: an {forms[0].name} is named by {forms[0].form}")
    return None


def kind_of(arn: Arn) -> str:
    """The name in a record for an unknown type of ARN: its service, and the type if there is one."""
    kind = re.match("([^/:]+)[/:]", arn.resource)
    return shortened(f"{arn.service} {kind[1]}" if kind else arn.service)
