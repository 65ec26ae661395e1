"""Send the logs of an Aurora or Multi-AZ DB cluster to CloudWatch Logs.

What it does
------------
Turns on the export of logs of all members of the DB cluster, immediately and without a restart. The option ``types``
names the logs; if it is ``null``, they are ``postgresql`` for PostgreSQL, ``audit`` and ``error`` for Aurora MySQL, and
``error`` and ``slowquery`` for a Multi-AZ DB cluster of MySQL. ``general`` is sent only if the option names it: it
contains every statement with its values, including passwords. Logs that are already sent continue to be sent.

The log ``audit`` of Aurora MySQL is empty until the parameters ``server_audit_logging`` and ``server_audit_events`` of
the cluster's parameter group are set. The fix does not set them.

It refuses a cluster of another product, one of Aurora Serverless v1, logs that the engine's version cannot export, one
whose exports are being changed, and one whose status is not ``available``.

Why it matters
--------------
On the instances, logs are deleted after days, and with the cluster. Investigating an incident requires them later, in a
place where the database's administrators cannot change them.

What can break
--------------
Nothing in the database. Statements in the logs can contain personal data, which all readers of the log groups can see.
CloudWatch Logs charges for ingestion, and keeps the logs until ``/aws/rds/cluster/…`` log groups have a retention.

Undo
----
Turns off what was turned on. The log groups and their content are kept.

References
----------
* Security Hub control RDS.34: https://docs.aws.amazon.com/securityhub/latest/userguide/rds-controls.html#rds-34
* Publishing logs to CloudWatch Logs:
  https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/AuroraMySQL.Integrating.CloudWatch.html
* ModifyDBCluster: https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBCluster.html
"""

from __future__ import annotations

from runtime.domain.template import TemplateTool
from runtime.fixes.rds._clusters import cluster_logs

FIX = cluster_logs(
    "rds-cluster-log-exports",
    "an Aurora or Multi-AZ DB cluster",
    types={
        "aurora-mysql": ("audit", "error"),
        "aurora-postgresql": ("postgresql",),
        "mysql": ("error", "slowquery"),
        "postgres": ("postgresql",),
    },
    known=("audit", "error", "general", "iam-db-auth-error", "instance", "postgresql", "slowquery", "upgrade"),
    template={
        TemplateTool.CLOUDFORMATION: "add the logs to EnableCloudwatchLogsExports of AWS::RDS::DBCluster",
        TemplateTool.CDK: "add the logs to cloudwatchLogsExports of DatabaseCluster",
        TemplateTool.TERRAFORM: "add the logs to enabled_cloudwatch_logs_exports of aws_rds_cluster",
    },
)
