"""An RDS DB instance and its logs in CloudWatch Logs."""

from __future__ import annotations

from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import AlreadyCompliant, Bad, Clients, Refusal
from tests.laws.cases.db_instances import answering, described, instance, member, replaced, stopped
from tests.laws.cases.db_logs import EXPORTABLE

ANSWERS = EXPORTABLE


def read_back(clients: Clients, resource: Resource) -> Any:
    found = described(clients, resource)
    return {
        "logs": sorted(found["EnabledCloudwatchLogsExports"]),
        **{name: found[name] for name in ("DBInstanceStatus", "Engine", "MonitoringInterval")},
    }


def _fixed(engine: str, *logs: str) -> dict[str, Any]:
    return {"logs": [*logs], "DBInstanceStatus": "available", "Engine": engine, "MonitoringInterval": 0}


CASES = (
    Bad(
        name="without logs",
        create=instance(),
        fixed=_fixed("postgres", "postgresql", "upgrade"),
        disturb=replaced(Engine="postgres", EnableCloudwatchLogsExports=["upgrade"]),
    ),
    Bad(
        name="with one of them, and one that is not asked for",
        create=instance(Engine="mysql", EnableCloudwatchLogsExports=["error", "general"]),
        fixed=_fixed("mysql", "audit", "error", "general", "slowquery"),
        disturb=replaced(EnableCloudwatchLogsExports=["slowquery"]),
    ),
    Bad(
        name="without the one that is asked for",
        create=instance(Engine="mysql"),
        options={"types": ["general"]},
        fixed=_fixed("mysql", "general"),
        disturb=replaced(EnableCloudwatchLogsExports=["audit"]),
    ),
    AlreadyCompliant(
        name="with more than is asked for",
        create=instance(EnableCloudwatchLogsExports=["postgresql", "upgrade", "iam-db-auth-error"]),
    ),
    Refusal(
        name="of an edition that cannot send one",
        create=instance(Engine="sqlserver-ex"),
        because="cannot send all of these logs",
    ),
    answering("of an engine that is not known", "this is for postgres", Engine="custom-sqlserver-ee"),
    Refusal(name="a member of a DB cluster", create=member(), because="is a member of the DB cluster"),
    Refusal(name="stopped", create=stopped(), because="only an available one"),
    answering(
        "one whose logs are being changed",
        "are being changed: upgrade",
        PendingModifiedValues={"PendingCloudwatchLogsExports": {"LogTypesToDisable": ["upgrade"]}},
    ),
)
