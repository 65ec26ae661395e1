"""Turn off public access to an RDS DB instance.

What it does
------------
Sets ``PubliclyAccessible`` of the DB instance to false. Nothing else changes: RDS makes this change immediately,
regardless of the maintenance window, so modifications that are pending for the window stay pending.

It refuses an instance whose status is not ``available``, and a member of a Multi-AZ DB cluster, whose instances
cannot be modified individually.

Why it matters
--------------
The name of a publicly accessible instance resolves to a public address. One careless security group rule then exposes
the database's login to the whole internet.

What can break
--------------
Clients outside the VPC that use the instance's name get its private address and can no longer connect, unless they
reach the VPC by VPN, peering or Direct Connect. Clients in the VPC are not affected; the instance does not restart.

Undo
----
Sets ``PubliclyAccessible`` to true again. The public address may change; the instance's name does not.

References
----------
* Security Hub control RDS.2:
  https://docs.aws.amazon.com/securityhub/latest/userguide/rds-controls.html#rds-2
* Public access of an instance in a VPC:
  https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_VPC.WorkingWithRDSInstanceinaVPC.html
* ModifyDBInstance: https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBInstance.html
* Multi-AZ DB clusters: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/modify-multi-az-db-cluster.html
"""

from __future__ import annotations

from runtime.domain.fix import Disruption, Stage
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Value
from runtime.fixes.kinds.attributes import SetAttributes
from runtime.fixes.rds import DB_INSTANCE
from runtime.fixes.rds._instances import MODIFIABLE, MODIFIED_ITSELF, instance, modify_instance

FIX = SetAttributes(
    of=DB_INSTANCE,
    id="rds-instance-not-public",
    title="Turn off public access to an RDS DB instance",
    stage=Stage.STABLE,
    disruption=Disruption.DATA_PATH,
    hazard="Clients outside the VPC that use the instance's name can no longer connect.",
    undo_hazard="Re-opens the database: it has a public address again.",
    reads=(instance("PubliclyAccessible"),),
    wanted={"PubliclyAccessible": False},
    guards=(MODIFIED_ITSELF, MODIFIABLE),
    write=modify_instance(PubliclyAccessible=Value("PubliclyAccessible")),
    shows={"engine": lambda look: look["Engine"], "db_cluster": lambda look: look["DBClusterIdentifier"]},
    template={
        TemplateTool.CLOUDFORMATION: "set PubliclyAccessible of AWS::RDS::DBInstance to false",
        TemplateTool.CDK: "set publiclyAccessible of DatabaseInstance, or in an Aurora cluster of ClusterInstance, "
        "to false",
        TemplateTool.TERRAFORM: "set publicly_accessible of aws_db_instance, or in an Aurora cluster of "
        "aws_rds_cluster_instance, to false",
    },
)
