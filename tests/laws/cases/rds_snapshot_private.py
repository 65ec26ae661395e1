"""Snapshots of a DB instance and of a DB cluster, and who may restore them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.rds.models import rds_backends

from runtime.domain.resource import Resource
from tests.laws.cases import ACCOUNT_ID, REGION, AlreadyCompliant, Bad, Clients, Refusal, resource_from
from tests.laws.cases.db_clusters import cluster
from tests.laws.cases.db_instances import NUMBERS, instance

FRIEND = "111111111111"
STRANGER = "222222222222"
EVERYBODY = ("all",)


def _of_instance(*shared_with: str) -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        name = f"before-{next(NUMBERS)}"
        source = instance()(clients).name
        answer = clients("rds").create_db_snapshot(DBSnapshotIdentifier=name, DBInstanceIdentifier=source)
        return _shared(clients, resource_from(answer["DBSnapshot"]["DBSnapshotArn"]), *shared_with)

    return create


def _of_cluster(engine: str, *shared_with: str) -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        name = f"before-{next(NUMBERS)}"
        source = cluster(engine)(clients).name
        answer = clients("rds").create_db_cluster_snapshot(DBClusterSnapshotIdentifier=name, DBClusterIdentifier=source)
        return _shared(clients, resource_from(answer["DBClusterSnapshot"]["DBClusterSnapshotArn"]), *shared_with)

    return create


def _shared(clients: Clients, resource: Resource, *accounts: str) -> Resource:
    if accounts:
        _modify(clients, resource, ValuesToAdd=list(accounts))
    return resource


def _modify(clients: Clients, resource: Resource, **change: list[str]) -> None:
    rds = clients("rds")
    if resource.type == "AWS::RDS::DBSnapshot":
        rds.modify_db_snapshot_attribute(DBSnapshotIdentifier=resource.name, AttributeName="restore", **change)
    else:
        rds.modify_db_cluster_snapshot_attribute(
            DBClusterSnapshotIdentifier=resource.name, AttributeName="restore", **change
        )


def _share_with_a_stranger(clients: Clients, resource: Resource) -> None:
    _modify(clients, resource, ValuesToAdd=[STRANGER])


def _copying(clients: Clients) -> Resource:
    resource = _of_instance(*EVERYBODY)(clients)
    rds_backends[ACCOUNT_ID][REGION].database_snapshots[resource.name].status = "copying"
    return resource


def _failed(clients: Clients) -> Resource:
    resource = _of_cluster("neptune", *EVERYBODY)(clients)
    rds_backends[ACCOUNT_ID][REGION].cluster_snapshots[resource.name].status = "failed"
    return resource


def read_back(clients: Clients, resource: Resource) -> Any:
    rds = clients("rds")
    if resource.type == "AWS::RDS::DBSnapshot":
        answer = rds.describe_db_snapshot_attributes(DBSnapshotIdentifier=resource.name)
        (restore,) = answer["DBSnapshotAttributesResult"]["DBSnapshotAttributes"]
    else:
        answer = rds.describe_db_cluster_snapshot_attributes(DBClusterSnapshotIdentifier=resource.name)
        (restore,) = answer["DBClusterSnapshotAttributesResult"]["DBClusterSnapshotAttributes"]
    return sorted(restore["AttributeValues"])


CASES = (
    Bad(name="of an instance, public", create=_of_instance("all"), fixed=[], disturb=_share_with_a_stranger),
    Bad(
        name="of an instance, public and shared with an account",
        create=_of_instance("all", FRIEND),
        fixed=[FRIEND],
        disturb=_share_with_a_stranger,
    ),
    Bad(
        name="of an Aurora cluster, public and shared with an account",
        create=_of_cluster("aurora-mysql", "all", FRIEND),
        fixed=[FRIEND],
        disturb=_share_with_a_stranger,
    ),
    Bad(
        name="of an Amazon DocumentDB cluster, public",
        create=_of_cluster("docdb", "all"),
        fixed=[],
        disturb=_share_with_a_stranger,
    ),
    AlreadyCompliant(name="of an instance, shared with an account only", create=_of_instance(FRIEND)),
    AlreadyCompliant(name="of a Neptune cluster, not shared", create=_of_cluster("neptune")),
    Refusal(name="being copied", create=_copying, because="which is transitional"),
    Refusal(name="of a cluster, failed", create=_failed, because="only an available one"),
)
