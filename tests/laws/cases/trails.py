"""Trails for the cases of several fixes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import count
from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import Clients, Refusal, resource_from

OTHER_ACCOUNT = "222222222222"
_NUMBERS = count(1)


def trail(
    *before: Callable[[Clients], object], logging: bool = True, name: str = "events", **parameters: Any
) -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        for one in before:
            one(clients)
        number = next(_NUMBERS)
        clients("s3").create_bucket(Bucket=f"trail-logs-{number}")
        cloudtrail = clients("cloudtrail")
        answer = cloudtrail.create_trail(Name=f"{name}-{number}", S3BucketName=f"trail-logs-{number}", **parameters)
        if logging:
            cloudtrail.start_logging(Name=answer["TrailARN"])
        return resource_from(answer["TrailARN"])

    return create


def refusals(*before: Callable[[Clients], object], **how: Any) -> tuple[Refusal, ...]:
    """What no fix of a trail touches."""

    def of_another_account(clients: Clients) -> Resource:
        # A member account sees its organization's trail under the management account's ARN; here it is told from the
        # finding's account.
        return replace(trail(*before, logging=False)(clients), account_id=OTHER_ACCOUNT)

    return (
        Refusal(
            name="an organization trail",
            create=trail(*before, logging=False, IsOrganizationTrail=True),
            because="organization trail",
            **how,
        ),
        Refusal(
            name="of Control Tower",
            create=trail(*before, logging=False, name="aws-controltower-BaselineCloudTrail"),
            because="belongs to Control Tower",
            **how,
        ),
        Refusal(name="of another account", create=of_another_account, because="a copy of arn:aws:cloudtrail", **how),
    )


def make_it_an_organization_trail(clients: Clients, resource: Resource) -> None:
    clients("cloudtrail").update_trail(Name=resource.name, IsOrganizationTrail=True)


def attributes(clients: Clients, resource: Resource, *names: str) -> dict[str, Any]:
    """As AWS tells them; moto has an empty text where AWS has nothing."""
    [found] = clients("cloudtrail").describe_trails(trailNameList=[resource.arn])["trailList"]
    return {name: found.get(name) or None for name in (*names, "IsMultiRegionTrail", "LogFileValidationEnabled")}
