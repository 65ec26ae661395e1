"""Send the logs of a DocumentDB cluster to CloudWatch Logs.

What it does
------------
Turns on the export of logs of the DocumentDB cluster, immediately and without a restart. The option ``types`` names the
logs; if it is ``null``, it is the audit log. Logs that are already sent continue to be sent.

The audit log is empty until the parameter ``audit_logs`` of the cluster's parameter group is ``enabled`` or names what
to log; the profiler log requires ``profiler``. The fix does not set them.

It refuses a cluster of another product, logs that the engine's version cannot export, a cluster whose exports are
being changed, and one whose status is not ``available``.

Why it matters
--------------
On the instances, logs are deleted after days, and with the cluster. Investigating an incident later requires knowing
who logged in and what was changed.

What can break
--------------
Nothing in the database. Statements in the logs can contain personal data, which all readers of the log group can see.
CloudWatch Logs charges for ingestion, and keeps the logs until ``/aws/docdb/…`` log groups have a retention.

Undo
----
Turns off what was turned on. The log groups and their content are kept.

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
    "a DocumentDB cluster",
    types={"docdb": ("audit",)},
    known=("audit", "profiler"),
    template={
        TemplateTool.CLOUDFORMATION: "add the logs to EnableCloudwatchLogsExports of AWS::DocDB::DBCluster",
        TemplateTool.CDK: "set exportAuditLogsToCloudWatch of DatabaseCluster to true",
        TemplateTool.TERRAFORM: "add the logs to enabled_cloudwatch_logs_exports of aws_docdb_cluster",
    },
)
