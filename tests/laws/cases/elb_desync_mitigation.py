"""Load balancers and what they do with requests that can be read in two ways. ministack has no classic ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import AlreadyCompliant, Bad, Clients, Refusal
from tests.laws.cases.load_balancers import attribute, classic, enter_a_zone, leave_a_zone, load_balancer

KEY = "elb.http.desyncmitigationmode"


def _application(mode: str) -> Callable[[Clients], Resource]:
    return lambda clients: load_balancer(clients, routing__http__desync_mitigation_mode=mode)


def _classic(mode: str) -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        resource = classic(clients)
        clients("elb").modify_load_balancer_attributes(
            LoadBalancerName=resource.name,
            LoadBalancerAttributes={"AdditionalAttributes": [{"Key": KEY, "Value": mode}]},
        )
        return resource

    return create


def read_back(clients: Clients, resource: Resource) -> Any:
    if resource.type == "AWS::ElasticLoadBalancingV2::LoadBalancer":
        return attribute(clients, resource, "routing.http.desync_mitigation_mode")
    answer = clients("elb").describe_load_balancer_attributes(LoadBalancerName=resource.name)
    found = answer["LoadBalancerAttributes"]["AdditionalAttributes"]
    return next(one["Value"] for one in found if one["Key"] == KEY)


CASES = (
    Bad(name="passing them on", create=_application("monitor"), fixed="defensive", disturb=leave_a_zone),
    Bad(
        name="less strict than asked",
        create=_application("defensive"),
        options={"mode": "strictest"},
        fixed="strictest",
        disturb=leave_a_zone,
    ),
    Bad(name="a classic one that passes them on", create=_classic("monitor"), fixed="defensive", disturb=enter_a_zone),
    AlreadyCompliant(name="stricter than asked", create=_application("strictest")),
    AlreadyCompliant(name="never set otherwise", create=load_balancer),
    AlreadyCompliant(name="a classic one that is as asked", create=_classic("defensive")),
    Refusal(
        name="a Network Load Balancer",
        create=lambda clients: load_balancer(clients, "network"),
        because="is a network load balancer",
    ),
)
