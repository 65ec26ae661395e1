"""An RDS DB instance and its automatic upgrades."""

from __future__ import annotations

from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import AlreadyCompliant, Bad, Clients, Refusal
from tests.laws.cases.db_instances import answering, described, instance, member, replaced, stopped

OFF = {"AutoMinorVersionUpgrade": False}


def read_back(clients: Clients, resource: Resource) -> Any:
    found = described(clients, resource)
    return {name: found[name] for name in ("AutoMinorVersionUpgrade", "EngineVersion", "DBInstanceStatus", "Engine")}


def _fixed(engine: str, version: str) -> dict[str, Any]:
    return {
        "AutoMinorVersionUpgrade": True,
        "EngineVersion": version,
        "DBInstanceStatus": "available",
        "Engine": engine,
    }


CASES = (
    Bad(
        name="not upgraded",
        create=instance(**OFF, EngineVersion="16.4"),
        fixed=_fixed("postgres", "16.4"),
        disturb=replaced(**OFF),
    ),
    Bad(
        name="a member of an Aurora cluster that is not upgraded",
        create=member(**OFF),
        fixed=_fixed("aurora-postgresql", "12.7"),
        disturb=replaced(**OFF),
    ),
    AlreadyCompliant(name="upgraded", create=instance(AutoMinorVersionUpgrade=True)),
    Refusal(
        name="a member of a Multi-AZ DB cluster",
        create=member("postgres", **OFF),
        because="whose instances cannot be modified individually",
    ),
    Refusal(name="stopped", create=stopped(**OFF), because="only an available one"),
    answering(
        "one that waits for an upgrade",
        "has a pending upgrade to 17.1",
        **OFF,
        PreferredMaintenanceWindow="sun:05:00-sun:06:00",
        PendingModifiedValues={"EngineVersion": "17.1"},
    ),
    answering(
        "one of RDS Custom",
        "RDS Custom",
        **OFF,
        PreferredMaintenanceWindow="sun:05:00-sun:06:00",
        Engine="custom-oracle-ee",
    ),
)
