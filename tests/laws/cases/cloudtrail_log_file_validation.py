"""A CloudTrail trail and its log file validation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import AlreadyCompliant, Bad, Clients, Refusal, resource_from

TRAIL = "management-events"
OTHER_ACCOUNT = "222222222222"


def _trail(name: str = TRAIL, **parameters: bool) -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        clients("s3").create_bucket(Bucket="trail-logs")
        answer = clients("cloudtrail").create_trail(Name=name, S3BucketName="trail-logs", **parameters)
        return resource_from(answer["TrailARN"])

    return create


def _trail_of_another_account(clients: Clients) -> Resource:
    # A member account sees its organization's trail under the management account's ARN; here it is told from the
    # finding's account.
    return replace(_trail()(clients), account_id=OTHER_ACCOUNT)


def _make_it_an_organization_trail(clients: Clients, resource: Resource) -> None:
    clients("cloudtrail").update_trail(Name=resource.name, IsOrganizationTrail=True, EnableLogFileValidation=False)


def read_back(clients: Clients, resource: Resource) -> Any:
    [trail] = clients("cloudtrail").describe_trails(trailNameList=[resource.name])["trailList"]
    return {
        name: trail[name] for name in ("LogFileValidationEnabled", "IsMultiRegionTrail", "S3BucketName", "TrailARN")
    }


def _fixed(*, multi_region: bool) -> dict[str, Any]:
    return {
        "LogFileValidationEnabled": True,
        "IsMultiRegionTrail": multi_region,
        "S3BucketName": "trail-logs",
        "TrailARN": f"arn:aws:cloudtrail:us-east-1:123456789012:trail/{TRAIL}",
    }


CASES = (
    Bad(
        name="in one region, not validated",
        create=_trail(),
        fixed=_fixed(multi_region=False),
        disturb=_make_it_an_organization_trail,
    ),
    Bad(
        name="in all regions, not validated",
        create=_trail(IsMultiRegionTrail=True),
        fixed=_fixed(multi_region=True),
        disturb=_make_it_an_organization_trail,
    ),
    AlreadyCompliant(name="validated", create=_trail(EnableLogFileValidation=True)),
    Refusal(name="an organization trail", create=_trail(IsOrganizationTrail=True), because="organization trail"),
    Refusal(
        name="of Control Tower",
        create=_trail("aws-controltower-BaselineCloudTrail"),
        because="belongs to Control Tower",
    ),
    Refusal(
        name="of another account",
        create=_trail_of_another_account,
        because="a copy of arn:aws:cloudtrail:us-east-1:123456789012:trail/",
    ),
)
