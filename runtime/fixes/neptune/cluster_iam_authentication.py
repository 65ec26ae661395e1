"""Enable IAM authentication for a Neptune cluster.

What it does
------------
Sets ``EnableIAMDatabaseAuthentication`` of the Neptune cluster to true, immediately. Neptune then answers only requests
that are signed with IAM credentials, and only if an IAM policy allows the ``neptune-db`` actions.

It refuses a cluster of another product, and one whose status is not ``available``.

Why it matters
--------------
Neptune has no passwords. Without IAM, every client that reaches the port can read and change all data.

What can break
--------------
**Every client that does not sign its requests is cut off immediately**, and so is one whose role does not allow
``neptune-db`` actions on the cluster. First make all clients sign: Neptune already accepts signed requests. The fix's
reads do not show which clients sign; the audit log does.

Undo
----
Sets it to false again: clients that reach the port need no credentials. Neptune refuses that while an instance of the
cluster is public.

References
----------
* Security Hub control Neptune.7:
  https://docs.aws.amazon.com/securityhub/latest/userguide/neptune-controls.html#neptune-7
* IAM database authentication: https://docs.aws.amazon.com/neptune/latest/userguide/iam-auth-enable.html
* ModifyDBCluster: https://docs.aws.amazon.com/neptune/latest/apiref/API_ModifyDBCluster.html
"""

from __future__ import annotations

from runtime.domain.fix import Disruption
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Value
from runtime.fixes.kinds.attributes import SetAttributes
from runtime.fixes.rds import DB_CLUSTER
from runtime.fixes.rds._clusters import NEPTUNE, cluster, guards, modify_cluster

FIX = SetAttributes(
    of=DB_CLUSTER,
    id="neptune-cluster-iam-authentication",
    title="Enable IAM authentication for a Neptune cluster",
    disruption=Disruption.DATA_PATH,
    hazard="Clients that do not sign their requests lose access at once.",
    undo_hazard="Anybody who can connect to the cluster's port has access without credentials again.",
    reads=(
        cluster(
            "IAMDatabaseAuthenticationEnabled",
            logs="EnabledCloudwatchLogsExports || `[]`",
            members="length(DBClusterMembers || `[]`)",
            sets=("logs",),
        ),
    ),
    informs=("logs", "members"),
    wanted={"IAMDatabaseAuthenticationEnabled": True},
    guards=guards(NEPTUNE),
    # Neptune applies every change but a new name or version immediately, whatever the request.
    # https://docs.aws.amazon.com/neptune/latest/apiref/API_ModifyDBCluster.html
    write=modify_cluster(EnableIAMDatabaseAuthentication=Value("IAMDatabaseAuthenticationEnabled")),
    shows={"instances": lambda look: look["members"], "logs_in_cloudwatch": lambda look: look["logs"]},
    template={
        TemplateTool.CLOUDFORMATION: "set IamAuthEnabled of AWS::Neptune::DBCluster to true",
        TemplateTool.CDK: "set iamAuthentication of DatabaseCluster to true",
        TemplateTool.TERRAFORM: "set iam_database_authentication_enabled of aws_neptune_cluster to true",
    },
)
