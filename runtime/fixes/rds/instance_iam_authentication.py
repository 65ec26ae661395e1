"""Enable IAM database authentication of an RDS DB instance.

What it does
------------
Sets ``EnableIAMDatabaseAuthentication`` of the DB instance to true, immediately. Database users can then be created
that log in with a token from IAM; existing users keep their passwords.

It refuses an instance with other modifications pending for the maintenance window, because they would be applied with
it; one of an engine that does not support it; and a member of a DB cluster, where the setting belongs to the cluster.

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
* Security Hub control RDS.10: https://docs.aws.amazon.com/securityhub/latest/userguide/rds-controls.html#rds-10
* IAM database authentication: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAMDBAuth.html
* ModifyDBInstance: https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBInstance.html
"""

from __future__ import annotations

from runtime.domain.fix import Disruption
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Value
from runtime.fixes.kinds.attributes import SetAttributes
from runtime.fixes.kinds.declared import Guard, one_of
from runtime.fixes.rds import DB_INSTANCE
from runtime.fixes.rds._instances import (
    MODIFIABLE,
    NOTHING_WAITS,
    ON_ITS_OWN,
    WAITING,
    WHAT_WAITS,
    instance,
    modify_instance,
)

FIX = SetAttributes(
    of=DB_INSTANCE,
    id="rds-instance-iam-authentication",
    title="Enable IAM database authentication of an RDS DB instance",
    disruption=Disruption.NONE,
    undo_hazard="Users that log in with IAM can no longer log in.",
    hazard="A principal with permission in IAM can log in as a database user that is created for it.",
    reads=(instance("IAMDatabaseAuthenticationEnabled", waiting=WHAT_WAITS),),
    wanted={"IAMDatabaseAuthenticationEnabled": True},
    steady=(WAITING,),
    guards=(
        ON_ITS_OWN,
        Guard(
            holds=one_of("Engine", "mysql", "mariadb", "postgres"),
            because="${subject} is of ${Engine}, which does not support IAM database authentication.",
        ),
        NOTHING_WAITS,
        MODIFIABLE,
    ),
    write=modify_instance(
        EnableIAMDatabaseAuthentication=Value("IAMDatabaseAuthenticationEnabled"), ApplyImmediately=True
    ),
    template={
        TemplateTool.CLOUDFORMATION: "set EnableIAMDatabaseAuthentication of AWS::RDS::DBInstance to true",
        TemplateTool.CDK: "set iamAuthentication of DatabaseInstance to true",
        TemplateTool.TERRAFORM: "set iam_database_authentication_enabled of aws_db_instance to true",
    },
)
