"""A Classic Load Balancer and whether it spreads requests over zones. ministack has none of these."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import REGION, AlreadyCompliant, Bad, Clients, Refusal
from tests.laws.cases.load_balancers import classic


def _classic(*, spreads: bool) -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        resource = classic(clients)
        clients("elb").modify_load_balancer_attributes(
            LoadBalancerName=resource.name, LoadBalancerAttributes={"CrossZoneLoadBalancing": {"Enabled": spreads}}
        )
        return resource

    return create


def _enter_another_zone(clients: Clients, resource: Resource) -> None:
    clients("elb").enable_availability_zones_for_load_balancer(
        LoadBalancerName=resource.name, AvailabilityZones=[f"{REGION}b"]
    )


def read_back(clients: Clients, resource: Resource) -> Any:
    answer = clients("elb").describe_load_balancer_attributes(LoadBalancerName=resource.name)
    return answer["LoadBalancerAttributes"]["CrossZoneLoadBalancing"]["Enabled"]


CASES = (
    Bad(name="keeping requests in their zone", create=_classic(spreads=False), fixed=True, disturb=_enter_another_zone),
    AlreadyCompliant(name="spreading requests", create=_classic(spreads=True)),
    Refusal(
        name="of which AWS does not say it",
        create=_classic(spreads=False),
        answers={"elb:DescribeLoadBalancerAttributes": {"LoadBalancerAttributes": {}}},
        because="could not be read: cross_zone",
    ),
)
