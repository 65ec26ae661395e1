"""Copy the tags of a Neptune cluster to its snapshots.

What it does
------------
Sets ``CopyTagsToSnapshot`` of the DB cluster to true. Snapshots that are made from then on have the cluster's tags;
those that are there stay as they are. Nothing restarts.

It refuses a cluster of another product, and one whose status is not ``available``.

Why it matters
--------------
Who owns a snapshot, what it costs, and who may use it is often decided by tags. A snapshot without them falls through.

What can break
--------------
Nothing in the database. Policies, budgets and backup plans that go by tags begin to see the new snapshots.

Undo
----
Sets it to false again. Snapshots keep the tags that they got meanwhile.

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
