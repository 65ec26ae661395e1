"""Send the logs of an RDS DB instance to CloudWatch Logs.

What it does
------------
Turns on the export of logs of the DB instance, immediately and without a restart. The option ``types`` names the logs;
if it is ``null``, they are:

* ``postgresql`` and ``upgrade`` for PostgreSQL,
* ``audit``, ``error`` and ``slowquery`` for MySQL and MariaDB,
* ``alert``, ``audit``, ``listener`` and ``trace`` for Oracle,
* ``agent`` and ``error`` for SQL Server,
* ``diag.log`` and ``notify.log`` for Db2.

``general`` of MySQL and MariaDB is sent only if the option names it: it contains every statement with its values,
including passwords. Logs that are already sent continue to be sent.

Some of these logs are empty until the database writes them: ``audit`` of MySQL and MariaDB requires an option group
with their audit plugin, ``slowquery`` the parameter ``slow_query_log``, ``audit`` of Oracle its auditing. The fix does
not set these.

It refuses a member of a DB cluster, for which this is set on the cluster; logs that the engine's version cannot
export; and an instance whose exports are being changed.

Why it matters
--------------
On the instance, logs are deleted after days, and with the instance. Investigating an incident requires them later, in a
place where the database's administrators cannot change them.

What can break
--------------
Nothing in the database. Statements in the logs can contain personal data, which all readers of the log groups can see.
CloudWatch Logs charges for ingestion, and keeps the logs until ``/aws/rds/instance/…`` log groups have a retention.

Undo
----
Turns off what was turned on. The log groups and their content are kept.

References
----------
* Security Hub control RDS.9: https://docs.aws.amazon.com/securityhub/latest/userguide/rds-controls.html#rds-9
* Publishing logs to CloudWatch Logs:
  https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_LogAccess.Procedural.UploadtoCloudWatch.html
* ModifyDBInstance: https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBInstance.html
"""

from __future__ import annotations

from runtime.domain.template import TemplateTool
from runtime.fixes.rds import DB_INSTANCE
from runtime.fixes.rds._instances import MODIFIABLE, ON_ITS_OWN, instance, modify_instance
from runtime.fixes.rds._logs import send_logs

_MYSQL = ("audit", "error", "slowquery")

FIX = send_logs(
    of=DB_INSTANCE,
    fix_id="rds-instance-log-exports",
    product="an RDS DB instance",
    read=instance("EngineVersion"),
    write=modify_instance(),
    types={
        "postgres": ("postgresql", "upgrade"),
        "mysql": _MYSQL,
        "mariadb": _MYSQL,
        "oracle": ("alert", "audit", "listener", "trace"),
        "sqlserver": ("agent", "error"),
        "db2": ("diag.log", "notify.log"),
    },
    known=(
        "agent",
        "alert",
        "audit",
        "diag.log",
        "error",
        "general",
        "iam-db-auth-error",
        "listener",
        "notify.log",
        "oemagent",
        "postgresql",
        "slowquery",
        "trace",
        "upgrade",
    ),
    guards=(MODIFIABLE,),
    first=(ON_ITS_OWN,),
    template={
        TemplateTool.CLOUDFORMATION: "add the logs to EnableCloudwatchLogsExports of AWS::RDS::DBInstance",
        TemplateTool.CDK: "add the logs to cloudwatchLogsExports of DatabaseInstance",
        TemplateTool.TERRAFORM: "add the logs to enabled_cloudwatch_logs_exports of aws_db_instance",
    },
)
