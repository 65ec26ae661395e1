"""DB clusters for the cases of several fixes. moto settles each change at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.rds.models import rds_backends

from runtime.domain.resource import Resource
from tests.laws.cases import ACCOUNT_ID, REGION, AlreadyCompliant, Bad, Case, Clients, Refusal, resource_from
from tests.laws.cases.db_instances import LOGIN, NUMBERS

MULTI_AZ = {"AllocatedStorage": 100, "Iops": 1000, "DBClusterInstanceClass": "db.m5d.large"}


def create_cluster(clients: Clients, name: str, engine: str, **parameters: Any) -> Resource:
    """A cluster. moto makes none of Amazon DocumentDB: it is told so afterwards."""
    made_of = "neptune" if engine == "docdb" else engine
    more = {**({} if made_of == "neptune" else LOGIN), **(MULTI_AZ if engine in ("mysql", "postgres") else {})}
    signed = made_of == "neptune" and parameters.pop(
        "EnableIAMDatabaseAuthentication", False
    )  # moto knows it of Aurora
    answer = clients("rds").create_db_cluster(DBClusterIdentifier=name, Engine=made_of, **more, **parameters)
    if engine != made_of or signed:
        made = rds_backends[ACCOUNT_ID][REGION].clusters[name]
        made.engine, made.iam_auth = engine, made.iam_auth or signed
    return resource_from(answer["DBCluster"]["DBClusterArn"])


def cluster(engine: str, **parameters: Any) -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        return create_cluster(clients, f"orders-{next(NUMBERS)}", engine, **parameters)

    return create


def replaced(engine: str, **parameters: Any) -> Callable[[Clients, Resource], None]:
    """To disturb a case: a cluster of the same name, which is another one."""

    def disturb(clients: Clients, resource: Resource) -> None:
        rds = clients("rds")
        rds.modify_db_cluster(DBClusterIdentifier=resource.name, DeletionProtection=False)
        rds.delete_db_cluster(DBClusterIdentifier=resource.name, SkipFinalSnapshot=True)
        snapshots = rds_backends[ACCOUNT_ID][REGION].cluster_snapshots  # moto keeps the automated ones, AWS does not
        for name in [name for name in snapshots if name.startswith(f"rds:{resource.name}-")]:
            del snapshots[name]
        create_cluster(clients, resource.name, engine, **parameters)

    return disturb


def stopped(engine: str, **parameters: Any) -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        resource = cluster(engine, **parameters)(clients)
        rds_backends[ACCOUNT_ID][REGION].clusters[resource.name].status = "stopped"
        return resource

    return create


def read_back(clients: Clients, resource: Resource) -> Any:
    """What no fix of a cluster may change, and what they do change."""
    (found,) = clients("rds").describe_db_clusters(DBClusterIdentifier=resource.name)["DBClusters"]
    names = (
        "BackupRetentionPeriod",
        "CopyTagsToSnapshot",
        "DeletionProtection",
        "Engine",
        "IAMDatabaseAuthenticationEnabled",
        "Status",
    )
    # Of a cluster that sends none, ministack leaves the list out.
    sent = found.get("EnabledCloudwatchLogsExports", [])
    return {**{name: found[name] for name in names}, "EnabledCloudwatchLogsExports": sent}


_SHOWN_AS = {
    "EnableCloudwatchLogsExports": "EnabledCloudwatchLogsExports",
    "EnableIAMDatabaseAuthentication": "IAMDatabaseAuthenticationEnabled",
}


def fixed(engine: str, **changed: Any) -> dict[str, Any]:
    """What is read back of a cluster that was made with these parameters."""
    return {
        "BackupRetentionPeriod": 1,
        "CopyTagsToSnapshot": False,
        "DeletionProtection": False,
        "EnabledCloudwatchLogsExports": [],
        "Engine": engine,
        "IAMDatabaseAuthenticationEnabled": False,
        "Status": "available",
        **{_SHOWN_AS.get(name, name): value for name, value in changed.items()},
    }


def cases_of(engine: str, *more: Case, bad: dict[str, Any], good: dict[str, Any], of_another: str) -> tuple[Case, ...]:
    """The cases of a setting that an engine's clusters have, and for which another engine's have another fix."""
    return (
        Bad(
            name="without it",
            create=cluster(engine, **bad),
            fixed=fixed(engine, **good),
            disturb=replaced(engine, **bad),
        ),
        AlreadyCompliant(name="with it", create=cluster(engine, **good)),
        Refusal(
            name=f"one of {of_another}", create=cluster(of_another, **bad), because=f"is of the engine {of_another};"
        ),
        Refusal(name="stopped", create=stopped(engine, **bad), because="only an available one"),
        *more,
    )
