"""A Classic Load Balancer and whether it spreads requests over zones. ministack has none of these."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import AlreadyCompliant, Bad, Clients, Refusal
from tests.laws.cases.load_balancers import classic, enter_a_zone


def _classic(*, spreads: bool) -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        resource = classic(clients)
        clients("elb").modify_load_balancer_attributes(
            LoadBalancerName=resource.name, LoadBalancerAttributes={"CrossZoneLoadBalancing": {"Enabled": spreads}}
        )
        return resource

    return create


def read_back(clients: Clients, resource: Resource) -> Any:
    answer = clients("elb").describe_load_balancer_attributes(LoadBalancerName=resource.name)
    return answer["LoadBalancerAttributes"]["CrossZoneLoadBalancing"]["Enabled"]


CASES = (
    Bad(name="keeping requests in their zone", create=_classic(spreads=False), fixed=True, disturb=enter_a_zone),
    AlreadyCompliant(name="spreading requests", create=_classic(spreads=True)),
    Refusal(
        name="of which AWS does not say it",
        create=_classic(spreads=False),
        answers={"elb:DescribeLoadBalancerAttributes": {"LoadBalancerAttributes": {}}},
        because="cross_zone.",
    ),
)
