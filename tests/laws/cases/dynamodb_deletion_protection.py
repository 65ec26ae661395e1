"""A DynamoDB table and its protection from being deleted."""

from __future__ import annotations

from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import AlreadyCompliant, Bad, Clients
from tests.laws.cases.tables import archived, replaced, table


def read_back(clients: Clients, resource: Resource) -> Any:
    found = clients("dynamodb").describe_table(TableName=resource.name)["Table"]
    return {
        "protected": found["DeletionProtectionEnabled"],
        "billing": found["BillingModeSummary"]["BillingMode"],
        "status": found["TableStatus"],
    }


CASES = (
    Bad(
        name="not protected",
        create=table(),
        fixed={"protected": True, "billing": "PAY_PER_REQUEST", "status": "ACTIVE"},
        disturb=replaced,
    ),
    AlreadyCompliant(name="protected", create=table(DeletionProtectionEnabled=True)),
    archived("archived"),
)
