"""A DynamoDB table and its recovery to any second of the last days."""

from __future__ import annotations

from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import AlreadyCompliant, Bad, Clients
from tests.laws.cases.tables import archived, replaced, table


def _for_a_week(clients: Clients) -> Resource:
    resource = table()(clients)
    clients("dynamodb").update_continuous_backups(
        TableName=resource.name,
        PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": 7},
    )
    return resource


def read_back(clients: Clients, resource: Resource) -> Any:
    answer = clients("dynamodb").describe_continuous_backups(TableName=resource.name)
    found = answer["ContinuousBackupsDescription"]["PointInTimeRecoveryDescription"]
    return {"status": found["PointInTimeRecoveryStatus"], "days": found.get("RecoveryPeriodInDays")}


CASES = (
    Bad(name="off", create=table(), fixed={"status": "ENABLED", "days": 35}, disturb=replaced),
    Bad(
        name="off, and a fortnight is enough",
        create=table(),
        options={"days": 14},
        fixed={"status": "ENABLED", "days": 14},
        disturb=replaced,
    ),
    AlreadyCompliant(name="on for a week", create=_for_a_week),
    archived("that of an archived one"),
)
