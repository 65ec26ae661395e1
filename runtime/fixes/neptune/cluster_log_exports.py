"""Send the logs of a Neptune cluster to CloudWatch Logs.

What it does
------------
Turns on the export of logs of the Neptune cluster, at once and without a restart. Which ones, the option ``types``
says; while it is ``null``, the audit log. What is sent already goes on being sent.

The audit log is empty until the parameter ``neptune_enable_audit_log`` of the cluster's parameter group is 1, which
takes a restart of each instance; the log of slow queries needs ``neptune_enable_slow_query_log``. That is not changed
here.

It refuses a cluster of another product, logs that the engine's version cannot export, a cluster whose exports are
being changed, and one whose status is not ``available``.

Why it matters
--------------
On the instances, logs are deleted after days, and with the cluster. Whoever looks into an incident needs to know later
who asked for what.

What can break
--------------
Nothing in the database. Queries in the logs may hold personal data, which whoever may read the log group can read.
CloudWatch Logs charges for what it takes in, and keeps it until the log groups ``/aws/neptune/…`` get a retention.

Undo
----
Turns off again what was turned on. The log groups stay, with what is in them.

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
