"""An RDS DB instance and how long its backups are kept."""

from __future__ import annotations

from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import AlreadyCompliant, Bad, Clients, Refusal
from tests.laws.cases.db_instances import answering, described, instance, member, replaced, stopped, waiting

ONE_DAY = {"BackupRetentionPeriod": 1}


def read_back(clients: Clients, resource: Resource) -> Any:
    found = described(clients, resource)
    return {name: found[name] for name in ("BackupRetentionPeriod", "DBInstanceStatus", "Engine")}


def _fixed(days: int) -> dict[str, Any]:
    return {"BackupRetentionPeriod": days, "DBInstanceStatus": "available", "Engine": "postgres"}


CASES = (
    Bad(name="kept for a day", create=instance(**ONE_DAY), fixed=_fixed(7), disturb=replaced(**ONE_DAY)),
    Bad(
        name="kept for seven days, and fourteen are asked for",
        create=instance(BackupRetentionPeriod=7),
        options={"days": 14},
        fixed=_fixed(14),
        disturb=replaced(**ONE_DAY),
    ),
    Bad(
        name="not kept at all",
        promised=False,
        create=instance(BackupRetentionPeriod=0),
        fixed=_fixed(7),
        disturb=replaced(BackupRetentionPeriod=0),
    ),
    AlreadyCompliant(name="kept for longer", create=instance(BackupRetentionPeriod=30)),
    Refusal(name="those of a cluster", create=member(), because="is a member of the DB cluster"),
    Refusal(name="those of a stopped one", create=stopped(**ONE_DAY), because="only an available one"),
    waiting(**ONE_DAY),
    answering("those that AWS Backup makes", "AWS Backup makes", **ONE_DAY, AwsBackupRecoveryPointArn="arn:aws:backup"),
    answering("those on an Outpost", "on an Outpost", **ONE_DAY, BackupTarget="outposts"),
    answering("those of a replica", "is a read replica", **ONE_DAY, ReadReplicaSourceDBInstanceIdentifier="orders-0"),
)
