"""RDS DB instances for the cases of several fixes. moto settles each change at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import REGION, Clients, Refusal, resource_from

NUMBERS = count(1)
"""One account may hold several of the cases; each has names of its own."""

LOGIN = {"MasterUsername": "admin1", "MasterUserPassword": "not-a-secret"}


def create_instance(clients: Clients, name: str, **parameters: Any) -> Resource:
    known = {"DBInstanceClass": "db.t3.micro", "Engine": "postgres", **LOGIN}
    answer = clients("rds").create_db_instance(DBInstanceIdentifier=name, **{**known, **parameters})
    return resource_from(answer["DBInstance"]["DBInstanceArn"])


def instance(**parameters: Any) -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        return create_instance(clients, f"orders-{next(NUMBERS)}", **parameters)

    return create


def stopped(**parameters: Any) -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        resource = instance(**parameters)(clients)
        stop(clients, resource)
        return resource

    return create


def member(engine: str = "aurora-postgresql", **parameters: Any) -> Callable[[Clients], Resource]:
    """A member of a DB cluster."""

    def create(clients: Clients) -> Resource:
        cluster = f"orders-cluster-{next(NUMBERS)}"
        login, multi_az = {} if engine == "neptune" else LOGIN, {}
        if not engine.startswith(("aurora", "neptune")):
            multi_az = {"AllocatedStorage": 100, "Iops": 1000, "DBClusterInstanceClass": "db.m5d.large"}
        clients("rds").create_db_cluster(DBClusterIdentifier=cluster, Engine=engine, **login, **multi_az)
        answer = clients("rds").create_db_instance(
            DBInstanceIdentifier=f"{cluster}-member",
            DBInstanceClass="db.r6g.large",
            Engine=engine,
            DBClusterIdentifier=cluster,
            **parameters,
        )
        return resource_from(answer["DBInstance"]["DBInstanceArn"])

    return create


def described(clients: Clients, resource: Resource) -> Mapping[str, Any]:
    (found,) = clients("rds").describe_db_instances(DBInstanceIdentifier=resource.name)["DBInstances"]
    return found


def stop(clients: Clients, resource: Resource) -> None:
    clients("rds").stop_db_instance(DBInstanceIdentifier=resource.name)


def replace_by_another_one(clients: Clients, resource: Resource, **parameters: Any) -> None:
    clients("rds").delete_db_instance(DBInstanceIdentifier=resource.name, SkipFinalSnapshot=True)
    create_instance(clients, resource.name, **{"Engine": "mysql", **parameters})


def replaced(**parameters: Any) -> Callable[[Clients, Resource], None]:
    """To disturb a case: an instance of the same name, which is another one."""

    def disturb(clients: Clients, resource: Resource) -> None:
        replace_by_another_one(clients, resource, **parameters)

    return disturb


def answer(**members: Any) -> dict[str, Any]:
    """What RDS answers of an instance in a state that moto does not keep."""
    known = {
        "DBInstanceIdentifier": "orders",
        "DBInstanceStatus": "available",
        "DbiResourceId": "db-ABC",
        "Engine": "postgres",
        "EngineVersion": "16.4",
        "TagList": [],
        "PendingModifiedValues": {},
    }
    return {"rds:DescribeDBInstances": {"DBInstances": [{**known, **members}]}}


def waiting(**members: Any) -> Refusal:
    """An instance for which other modifications wait for the maintenance window."""
    pending = {"PendingModifiedValues": {"EngineVersion": "17.1"}}
    return Refusal(
        name="one whose upgrade waits for the maintenance window",
        create=lambda clients: resource_from(f"arn:aws:rds:{REGION}:123456789012:db:orders"),
        answers=answer(**pending, **members),
        because="at once with this one: EngineVersion",
    )


def answering(name: str, because: str, **members: Any) -> Refusal:
    return Refusal(
        name=name,
        create=lambda clients: resource_from(f"arn:aws:rds:{REGION}:123456789012:db:orders"),
        answers=answer(**members),
        because=because,
    )
