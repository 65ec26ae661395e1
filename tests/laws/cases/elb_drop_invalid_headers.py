"""A load balancer and what it does with invalid header fields."""

from __future__ import annotations

from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import AlreadyCompliant, Bad, Clients, Refusal
from tests.laws.cases.load_balancers import attribute, leave_a_zone, load_balancer


def read_back(clients: Clients, resource: Resource) -> Any:
    return attribute(clients, resource, "routing.http.drop_invalid_header_fields.enabled")


CASES = (
    Bad(name="letting them through", create=load_balancer, fixed="true", disturb=leave_a_zone),
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
