"""Send the logs of an RDS DB instance to CloudWatch Logs.

What it does
------------
Turns on the export of logs of the DB instance, at once and without a restart. Which ones, the option ``types`` says;
while it is ``null``:

* ``postgresql`` and ``upgrade`` for PostgreSQL,
* ``audit``, ``error`` and ``slowquery`` for MySQL and MariaDB,
* ``alert``, ``audit``, ``listener`` and ``trace`` for Oracle,
* ``agent`` and ``error`` for SQL Server,
* ``diag.log`` and ``notify.log`` for Db2.

``general`` of MySQL and MariaDB is never sent unless it is asked for: it holds every statement with its values,
passwords too. What is sent already goes on being sent.

Some of these logs are empty until the database writes them: ``audit`` of MySQL and MariaDB takes an option group with
their audit plugin, ``slowquery`` the parameter ``slow_query_log``, ``audit`` of Oracle its auditing. That is not
changed here.

It refuses a member of a DB cluster, for which this is set as a whole; logs that the engine's version cannot export;
and an instance whose exports are being changed.

Why it matters
--------------
On the instance, logs are deleted after days, and with the instance. Whoever looks into an incident needs them later,
and where the database's administrators cannot change them.

What can break
--------------
Nothing in the database. Statements in the logs may hold personal data, which whoever may read the log groups can read.
CloudWatch Logs charges for what it takes in, and keeps it until the log groups ``/aws/rds/instance/…`` get a retention.

Undo
----
Turns off again what was turned on. The log groups stay, with what is in them.

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
