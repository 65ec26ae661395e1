"""Copy the tags of a Neptune cluster to its snapshots.

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
* Security Hub control Neptune.8:
  https://docs.aws.amazon.com/securityhub/latest/userguide/neptune-controls.html#neptune-8
* ModifyDBCluster: https://docs.aws.amazon.com/neptune/latest/apiref/API_ModifyDBCluster.html
"""

from __future__ import annotations

from runtime.domain.template import TemplateTool
from runtime.fixes.rds._clusters import NEPTUNE, copy_tags

FIX = copy_tags(
    NEPTUNE,
    "neptune-cluster-copy-tags-to-snapshots",
    "a Neptune cluster",
    {
        TemplateTool.CLOUDFORMATION: "set CopyTagsToSnapshot of AWS::Neptune::DBCluster to true",
        TemplateTool.CDK: "set copyTagsToSnapshot of DatabaseCluster to true",
        TemplateTool.TERRAFORM: "set copy_tags_to_snapshot of aws_neptune_cluster to true",
    },
)
