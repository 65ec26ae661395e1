"""Enable IAM database authentication of an Aurora DB cluster.

What it does
------------
Sets ``EnableIAMDatabaseAuthentication`` of the DB cluster to true, at once. Users of the database may then be made that
log in with a token from IAM; those that are there keep their passwords.

It refuses a cluster for which other modifications wait for the maintenance window, because they would be applied with
it; one of another product; a Multi-AZ DB cluster; one of Aurora Serverless v1; and one whose status is not
``available``.

Why it matters
--------------
A password that an application keeps can be stolen and is seldom changed. A token is made for one login, by a role, and
is good for 15 minutes.

What can break
--------------
Nothing by itself: it only allows such logins. In PostgreSQL, a user that is granted ``rds_iam`` later can no longer
log in with its password. For very many new connections a second, tokens are too slow.

Undo
----
Sets it to false again. Users that were made to log in with IAM can then no longer log in.

References
----------
* Security Hub control RDS.12: https://docs.aws.amazon.com/securityhub/latest/userguide/rds-controls.html#rds-12
* IAM database authentication:
  https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/UsingWithRDS.IAMDBAuth.html
* ModifyDBCluster: https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBCluster.html
"""

from __future__ import annotations

from runtime.domain.fix import Disruption
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Value
from runtime.fixes.kinds.attributes import SetAttributes
from runtime.fixes.rds import DB_CLUSTER
from runtime.fixes.rds._clusters import AURORA, NOT_SERVERLESS_V1, cluster, guards, modify_cluster
from runtime.fixes.rds._instances import NOTHING_WAITS, WAITING, WHAT_WAITS

FIX = SetAttributes(
    of=DB_CLUSTER,
    id="rds-cluster-iam-authentication",
    title="Enable IAM database authentication of an Aurora DB cluster",
    disruption=Disruption.NONE,
    hazard="A principal with permission in IAM can log in as a database user that is created for it.",
    undo_hazard="Users that log in with IAM can no longer log in.",
    reads=(cluster("IAMDatabaseAuthenticationEnabled", "EngineMode", or_none=("EngineMode",), waiting=WHAT_WAITS),),
    wanted={"IAMDatabaseAuthenticationEnabled": True},
    steady=(WAITING,),
    guards=(NOT_SERVERLESS_V1, NOTHING_WAITS, *guards(AURORA)),
    write=modify_cluster(
        EnableIAMDatabaseAuthentication=Value("IAMDatabaseAuthenticationEnabled"), ApplyImmediately=True
    ),
    template={
        TemplateTool.CLOUDFORMATION: "set EnableIAMDatabaseAuthentication of AWS::RDS::DBCluster to true",
        TemplateTool.CDK: "set iamAuthentication of DatabaseCluster to true",
        TemplateTool.TERRAFORM: "set iam_database_authentication_enabled of aws_rds_cluster to true",
    },
)
