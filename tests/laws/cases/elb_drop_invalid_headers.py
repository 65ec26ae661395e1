"""A load balancer and what it does with invalid header fields."""

from __future__ import annotations

from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import AlreadyCompliant, Bad, Clients, Refusal
from tests.laws.cases.load_balancers import attribute, load_balancer


def _leave_a_zone(clients: Clients, resource: Resource) -> None:
    elb = clients("elbv2")
    (found,) = elb.describe_load_balancers(LoadBalancerArns=[resource.arn])["LoadBalancers"]
    elb.set_subnets(LoadBalancerArn=resource.arn, Subnets=[zone["SubnetId"] for zone in found["AvailabilityZones"][:2]])


def read_back(clients: Clients, resource: Resource) -> Any:
    return attribute(clients, resource, "routing.http.drop_invalid_header_fields.enabled")


CASES = (
    Bad(name="letting them through", create=load_balancer, fixed="true", disturb=_leave_a_zone),
    AlreadyCompliant(
        name="dropping them",
        create=lambda clients: load_balancer(clients, routing__http__drop_invalid_header_fields__enabled="true"),
    ),
    Refusal(
        name="a Network Load Balancer",
        create=lambda clients: load_balancer(clients, "network"),
        because="is a network load balancer",
    ),
)
