"""A load balancer and whether it can be deleted."""

from __future__ import annotations

from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import AlreadyCompliant, Bad, Clients, Refusal
from tests.laws.cases.load_balancers import attribute, leave_a_zone, load_balancer


def read_back(clients: Clients, resource: Resource) -> Any:
    return attribute(clients, resource, "deletion_protection.enabled")


CASES = (
    Bad(name="not protected", create=load_balancer, fixed="true", disturb=leave_a_zone),
    Bad(
        name="a Network Load Balancer that is not protected",
        create=lambda clients: load_balancer(clients, "network"),
        fixed="true",
        disturb=leave_a_zone,
    ),
    AlreadyCompliant(
        name="protected", create=lambda clients: load_balancer(clients, deletion_protection__enabled="true")
    ),
    Refusal(
        name="of a kind that is not known",
        create=load_balancer,
        answers={
            "elbv2:DescribeLoadBalancers": {"LoadBalancers": [{"Type": "other", "Scheme": "", "AvailabilityZones": []}]}
        },
        because="is a other load balancer",
    ),
)
