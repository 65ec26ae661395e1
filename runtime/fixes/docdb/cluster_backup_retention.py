"""Extend the backup retention of a DocumentDB cluster.

What it does
------------
Sets ``BackupRetentionPeriod`` of the DB cluster to the number of days of the option ``days``. A longer period is kept.
A cluster always has backups, so nothing is interrupted.

It refuses a cluster whose backups AWS Backup manages, one of another product, and one whose status is not
``available``.

Why it matters
--------------
Data that was damaged before the oldest backup cannot be restored. Damage is often found days later.

What can break
--------------
Nothing. AWS charges for backup storage beyond the free amount.

Undo
----
Restores the former period, and AWS deletes the automated backups that are older.

References
----------
* Security Hub control DocumentDB.2:
  https://docs.aws.amazon.com/securityhub/latest/userguide/documentdb-controls.html#documentdb-2
* ModifyDBCluster: https://docs.aws.amazon.com/documentdb/latest/developerguide/API_ModifyDBCluster.html
"""

from __future__ import annotations

from runtime.domain.template import TemplateTool
from runtime.fixes.rds._clusters import DOCUMENTDB, backup_retention

FIX = backup_retention(
    DOCUMENTDB,
    "docdb-cluster-backup-retention",
    "a DocumentDB cluster",
    {
        TemplateTool.CLOUDFORMATION: "set BackupRetentionPeriod of AWS::DocDB::DBCluster to the number of days",
        TemplateTool.CDK: "set the backup retention of DatabaseCluster to the number of days",
        TemplateTool.TERRAFORM: "set backup_retention_period of aws_docdb_cluster to the number of days",
    },
)
