"""OpenSearch domains for the cases of several fixes. moto settles each change at once."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

from moto.opensearch.models import opensearch_backends

from runtime.domain.resource import Resource
from tests.laws.cases import ACCOUNT_ID, REGION, Clients, resource_from
from tests.laws.customer_account import client

NUMBERS = count(1)


def domain(**parameters: Any) -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        answer = clients("opensearch").create_domain(
            DomainName=f"orders-{next(NUMBERS)}", **{"EngineVersion": "OpenSearch_2.19", **parameters}
        )
        return resource_from(answer["DomainStatus"]["ARN"])

    return create


def changed(**parameters: Any) -> Callable[[Clients, Resource], None]:
    """To disturb a case: somebody else changed it."""

    def disturb(clients: Clients, resource: Resource) -> None:
        clients("opensearch").update_domain_config(DomainName=resource.name, **parameters)

    return disturb


def described(clients: Clients, resource: Resource) -> dict[str, Any]:
    found: dict[str, Any] = clients("opensearch").describe_domain(DomainName=resource.name)["DomainStatus"]
    return found


def answer(**members: Any) -> dict[str, Any]:
    """What AWS answers of a domain in a state that moto does not keep."""
    known = {
        "DomainId": "123456789012/orders",
        "DomainName": "orders",
        "ARN": "arn:aws:es:us-east-1:123456789012:domain/orders",
        "Endpoint": "search-orders-abc.us-east-1.es.amazonaws.com",
        "EngineVersion": "OpenSearch_2.19",
        "Created": True,
        "Deleted": False,
        "Processing": False,
        "UpgradeProcessing": False,
    }
    return {"opensearch:DescribeDomain": {"DomainStatus": {**known, **members}}}


def update(**parameters: Any) -> dict[str, Any]:
    """moto's own, which passes over an empty policy; AWS empties the policy."""
    if parameters.get("AccessPolicies") == "":
        opensearch_backends[ACCOUNT_ID][REGION].domains[parameters["DomainName"]].access_policies = ""
    made: dict[str, Any] = client("opensearch").update_domain_config(**parameters)
    return made
