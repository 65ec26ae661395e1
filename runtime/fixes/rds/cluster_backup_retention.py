"""Keep automated backups of an Aurora or Multi-AZ DB cluster for longer.

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
* Security Hub control RDS.50:
  https://docs.aws.amazon.com/securityhub/latest/userguide/rds-controls.html#rds-50
* ModifyDBCluster: https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBCluster.html
"""

from __future__ import annotations

from runtime.domain.template import TemplateTool
from runtime.fixes.rds._clusters import RDS, backup_retention

FIX = backup_retention(
    RDS,
    "rds-cluster-backup-retention",
    "an Aurora or Multi-AZ DB cluster",
    {
        TemplateTool.CLOUDFORMATION: "set BackupRetentionPeriod of AWS::RDS::DBCluster to the number of days",
        TemplateTool.CDK: "set the backup retention of DatabaseCluster to the number of days",
        TemplateTool.TERRAFORM: "set backup_retention_period of aws_rds_cluster to the number of days",
    },
)
