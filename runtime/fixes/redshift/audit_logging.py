"""Send the audit logs of a Redshift cluster to CloudWatch Logs.

What it does
------------
Turns on audit logging of the cluster to CloudWatch Logs: connections, changes of users, and user activity. Redshift
creates the log groups. A cluster whose logging is on is not changed, whatever the destination.

The user activity log is empty until the parameter ``enable_user_activity_logging`` of the cluster's parameter group is
true, which requires a restart. The fix does not set it.

It refuses a cluster whose status is not ``available``, including a paused one.

Why it matters
--------------
Only the logs show who connected to the warehouse, from where, and which users were created.

What can break
--------------
Nothing. CloudWatch Logs charges for ingestion and storage; the log groups keep the logs until they have a retention.

Undo
----
Turns audit logging off, unless its destination or logs were changed since. The log groups and their content are kept.

References
----------
* Security Hub control Redshift.4:
  https://docs.aws.amazon.com/securityhub/latest/userguide/redshift-controls.html#redshift-4
* Audit logging: https://docs.aws.amazon.com/redshift/latest/mgmt/db-auditing.html
* EnableLogging: https://docs.aws.amazon.com/redshift/latest/APIReference/API_EnableLogging.html
"""

from __future__ import annotations

from runtime.domain.fix import Disruption
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Read, Write
from runtime.fixes.kinds.attributes import Anything, SetAttributes
from runtime.fixes.redshift import AVAILABLE, CLUSTER

_BY_CLUSTER = {"ClusterIdentifier": "${name}"}
_LOGS = ("connectionlog", "useractivitylog", "userlog")

FIX = SetAttributes(
    of=CLUSTER,
    id="redshift-audit-logging",
    title="Send the audit logs of a Redshift cluster to CloudWatch Logs",
    disruption=Disruption.NONE,
    hazard="CloudWatch Logs charges for the logs, and keeps them until the log groups have a retention period.",
    undo_hazard="Later connections and statements are not logged.",
    reads=(
        Read(
            call="redshift:DescribeLoggingStatus",
            by=_BY_CLUSTER,
            keep={
                "LoggingEnabled": "LoggingEnabled",
                # Old settings name no type; their destination is a bucket.
                "logging": "(LoggingEnabled && {destination: LogDestinationType || 's3', bucket: BucketName || '', "
                "prefix: S3KeyPrefix || '', exports: sort(LogExports || `[]`)}) || `null`",
            },
            or_none=("logging",),
        ),
    ),
    wanted={
        "LoggingEnabled": True,
        "logging": Anything({"destination": "cloudwatch", "bucket": "", "prefix": "", "exports": [*_LOGS]}),
    },
    guards=(AVAILABLE,),
    write=Write(
        call="redshift:EnableLogging",
        by={
            **_BY_CLUSTER,
            "LogDestinationType": "cloudwatch",
            "LogExports": [*_LOGS],
        },
    ),
    back=Write(call="redshift:DisableLogging", by=_BY_CLUSTER),
    template={
        TemplateTool.CLOUDFORMATION: "set LoggingProperties of AWS::Redshift::Cluster to the destination cloudwatch "
        "with its logs",
        TemplateTool.CDK: "set loggingProperties of CfnCluster to the destination cloudwatch with its logs",
        TemplateTool.TERRAFORM: "add an aws_redshift_logging with log_destination_type cloudwatch and its log_exports",
    },
)
