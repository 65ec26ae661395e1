"""An RDS DB instance and logins with IAM."""

from __future__ import annotations

from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import AlreadyCompliant, Bad, Clients, Refusal
from tests.laws.cases.db_instances import described, instance, member, replaced, stopped, waiting


def read_back(clients: Clients, resource: Resource) -> Any:
    found = described(clients, resource)
    return {name: found[name] for name in ("IAMDatabaseAuthenticationEnabled", "DBInstanceStatus", "Engine")}


CASES = (
    Bad(
        name="without them",
        create=instance(EnableIAMDatabaseAuthentication=False),
        fixed={"IAMDatabaseAuthenticationEnabled": True, "DBInstanceStatus": "available", "Engine": "postgres"},
        disturb=replaced(EnableIAMDatabaseAuthentication=False),
    ),
    AlreadyCompliant(name="with them", create=instance(EnableIAMDatabaseAuthentication=True)),
    Refusal(
        name="of an engine without them",
        create=instance(Engine="oracle-se2"),
        because="which does not support IAM database authentication",
    ),
    Refusal(name="a member of a DB cluster", create=member(), because="is a member of the DB cluster"),
    Refusal(name="stopped", create=stopped(), because="only an available one"),
    waiting(IAMDatabaseAuthenticationEnabled=False),
)
