"""Enable IAM database authentication of an Aurora DB cluster.

What it does
------------
Sets ``EnableIAMDatabaseAuthentication`` of the DB cluster to true, immediately. Database users can then be created that
log in with a token from IAM; existing users keep their passwords.

It refuses a cluster with other modifications pending for the maintenance window, because they would be applied with it;
one of another product; a Multi-AZ DB cluster; one of Aurora Serverless v1; and one whose status is not ``available``.

Why it matters
--------------
A password that an application stores can be stolen and is seldom changed. A token is created for one login, by a role,
and is valid for 15 minutes.

What can break
--------------
Nothing by itself: it only allows such logins. In PostgreSQL, a user that is granted ``rds_iam`` later can no longer
log in with its password. Tokens are too slow for a very high rate of new connections.

Undo
----
Sets it to false again. Users that were created for IAM logins can then no longer log in.

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
