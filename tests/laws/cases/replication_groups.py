"""ElastiCache replication groups for the cases of several fixes. moto settles each change at once."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

from moto.elasticache.models import elasticache_backends

from runtime.domain.resource import Resource
from tests.laws.cases import ACCOUNT_ID, REGION, Clients, resource_from

NUMBERS = count(1)


def create_group(clients: Clients, name: str, **parameters: Any) -> Resource:
    known = {
        "ReplicationGroupDescription": "orders",
        "Engine": "redis",
        "CacheNodeType": "cache.r7g.large",
        "NumNodeGroups": 1,
        "ReplicasPerNodeGroup": 1,
        "AutomaticFailoverEnabled": False,
    }
    answer = clients("elasticache").create_replication_group(ReplicationGroupId=name, **{**known, **parameters})
    return resource_from(answer["ReplicationGroup"]["ARN"])


def group(*, status: str = "", **parameters: Any) -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        resource = create_group(clients, f"orders-{next(NUMBERS)}", **parameters)
        if status:
            elasticache_backends[ACCOUNT_ID][REGION].replication_groups[resource.name].status = status
        return resource

    return create


def replaced(**parameters: Any) -> Callable[[Clients, Resource], None]:
    """To disturb a case: a group of the same name, which is another one."""

    def disturb(clients: Clients, resource: Resource) -> None:
        elasticache_backends[ACCOUNT_ID][REGION].replication_groups.pop(resource.name)
        create_group(clients, resource.name, **parameters)

    return disturb


def read_back(clients: Clients, resource: Resource) -> Any:
    (found,) = clients("elasticache").describe_replication_groups(ReplicationGroupId=resource.name)["ReplicationGroups"]
    return {
        name: found[name]
        for name in ("AutomaticFailover", "CacheNodeType", "MultiAZ", "SnapshotRetentionLimit", "Status")
    }


def fixed(**changed: Any) -> dict[str, Any]:
    known = {
        "AutomaticFailover": "disabled",
        "CacheNodeType": "cache.r7g.large",
        "MultiAZ": "disabled",
        "SnapshotRetentionLimit": 0,
        "Status": "available",
    }
    return {**known, **changed}
