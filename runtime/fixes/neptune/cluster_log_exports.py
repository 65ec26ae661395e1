"""Send the logs of a Neptune cluster to CloudWatch Logs.

What it does
------------
Turns on the export of logs of the Neptune cluster, immediately and without a restart. The option ``types`` names the
logs; if it is ``null``, it is the audit log. Logs that are already sent continue to be sent.

The audit log is empty until the parameter ``neptune_enable_audit_log`` of the cluster's parameter group is 1, which
requires a restart of each instance; the slow query log requires ``neptune_enable_slow_query_log``. The fix does not set
them.

It refuses a cluster of another product, logs that the engine's version cannot export, a cluster whose exports are
being changed, and one whose status is not ``available``.

Why it matters
--------------
On the instances, logs are deleted after days, and with the cluster. Investigating an incident later requires knowing
who made which request.

What can break
--------------
Nothing in the database. Queries in the logs can contain personal data, which all readers of the log group can see.
CloudWatch Logs charges for ingestion, and keeps the logs until ``/aws/neptune/…`` log groups have a retention.

Undo
----
Turns off what was turned on. The log groups and their content are kept.

References
----------
* Security Hub control Neptune.2:
  https://docs.aws.amazon.com/securityhub/latest/userguide/neptune-controls.html#neptune-2
* Neptune logs in CloudWatch Logs: https://docs.aws.amazon.com/neptune/latest/userguide/cloudwatch-logs.html
* Audit logs: https://docs.aws.amazon.com/neptune/latest/userguide/auditing.html
* ModifyDBCluster: https://docs.aws.amazon.com/neptune/latest/apiref/API_ModifyDBCluster.html
"""

from __future__ import annotations

from runtime.domain.template import TemplateTool
from runtime.fixes.rds._clusters import cluster_logs

FIX = cluster_logs(
    "neptune-cluster-log-exports",
    "a Neptune cluster",
    types={"neptune": ("audit",)},
    known=("audit", "slowquery"),
    template={
        TemplateTool.CLOUDFORMATION: "add the logs to EnableCloudwatchLogsExports of AWS::Neptune::DBCluster",
        TemplateTool.CDK: "add the logs to cloudwatchLogsExports of DatabaseCluster",
        TemplateTool.TERRAFORM: "add the logs to enable_cloudwatch_logs_exports of aws_neptune_cluster",
    },
)
