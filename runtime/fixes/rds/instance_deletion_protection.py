"""Turn on deletion protection of an RDS DB instance.

What it does
------------
Sets ``DeletionProtection`` of the DB instance to true. RDS then refuses to delete it for every principal, until the
protection is turned off. Nothing else changes, and the instance does not restart.

It refuses a member of a DB cluster: the cluster has a setting of its own, and that of a member has no effect.

Why it matters
--------------
Without it, one wrong call deletes the database, and its automated backups too if no final snapshot is requested.

What can break
--------------
Everything that deletes or replaces the instance on purpose fails: the deletion of a stack, a template change that
replaces the instance, the end of a blue/green deployment.

Undo
----
Sets it to false again.

References
----------
* Security Hub control RDS.8: https://docs.aws.amazon.com/securityhub/latest/userguide/rds-controls.html#rds-8
* Deletion protection: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_DeleteInstance.html
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
    id="rds-instance-deletion-protection",
    title="Turn on deletion protection of an RDS DB instance",
    disruption=Disruption.NONE,
    hazard="Stacks and pipelines that delete or replace the instance fail until the protection is off.",
    undo_hazard="The instance can be deleted by mistake.",
    reads=(instance("DeletionProtection"),),
    wanted={"DeletionProtection": True},
    guards=(NOT_CUSTOM, ON_ITS_OWN, MODIFIABLE),
    write=modify_instance(DeletionProtection=Value("DeletionProtection")),
    template={
        TemplateTool.CLOUDFORMATION: "set DeletionProtection of AWS::RDS::DBInstance to true",
        TemplateTool.CDK: "set deletionProtection of DatabaseInstance to true",
        TemplateTool.TERRAFORM: "set deletion_protection of aws_db_instance to true",
    },
)
