"""AWS CloudTrail."""

from __future__ import annotations

from typing import Any

from runtime.fixes.calls import Read, Write
from runtime.fixes.kinds.declared import Guard, Look
from runtime.fixes.resource_type import ResourceType

TRAIL = ResourceType(
    name="AWS::CloudTrail::Trail",
    noun="trail",
    arn="arn:${partition}:cloudtrail:${region}:${account_id}:trail/${name}",
    id="[A-Za-z0-9][A-Za-z0-9._-]{2,127}",
    longest="t" * 128,
    copied=True,
    gone=("TrailNotFoundException",),
    # By its ARN: a name alone would find only a trail of this region. ListTags does not fail for a deleted trail.
    describe=Read(call="cloudtrail:GetTrail", by={"Name": "${arn}"}, at="Trail"),
    identity="TrailARN",
    tags=Read(call="cloudtrail:ListTags", by={"ResourceIdList": ["${arn}"]}, at="ResourceTagList[0].TagsList"),
)


def _here(look: Look) -> bool:
    return bool(
        look["HomeRegion"] == look.resource.region and look["identity"].split(":")[4] == look.resource.account_id
    )


HOME = Guard(
    holds=_here,
    because="${subject} is a copy of ${identity}, whose home region is ${HomeRegion}: it can be changed only there.",
    first=True,
    elsewhere=True,
)
"""A trail of all regions is visible in each, and an organization trail in each account: both are copies.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-multi-region-trails.html
"""

OWN = Guard(
    holds=lambda look: look["IsOrganizationTrail"] is False,
    because="${subject} is an organization trail: a change affects every account of the organization.",
)

NOT_OF_CONTROL_TOWER = Guard(
    holds=lambda look: not look.resource.name.startswith("aws-controltower-"),
    because="${subject} belongs to Control Tower, which manages it: change the landing zone instead.",
)
"""In the management account nothing else prevents a change, which makes the landing zone drift.

https://docs.aws.amazon.com/controltower/latest/userguide/drift.html
"""


def read_trail(*names: str) -> Read:
    """What every fix of a trail reads, and these attributes; ``None`` if they are not set.

    The local AWS returns an empty text where AWS omits an attribute that was removed.
    """
    return Read(
        call="cloudtrail:GetTrail",
        by={"Name": "${arn}"},
        at="Trail",
        keep={
            "HomeRegion": "HomeRegion",
            "IsOrganizationTrail": "IsOrganizationTrail",
            **{name: f"{name} || `null`" if name in _REMOVABLE else name for name in names},
        },
        or_none=tuple(name for name in names if name in _REMOVABLE),
    )


def update_trail(**attributes: Any) -> Write:
    """Attributes that are not sent do not change; an empty text removes one."""
    return Write(call="cloudtrail:UpdateTrail", by={"Name": "${arn}", **attributes})


RECORDS_ALL = (
    "[EventSelectors[?IncludeManagementEvents && ReadWriteType == 'All' && !ExcludeManagementEventSources], "
    # An advanced selector with only the category selects all of it.
    "AdvancedEventSelectors[?length(FieldSelectors) == `1` && FieldSelectors[0].Field == 'eventCategory' "
    "&& contains(FieldSelectors[0].Equals || `[]`, 'Management')]][]"
)
"""In JMESPath, the selectors of a trail that select every management event."""

_REMOVABLE = frozenset({"KmsKeyId", "CloudWatchLogsLogGroupArn", "CloudWatchLogsRoleArn"})

TYPES = (TRAIL,)
