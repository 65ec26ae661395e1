"""Send the logs of an Aurora or Multi-AZ DB cluster to CloudWatch Logs.

What it does
------------
Turns on the export of logs of all members of the DB cluster, at once and without a restart. Which ones, the option
``types`` says; while it is ``null``, ``postgresql`` for PostgreSQL, ``audit`` and ``error`` for Aurora MySQL, and
``error`` and ``slowquery`` for a Multi-AZ DB cluster of MySQL. ``general`` is never sent unless it is asked for: it
holds every statement with its values, passwords too. What is sent already goes on being sent.

The log ``audit`` of Aurora MySQL is empty until the parameters ``server_audit_logging`` and ``server_audit_events`` of
the cluster's parameter group are set. That is not changed here.

It refuses a cluster of another product, one of Aurora Serverless v1, logs that the engine's version cannot export, one
whose exports are being changed, and one whose status is not ``available``.

Why it matters
--------------
On the instances, logs are deleted after days, and with the cluster. Whoever looks into an incident needs them later,
and where the database's administrators cannot change them.

What can break
--------------
Nothing in the database. Statements in the logs may hold personal data, which whoever may read the log groups can read.
CloudWatch Logs charges for what it takes in, and keeps it until the log groups ``/aws/rds/cluster/…`` get a retention.

Undo
----
Turns off again what was turned on. The log groups stay, with what is in them.

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
