"""An ElastiCache replication group and the minor versions that it gets.

moto passes over the setting when a group is modified, and does not know the nodes of a group.
"""

from __future__ import annotations

from typing import Any

from moto.elasticache.models import elasticache_backends

from runtime.domain.resource import Resource
from tests.laws.cases import ACCOUNT_ID, REGION, AlreadyCompliant, Bad, Clients, Refusal
from tests.laws.cases.replication_groups import fixed, group, replaced
from tests.laws.cases.replication_groups import read_back as group_read_back
from tests.laws.customer_account import client


def _modify(**parameters: Any) -> dict[str, Any]:
    answer: dict[str, Any] = client("elasticache").modify_replication_group(**parameters)
    name = parameters["ReplicationGroupId"]
    elasticache_backends[ACCOUNT_ID][REGION].replication_groups[name].auto_minor_version_upgrade = parameters[
        "AutoMinorVersionUpgrade"
    ]
    return answer


def _node(engine: str = "redis", version: str = "7.1.0") -> dict[str, Any]:
    found = {"Engine": engine, "EngineVersion": version, "PreferredMaintenanceWindow": "sun:05:00-sun:06:00"}
    return {"elasticache:DescribeCacheClusters": {"CacheClusters": [found]}}


ANSWERS = {"elasticache:ModifyReplicationGroup": _modify, **_node()}

OFF = {"AutoMinorVersionUpgrade": False}


def read_back(clients: Clients, resource: Resource) -> Any:
    (found,) = clients("elasticache").describe_replication_groups(ReplicationGroupId=resource.name)["ReplicationGroups"]
    return {**group_read_back(clients, resource), "upgrades": found["AutoMinorVersionUpgrade"]}


CASES = (
    Bad(
        name="not upgraded",
        create=group(**OFF),
        fixed={**fixed(), "upgrades": True},
        disturb=replaced(**OFF),
    ),
    Bad(
        name="one of Valkey, of several shards, and not upgraded",
        create=group(**OFF, Engine="valkey", NumNodeGroups=2, AutomaticFailoverEnabled=True),
        answers=_node("valkey", "8.0.1"),
        fixed={**fixed(AutomaticFailover="enabled"), "upgrades": True},
        disturb=replaced(**OFF),
    ),
    AlreadyCompliant(name="upgraded", create=group(AutoMinorVersionUpgrade=True)),
    Refusal(
        name="one of an old Redis",
        create=group(**OFF),
        answers=_node(version="5.0.6"),
        because="redis 5.0.6, which has no automatic upgrades",
    ),
    Refusal(
        name="one that could not be made", create=group(**OFF, status="create-failed"), because="only an available one"
    ),
    Refusal(name="being backed up", create=group(**OFF, status="snapshotting"), because="which is transitional"),
)
