"""An RDS DB instance and its protection from being deleted."""

from __future__ import annotations

from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import AlreadyCompliant, Bad, Clients, Refusal
from tests.laws.cases.db_instances import described, instance, member, replace_by_another_one, stopped


def _replace(clients: Clients, resource: Resource) -> None:
    clients("rds").modify_db_instance(DBInstanceIdentifier=resource.name, DeletionProtection=False)
    replace_by_another_one(clients, resource)


def read_back(clients: Clients, resource: Resource) -> Any:
    found = described(clients, resource)
    return {name: found[name] for name in ("DeletionProtection", "DBInstanceStatus", "Engine")}


CASES = (
    Bad(
        name="not protected",
        create=instance(DeletionProtection=False),
        fixed={"DeletionProtection": True, "DBInstanceStatus": "available", "Engine": "postgres"},
        disturb=_replace,
    ),
    AlreadyCompliant(name="protected", create=instance(DeletionProtection=True)),
    Refusal(
        name="a member of a DB cluster",
        create=member(DeletionProtection=False),
        because="is a member of the DB cluster",
    ),
    Refusal(name="stopped", create=stopped(DeletionProtection=False), because="only an available one"),
)
