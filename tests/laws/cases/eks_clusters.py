"""EKS clusters for the cases of several fixes.

moto replaces the whole of what a change is about, where EKS changes what is named, and takes a change of everything at
once, where EKS takes one kind: what it answers is made up here.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

from moto.eks.models import eks_backends

from runtime.domain.resource import Resource
from tests.laws.cases import ACCOUNT_ID, REGION, Clients, resource_from

TYPES = ("api", "audit", "authenticator", "controllerManager", "scheduler")
_NUMBERS = count(1)


def cluster(*logs: str, **access: Any) -> Callable[[Clients], Resource]:
    """With these kinds of logs on, and this access to its endpoint."""

    def create(clients: Clients) -> Resource:
        name = f"cluster-{next(_NUMBERS)}"
        made = clients("eks").create_cluster(
            name=name,
            roleArn=f"arn:aws:iam::{ACCOUNT_ID}:role/cluster",
            resourcesVpcConfig={
                "endpointPublicAccess": True,
                "endpointPrivateAccess": False,
                "publicAccessCidrs": ["0.0.0.0/0"],
                **access,
            },
        )["cluster"]
        _set_logs(name, {one: one in logs for one in TYPES})
        return resource_from(made["arn"])

    return create


def update(
    name: str,
    logging: dict[str, Any] | None = None,
    resourcesVpcConfig: dict[str, Any] | None = None,  # noqa: N803
) -> dict[str, Any]:
    assert (logging is None) != (resourcesVpcConfig is None), "EKS takes one kind of change in a call"
    if resourcesVpcConfig is not None:
        access = {**_kept(name).resources_vpc_config, **resourcesVpcConfig}
        assert access["endpointPublicAccess"] or access["endpointPrivateAccess"], "EKS keeps one way to a cluster"
        _kept(name).resources_vpc_config = access
    if logging is not None:
        named = {kind: setup["enabled"] for setup in logging["clusterLogging"] for kind in setup["types"]}
        _set_logs(name, {kind: kind in _logs(name) for kind in TYPES} | named)
    return {"update": {"id": "an-update", "status": "InProgress"}}


ANSWERS = {"eks:UpdateClusterConfig": update}


def described(clients: Clients, resource: Resource) -> dict[str, Any]:
    found: dict[str, Any] = clients("eks").describe_cluster(name=resource.name)["cluster"]
    return found


def _kept(name: str) -> Any:
    return eks_backends[ACCOUNT_ID][REGION].clusters[name]


def _logs(name: str) -> list[str]:
    return [one for setup in _kept(name).logging["clusterLogging"] if setup["enabled"] for one in setup["types"]]


def _set_logs(name: str, wanted: dict[str, bool]) -> None:
    setups = [{"types": [one for one in TYPES if wanted[one] is on], "enabled": on} for on in (True, False)]
    _kept(name).logging = {"clusterLogging": [setup for setup in setups if setup["types"]]}


def described_as(**other: Any) -> dict[str, Any]:
    """The answer for a cluster that moto does not make."""
    return {
        "eks:DescribeCluster": {
            "cluster": {
                "createdAt": "2026-01-01T00:00:00+00:00",
                "status": "ACTIVE",
                "logging": {"clusterLogging": [{"types": list(TYPES), "enabled": False}]},
                "resourcesVpcConfig": {
                    "endpointPublicAccess": True,
                    "endpointPrivateAccess": False,
                    "publicAccessCidrs": ["0.0.0.0/0"],
                },
                **other,
            }
        }
    }


REGISTERED = described_as(connectorConfig={"provider": "OTHER"})
ON_AN_OUTPOST = described_as(
    outpostConfig={"outpostArns": [f"arn:aws:outposts:{REGION}:{ACCOUNT_ID}:outpost/op-0123456789abcdef0"]}
)
FAILED = described_as(status="FAILED")
UPDATING = described_as(status="UPDATING")
