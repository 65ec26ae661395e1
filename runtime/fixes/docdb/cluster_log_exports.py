"""Send the logs of an Amazon DocumentDB cluster to CloudWatch Logs.

What it does
------------
Turns on the export of logs of the DocumentDB cluster, at once and without a restart. Which ones, the option ``types``
says; while it is ``null``, the audit log. What is sent already goes on being sent.

The audit log is empty until the parameter ``audit_logs`` of the cluster's parameter group is ``enabled`` or names what
is to be logged; the log of the profiler needs ``profiler``. That is not changed here.

It refuses a cluster of another product, logs that the engine's version cannot export, a cluster whose exports are
being changed, and one whose status is not ``available``.

Why it matters
--------------
On the instances, logs are deleted after days, and with the cluster. Whoever looks into an incident needs to know later
who logged in and what was changed.

What can break
--------------
Nothing in the database. Statements in the logs may hold personal data, which whoever may read the log group can read.
CloudWatch Logs charges for what it takes in, and keeps it until the log groups ``/aws/docdb/…`` get a retention.

Undo
----
Turns off again what was turned on. The log groups stay, with what is in them.

References
----------
* Security Hub control DocumentDB.4:
  https://docs.aws.amazon.com/securityhub/latest/userguide/documentdb-controls.html#documentdb-4
* Auditing: https://docs.aws.amazon.com/documentdb/latest/developerguide/event-auditing.html
* ModifyDBCluster: https://docs.aws.amazon.com/documentdb/latest/developerguide/API_ModifyDBCluster.html
"""

from __future__ import annotations

from runtime.domain.template import TemplateTool
from runtime.fixes.rds._clusters import cluster_logs

FIX = cluster_logs(
    "docdb-cluster-log-exports",
    "an Amazon DocumentDB cluster",
    types={"docdb": ("audit",)},
    known=("audit", "profiler"),
    template={
        TemplateTool.CLOUDFORMATION: "add the logs to EnableCloudwatchLogsExports of AWS::DocDB::DBCluster",
        TemplateTool.CDK: "set exportAuditLogsToCloudWatch of DatabaseCluster to true",
        TemplateTool.TERRAFORM: "add the logs to enabled_cloudwatch_logs_exports of aws_docdb_cluster",
    },
)
