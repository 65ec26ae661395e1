"""A load balancer and whether it serves all zones alike."""

from __future__ import annotations

from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import AlreadyCompliant, Bad, Clients, Refusal
from tests.laws.cases.load_balancers import attribute, leave_a_zone, load_balancer


def read_back(clients: Clients, resource: Resource) -> Any:
    return attribute(clients, resource, "load_balancing.cross_zone.enabled")


CASES = (
    Bad(
        name="not doing so",
        create=lambda clients: load_balancer(clients, "network"),
        fixed="true",
        disturb=leave_a_zone,
    ),
    AlreadyCompliant(
        name="doing so",
        create=lambda clients: load_balancer(clients, "network", load_balancing__cross_zone__enabled="true"),
    ),
    Refusal(name="an Application Load Balancer", create=load_balancer, because="application load balancer"),
)
