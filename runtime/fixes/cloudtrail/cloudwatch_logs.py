"""Send the events of a CloudTrail trail to a CloudWatch Logs group.

What it does
------------
Sets the log group and the role that the catalog entry names for the trail. A trail that already sends its events to any
log group is not changed. The log group must be in the trail's account and home region and have a retention. The role
must trust CloudTrail; CloudTrail refuses it if it cannot write to the log group.

It refuses organization trails and those of Control Tower, and changes a trail in its home region only.

Why it matters
--------------
Metric filters and alarms can detect an event within minutes only if it is in a log group.

What can break
--------------
Nothing. But CloudWatch Logs charges for each gigabyte, and a trail of all regions sends the management events of all of
them: this is often the most expensive change of its kind. Events of more than 256 KB are not sent.

Undo
----
Removes the log group and the role from the trail. Events that were sent are kept in the log group.

References
----------
* Security Hub control CloudTrail.5:
  https://docs.aws.amazon.com/securityhub/latest/userguide/cloudtrail-controls.html#cloudtrail-5
* Sending events to CloudWatch Logs:
  https://docs.aws.amazon.com/awscloudtrail/latest/userguide/send-cloudtrail-events-to-cloudwatch-logs.html
* UpdateTrail: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_UpdateTrail.html
"""

from __future__ import annotations

from runtime.domain.fix import Disruption
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Value
from runtime.fixes.cloudtrail import HOME, NOT_OF_CONTROL_TOWER, OWN, TRAIL, read_trail, update_trail
from runtime.fixes.kinds.attributes import Anything
from runtime.fixes.kinds.declared import Look
from runtime.fixes.kinds.destinations import LOG_GROUP, LogTo
from runtime.fixes.kinds.roles import pass_role, role_arn, service_role


def _log_group_arn(look: Look) -> str:
    resource = look.resource
    # With the suffix for all of its streams, which UpdateTrail requires.
    return (
        f"arn:{resource.partition}:logs:{resource.region}:{resource.account_id}:log-group:{look.option('log_group')}:*"
    )


FIX = LogTo(
    of=TRAIL,
    id="cloudtrail-cloudwatch-logs",
    title="Send the events of a CloudTrail trail to a CloudWatch Logs group",
    disruption=Disruption.NONE,
    hazard="CloudWatch Logs charges for every event that the trail records.",
    undo_hazard="Later events do not reach the log group, and alarms on it get no data.",
    reads=(read_trail("CloudWatchLogsLogGroupArn", "CloudWatchLogsRoleArn"),),
    named=(LOG_GROUP, service_role("cloudtrail.amazonaws.com")),
    wanted={
        "CloudWatchLogsLogGroupArn": Anything(_log_group_arn),
        "CloudWatchLogsRoleArn": Anything(role_arn),
    },
    guards=(HOME, OWN, NOT_OF_CONTROL_TOWER),
    write=update_trail(
        CloudWatchLogsLogGroupArn=Value("CloudWatchLogsLogGroupArn"),
        CloudWatchLogsRoleArn=Value("CloudWatchLogsRoleArn"),
    ),
    unset=update_trail(CloudWatchLogsLogGroupArn="", CloudWatchLogsRoleArn=""),
    extra_writes=(pass_role("cloudtrail:UpdateTrail"),),
    shows={"log_group_retention_days": lambda look: look["log_group_retention_days"]},
    template={
        TemplateTool.CLOUDFORMATION: "set CloudWatchLogsLogGroupArn and CloudWatchLogsRoleArn of "
        "AWS::CloudTrail::Trail",
        TemplateTool.CDK: "set sendToCloudWatchLogs of Trail to true, and cloudWatchLogGroup to the log group",
        TemplateTool.TERRAFORM: "set cloud_watch_logs_group_arn and cloud_watch_logs_role_arn of aws_cloudtrail",
    },
)
