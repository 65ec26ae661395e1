"""Extend the backup retention of an RDS DB instance.

What it does
------------
Sets ``BackupRetentionPeriod`` of the DB instance to the number of days of the option ``days``. A longer period is kept.
The change is immediate; if backups were off, a first one is made immediately too.

It refuses an instance

* with other modifications pending for the maintenance window, because they would be applied with it;
* that is a member of a DB cluster, whose backups are the cluster's;
* whose period AWS Backup sets, or whose backups are on an Outpost;
* that is a read replica, for which RDS supports backups only with some engines and versions (not MySQL or MariaDB).

Why it matters
--------------
Data that was damaged before the oldest backup cannot be restored. Damage is often found days later.

What can break
--------------
If backups were off, I/O stops for seconds to minutes while the first one is made, and MySQL and MariaDB start to write
binary logs. AWS charges for backups beyond the size of the storage.

Undo
----
Restores the former period, and RDS deletes the automated backups that are older. If backups were off, there is no
undo: it would delete all of them.

References
----------
* Security Hub control RDS.11: https://docs.aws.amazon.com/securityhub/latest/userguide/rds-controls.html#rds-11
* Backup retention period:
  https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithAutomatedBackups.BackupRetention.html
* ModifyDBInstance: https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBInstance.html
"""

from __future__ import annotations

from runtime.domain.fix import Disruption
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Value
from runtime.fixes.kinds.attributes import AtLeast, Option, SetAttributes
from runtime.fixes.kinds.declared import Guard, one_of
from runtime.fixes.rds import BACKUP_DAYS, DB_INSTANCE
from runtime.fixes.rds._instances import (
    MODIFIABLE,
    NOT_CUSTOM,
    NOTHING_WAITS,
    ON_ITS_OWN,
    WAITING,
    WHAT_WAITS,
    instance,
    modify_instance,
)

FIX = SetAttributes(
    of=DB_INSTANCE,
    id="rds-instance-backup-retention",
    title="Extend the backup retention of an RDS DB instance",
    disruption=Disruption.DATA_PATH,
    undo_hazard="Deletes the automated backups that are older than the former period.",
    hazard="If backups were off, database I/O is suspended during the first backup.",
    reads=(
        instance(
            "BackupRetentionPeriod",
            "BackupTarget",
            "AwsBackupRecoveryPointArn",
            "ReadReplicaSourceDBInstanceIdentifier",
            waiting=WHAT_WAITS,
            or_none=("BackupTarget", "AwsBackupRecoveryPointArn", "ReadReplicaSourceDBInstanceIdentifier"),
        ),
    ),
    options={"days": BACKUP_DAYS},
    wanted={"BackupRetentionPeriod": AtLeast(Option("days"))},
    steady=(WAITING,),
    guards=(
        NOT_CUSTOM,
        ON_ITS_OWN,
        Guard(
            holds=one_of("AwsBackupRecoveryPointArn", None),
            because="AWS Backup makes continuous backups of ${subject}: its backup plan sets the retention.",
        ),
        Guard(
            holds=one_of("BackupTarget", None, "region"),
            because="The backups of ${subject} are stored on an Outpost.",
        ),
        Guard(
            holds=lambda look: (
                look["ReadReplicaSourceDBInstanceIdentifier"] is None or look["Engine"] in ("mysql", "mariadb")
            ),
            because=(
                "${subject} is a read replica, for which RDS does not support backups with every version of ${Engine}."
            ),
        ),
        NOTHING_WAITS,
        MODIFIABLE,
    ),
    write=modify_instance(BackupRetentionPeriod=Value("BackupRetentionPeriod"), ApplyImmediately=True),
    takes_back=(
        Guard(
            holds=lambda look: look["BackupRetentionPeriod"] != 0,
            because="It cannot be undone: turning backups off again would delete the existing ones.",
        ),
    ),
    shows={"days": lambda look: look["BackupRetentionPeriod"], "engine": lambda look: look["Engine"]},
    template={
        TemplateTool.CLOUDFORMATION: "set BackupRetentionPeriod of AWS::RDS::DBInstance to the number of days",
        TemplateTool.CDK: "set backupRetention of DatabaseInstance to the number of days",
        TemplateTool.TERRAFORM: "set backup_retention_period of aws_db_instance to the number of days",
    },
)
