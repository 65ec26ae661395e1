"""A Classic Load Balancer and what becomes of requests at instances that are taken out. ministack has none of these."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import AlreadyCompliant, Bad, Clients, Refusal
from tests.laws.cases.load_balancers import classic


def _classic(**draining: Any) -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        resource = classic(clients)
        if draining:
            _set(clients, resource, **draining)
        return resource

    return create


def _set(clients: Clients, resource: Resource, **draining: Any) -> None:
    clients("elb").modify_load_balancer_attributes(
        LoadBalancerName=resource.name, LoadBalancerAttributes={"ConnectionDraining": draining}
    )


def _drain_for_long(clients: Clients, resource: Resource) -> None:
    _set(clients, resource, Enabled=False, Timeout=77)


def read_back(clients: Clients, resource: Resource) -> Any:
    answer = clients("elb").describe_load_balancer_attributes(LoadBalancerName=resource.name)
    draining = answer["LoadBalancerAttributes"]["ConnectionDraining"]
    return draining["Enabled"], draining.get("Timeout")


CASES = (
    Bad(
        name="cutting requests off",
        create=_classic(Enabled=False, Timeout=10),
        options={"timeout": 60},
        fixed=(True, 60),
        disturb=_drain_for_long,
    ),
    AlreadyCompliant(name="draining connections", create=_classic(Enabled=True, Timeout=20)),
    Refusal(
        name="of which AWS does not say it",
        create=_classic(),
        answers={"elb:DescribeLoadBalancerAttributes": {"LoadBalancerAttributes": {}}},
        because="draining.",
    ),
)
