"""An RDS DB instance. moto settles each change at once; what is seen while it settles is in the unit tests."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import AlreadyCompliant, Bad, Clients, Refusal, resource_from

NUMBERS = count(1)
"""One account may hold several of the cases; each has names of its own."""


def _create(clients: Clients, name: str, *, public: bool, engine: str = "postgres") -> Resource:
    answer = clients("rds").create_db_instance(
        DBInstanceIdentifier=name,
        DBInstanceClass="db.t3.micro",
        Engine=engine,
        MasterUsername="admin1",
        MasterUserPassword="not-a-secret",
        PubliclyAccessible=public,
    )
    return resource_from(answer["DBInstance"]["DBInstanceArn"])


def _instance(*, public: bool) -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        return _create(clients, f"orders-{next(NUMBERS)}", public=public)

    return create


def _aurora_member(clients: Clients) -> Resource:
    cluster = f"orders-cluster-{next(NUMBERS)}"
    clients("rds").create_db_cluster(
        DBClusterIdentifier=cluster,
        Engine="aurora-postgresql",
        MasterUsername="admin1",
        MasterUserPassword="not-a-secret",
    )
    answer = clients("rds").create_db_instance(
        DBInstanceIdentifier=f"{cluster}-member",
        DBInstanceClass="db.r6g.large",
        Engine="aurora-postgresql",
        DBClusterIdentifier=cluster,
        PubliclyAccessible=True,
    )
    return resource_from(answer["DBInstance"]["DBInstanceArn"])


def _stopped(clients: Clients) -> Resource:
    resource = _instance(public=True)(clients)
    _stop(clients, resource)
    return resource


def _stop(clients: Clients, resource: Resource) -> None:
    clients("rds").stop_db_instance(DBInstanceIdentifier=resource.name)


def _replace_by_another_one(clients: Clients, resource: Resource) -> None:
    clients("rds").delete_db_instance(DBInstanceIdentifier=resource.name, SkipFinalSnapshot=True)
    _create(clients, resource.name, public=True, engine="mysql")


def read_back(clients: Clients, resource: Resource) -> Any:
    (instance,) = clients("rds").describe_db_instances(DBInstanceIdentifier=resource.name)["DBInstances"]
    return {
        "public": instance["PubliclyAccessible"],
        "status": instance["DBInstanceStatus"],
        "class": instance["DBInstanceClass"],
    }


CASES = (
    Bad(
        name="publicly accessible",
        create=_instance(public=True),
        fixed={"public": False, "status": "available", "class": "db.t3.micro"},
        disturb=_stop,
    ),
    Bad(
        name="a publicly accessible member of an Aurora cluster",
        create=_aurora_member,
        fixed={"public": False, "status": "available", "class": "db.r6g.large"},
        disturb=_replace_by_another_one,
    ),
    AlreadyCompliant(name="not publicly accessible", create=_instance(public=False)),
    Refusal(name="publicly accessible but stopped", create=_stopped, because="only an available one"),
)
