"""Copy the tags of an Aurora or Multi-AZ DB cluster to its snapshots.

What it does
------------
Sets ``CopyTagsToSnapshot`` of the DB cluster to true. Snapshots created after the change have the cluster's tags;
existing ones are not changed. Nothing restarts.

It refuses a cluster of another product, and one whose status is not ``available``.

Why it matters
--------------
Tags often determine who owns a snapshot, what it costs, and who may use it. A snapshot without tags is missed.

What can break
--------------
Nothing in the database. Policies, budgets and backup plans that select by tag include the new snapshots.

Undo
----
Sets it to false again. Snapshots keep the tags that they received.

References
----------
* Security Hub control RDS.16:
  https://docs.aws.amazon.com/securityhub/latest/userguide/rds-controls.html#rds-16
* Security Hub control RDS.47:
  https://docs.aws.amazon.com/securityhub/latest/userguide/rds-controls.html#rds-47
* Security Hub control RDS.48:
  https://docs.aws.amazon.com/securityhub/latest/userguide/rds-controls.html#rds-48
* ModifyDBCluster: https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBCluster.html
"""

from __future__ import annotations

from runtime.domain.template import TemplateTool
from runtime.fixes.rds._clusters import RDS, copy_tags

FIX = copy_tags(
    RDS,
    "rds-cluster-copy-tags-to-snapshots",
    "an Aurora or Multi-AZ DB cluster",
    {
        TemplateTool.CLOUDFORMATION: "set CopyTagsToSnapshot of AWS::RDS::DBCluster to true",
        TemplateTool.CDK: "set copyTagsToSnapshot of DatabaseCluster to true",
        TemplateTool.TERRAFORM: "set copy_tags_to_snapshot of aws_rds_cluster to true",
    },
)
