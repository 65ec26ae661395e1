"""An RDS DB instance and the tags of its snapshots."""

from __future__ import annotations

from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import AlreadyCompliant, Bad, Clients, Refusal
from tests.laws.cases.db_instances import described, instance, member, replaced, stopped


def read_back(clients: Clients, resource: Resource) -> Any:
    found = described(clients, resource)
    return {name: found[name] for name in ("CopyTagsToSnapshot", "DBInstanceStatus", "BackupRetentionPeriod")}


CASES = (
    Bad(
        name="without it",
        create=instance(CopyTagsToSnapshot=False),
        fixed={"CopyTagsToSnapshot": True, "DBInstanceStatus": "available", "BackupRetentionPeriod": 1},
        disturb=replaced(CopyTagsToSnapshot=False),
    ),
    AlreadyCompliant(name="with it", create=instance(CopyTagsToSnapshot=True)),
    Refusal(
        name="a member of a DB cluster",
        create=member(CopyTagsToSnapshot=False),
        because="is a member of the DB cluster",
    ),
    Refusal(name="stopped", create=stopped(CopyTagsToSnapshot=False), because="only an available one"),
)
