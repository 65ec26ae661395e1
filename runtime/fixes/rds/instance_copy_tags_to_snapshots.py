"""Copy the tags of an RDS DB instance to its snapshots.

What it does
------------
Sets ``CopyTagsToSnapshot`` of the DB instance to true. Snapshots created after the change have the instance's tags;
existing ones are not changed. The instance does not restart.

It refuses a member of a DB cluster, where only the setting of the cluster has an effect.

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
* Security Hub control RDS.17: https://docs.aws.amazon.com/securityhub/latest/userguide/rds-controls.html#rds-17
* Copying tags to snapshots:
  https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Tagging.CopyTags.html
* ModifyDBInstance: https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBInstance.html
"""

from __future__ import annotations

from runtime.domain.fix import Disruption
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Value
from runtime.fixes.kinds.attributes import SetAttributes
from runtime.fixes.rds import DB_INSTANCE
from runtime.fixes.rds._instances import MODIFIABLE, NOT_CUSTOM, ON_ITS_OWN, instance, modify_instance

FIX = SetAttributes(
    of=DB_INSTANCE,
    id="rds-instance-copy-tags-to-snapshots",
    title="Copy the tags of an RDS DB instance to its snapshots",
    disruption=Disruption.NONE,
    hazard="Policies and budgets by tag apply to the new snapshots.",
    undo_hazard="Later snapshots do not have the tags of the instance.",
    reads=(instance("CopyTagsToSnapshot"),),
    wanted={"CopyTagsToSnapshot": True},
    guards=(NOT_CUSTOM, ON_ITS_OWN, MODIFIABLE),
    write=modify_instance(CopyTagsToSnapshot=Value("CopyTagsToSnapshot")),
    template={
        TemplateTool.CLOUDFORMATION: "set CopyTagsToSnapshot of AWS::RDS::DBInstance to true",
        TemplateTool.CDK: "set copyTagsToSnapshot of DatabaseInstance to true",
        TemplateTool.TERRAFORM: "set copy_tags_to_snapshot of aws_db_instance to true",
    },
)
