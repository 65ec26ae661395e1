"""A transit gateway and whom it lets attach."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import ACCOUNT_ID, REGION, AlreadyCompliant, Bad, Clients, Refusal, resource_from


def _gateway(accepts: str) -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        made = clients("ec2").create_transit_gateway(Options={"AutoAcceptSharedAttachments": accepts})
        gateway_id = made["TransitGateway"]["TransitGatewayId"]
        return resource_from(f"arn:aws:ec2:{REGION}:{ACCOUNT_ID}:transit-gateway/{gateway_id}")

    return create


def _set_another(clients: Clients, resource: Resource) -> None:
    """To what AWS does not have: it has two values."""
    clients("ec2").modify_transit_gateway(
        TransitGatewayId=resource.name, Options={"AutoAcceptSharedAttachments": "something else"}
    )


def read_back(clients: Clients, resource: Resource) -> Any:
    (found,) = clients("ec2").describe_transit_gateways(TransitGatewayIds=[resource.name])["TransitGateways"]
    return found["Options"]["AutoAcceptSharedAttachments"], found["Options"]["DnsSupport"]


DELETING = {
    "TransitGateways": [
        {
            "State": "deleting",
            "OwnerId": ACCOUNT_ID,
            "Options": {"AutoAcceptSharedAttachments": "enable"},
        }
    ]
}

CASES = (
    Bad(
        name="that accepts attachments by itself",
        create=_gateway("enable"),
        fixed=("disable", "enable"),
        disturb=_set_another,
    ),
    AlreadyCompliant(name="that asks", create=_gateway("disable")),
    Refusal(
        name="that is being deleted",
        create=_gateway("enable"),
        answers={"ec2:DescribeTransitGateways": DELETING},
        because="is deleting",
    ),
)
