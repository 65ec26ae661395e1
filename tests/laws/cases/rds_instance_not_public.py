"""An RDS DB instance. moto settles each change at once; what is seen while it settles is in the unit tests."""

from __future__ import annotations

from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import AlreadyCompliant, Bad, Clients, Refusal
from tests.laws.cases.db_instances import described, instance, member, replaced, stop, stopped


def read_back(clients: Clients, resource: Resource) -> Any:
    found = described(clients, resource)
    return {
        "public": found["PubliclyAccessible"],
        "status": found["DBInstanceStatus"],
        "class": found["DBInstanceClass"],
    }


CASES = (
    Bad(
        name="publicly accessible",
        create=instance(PubliclyAccessible=True),
        fixed={"public": False, "status": "available", "class": "db.t3.micro"},
        disturb=stop,
    ),
    Bad(
        name="a publicly accessible member of an Aurora cluster",
        create=member(PubliclyAccessible=True),
        fixed={"public": False, "status": "available", "class": "db.r6g.large"},
        disturb=replaced(PubliclyAccessible=True),
    ),
    AlreadyCompliant(name="not publicly accessible", create=instance(PubliclyAccessible=False)),
    Refusal(
        name="publicly accessible but stopped", create=stopped(PubliclyAccessible=True), because="only an available one"
    ),
)
