"""Redshift clusters for the cases of several fixes. moto settles each change at once."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

from moto.redshift.models import redshift_backends

from runtime.domain.resource import Resource
from tests.laws.cases import ACCOUNT_ID, REGION, Clients, resource_from

NUMBERS = count(1)


def create_cluster(clients: Clients, name: str, **parameters: Any) -> Resource:
    clients("redshift").create_cluster(
        ClusterIdentifier=name,
        NodeType="ra3.large",
        MasterUsername="admin1",
        MasterUserPassword="Not-a-secret-1",
        **parameters,
    )
    return resource_from(f"arn:aws:redshift:{REGION}:{ACCOUNT_ID}:cluster:{name}")


def cluster(**parameters: Any) -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        return create_cluster(clients, f"orders-{next(NUMBERS)}", **parameters)

    return create


def paused(**parameters: Any) -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        resource = cluster(**parameters)(clients)
        clients("redshift").describe_clusters(ClusterIdentifier=resource.name)  # moto makes a new one available then
        redshift_backends[ACCOUNT_ID][REGION].clusters[resource.name].status = "paused"
        return resource

    return create


def replaced(**parameters: Any) -> Callable[[Clients, Resource], None]:
    """To disturb a case: a cluster of the same name, which is another one."""

    def disturb(clients: Clients, resource: Resource) -> None:
        clients("redshift").delete_cluster(ClusterIdentifier=resource.name, SkipFinalClusterSnapshot=True)
        create_cluster(clients, resource.name, **parameters)

    return disturb


def read_back(clients: Clients, resource: Resource) -> Any:
    (found,) = clients("redshift").describe_clusters(ClusterIdentifier=resource.name)["Clusters"]
    names = (
        "AllowVersionUpgrade",
        "AutomatedSnapshotRetentionPeriod",
        "ClusterStatus",
        "EnhancedVpcRouting",
        "PubliclyAccessible",
    )
    return {name: found[name] for name in names}


def fixed(**changed: Any) -> dict[str, Any]:
    known = {
        "AllowVersionUpgrade": True,
        "AutomatedSnapshotRetentionPeriod": 1,
        "ClusterStatus": "available",
        "EnhancedVpcRouting": False,
        "PubliclyAccessible": False,
    }
    return {**known, **changed}
