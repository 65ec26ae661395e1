"""CloudFront distributions for the cases of several fixes. moto takes any ETag, and deploys at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import Clients, resource_from

NUMBERS = count(1)

BUCKET = {
    "Id": "origin",
    "DomainName": "orders.s3.us-east-1.amazonaws.com",
    "S3OriginConfig": {"OriginAccessIdentity": ""},
}
SERVER = {
    "Id": "origin",
    "DomainName": "orders.example.com",
    "CustomOriginConfig": {"HTTPPort": 80, "HTTPSPort": 443, "OriginProtocolPolicy": "https-only"},
}


def behavior(policy: str = "https-only", **more: Any) -> dict[str, Any]:
    forwarded = {"QueryString": False, "Cookies": {"Forward": "none"}}
    return {
        "TargetOriginId": "origin",
        "ViewerProtocolPolicy": policy,
        "ForwardedValues": forwarded,
        "MinTTL": 0,
        **more,
    }


def distribution(
    *paths: Mapping[str, Any], origin: Mapping[str, Any] = BUCKET, default: Mapping[str, Any] | None = None, **more: Any
) -> Callable[[Clients], Resource]:
    configuration = {
        "Origins": {"Quantity": 1, "Items": [origin]},
        "DefaultCacheBehavior": default or behavior(),
        "CacheBehaviors": {"Quantity": len(paths), "Items": list(paths)},
        "Comment": "orders",
        "Enabled": True,
        **more,
    }

    def create(clients: Clients) -> Resource:
        made = clients("cloudfront").create_distribution(
            DistributionConfig={"CallerReference": f"orders-{next(NUMBERS)}", **configuration}
        )
        return resource_from(made["Distribution"]["ARN"])

    return create


def described(clients: Clients, resource: Resource) -> dict[str, Any]:
    found: dict[str, Any] = clients("cloudfront").get_distribution_config(Id=resource.name)
    return found


def changed(**settings: Any) -> Callable[[Clients, Resource], None]:
    """To disturb a case: somebody else changed the distribution."""

    def disturb(clients: Clients, resource: Resource) -> None:
        found = described(clients, resource)
        clients("cloudfront").update_distribution(
            Id=resource.name, IfMatch=found["ETag"], DistributionConfig={**found["DistributionConfig"], **settings}
        )

    return disturb


def read_back(clients: Clients, resource: Resource) -> Any:
    """What fixes change, and some of what they send back."""
    found = described(clients, resource)["DistributionConfig"]
    paths = found["CacheBehaviors"].get("Items", [])
    return {
        "root": found["DefaultRootObject"],
        "default": found["DefaultCacheBehavior"]["ViewerProtocolPolicy"],
        "paths": {one["PathPattern"]: one["ViewerProtocolPolicy"] for one in paths},
        "origin": found["Origins"]["Items"][0]["DomainName"],
        "comment": found["Comment"],
        "enabled": found["Enabled"],
    }


def fixed(**seen: Any) -> dict[str, Any]:
    known = {
        "root": "",
        "default": "https-only",
        "paths": {},
        "origin": BUCKET["DomainName"],
        "comment": "orders",
        "enabled": True,
    }
    return {**known, **seen}
