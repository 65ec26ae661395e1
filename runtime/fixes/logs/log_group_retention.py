"""Extend the retention of a log group.

What it does
------------
Sets the retention of the log group to ``days``. A longer retention does not change, nor does a log group that keeps its
events indefinitely.

It refuses a log group of the class ``DELIVERY``, whose retention is fixed.

Why it matters
--------------
Intrusions are often detected after months. Only logs that still exist show what the intruders did.

What can break
--------------
Nothing. Events are kept longer, which costs about 0.03 US dollars a month for each compressed GB.

Undo
----
Restores the previous retention. CloudWatch Logs then deletes older events within days.

References
----------
* Security Hub control CloudWatch.16:
  https://docs.aws.amazon.com/securityhub/latest/userguide/cloudwatch-controls.html#cloudwatch-16
* Retention of log groups:
  https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/Working-with-log-groups-and-streams.html
* PutRetentionPolicy:
  https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from runtime.domain.fix import Disruption, OptionSpec, Permission
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Read, Value, Write
from runtime.fixes.kinds.attributes import AtLeast, Option, SetAttributes
from runtime.fixes.kinds.declared import Guard, Look, none_of
from runtime.fixes.logs import LOG_GROUP

_PUT = "logs:PutRetentionPolicy"
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
_DAYS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653)


@dataclass(frozen=True, slots=True)
class _AtLeastOrForEver(AtLeast):
    """A log group without retention keeps its events indefinitely."""

    def accepts(self, found: Any, look: Look) -> bool:
        return found is None or AtLeast.accepts(self, found, look)


FIX = SetAttributes(
    of=LOG_GROUP,
    id="logs-log-group-retention",
    title="Extend the retention of a log group",
    disruption=Disruption.NONE,
    hazard="AWS charges for the longer retention.",
    undo_hazard="Permanently deletes events that are older than the former retention.",
    reads=(
        Read(
            call="logs:DescribeLogGroups",
            by={"logGroupNamePrefix": "${name}"},
            on="*",
            # Sorted by name: the one with exactly this name comes first.
            # https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html
            at="logGroups[0]",
            keep={
                "found": "logGroupName",
                "created": "creationTime",
                "class": "logGroupClass || 'STANDARD'",
                "retentionInDays": "retentionInDays",
            },
            or_none=("retentionInDays",),
        ),
    ),
    guards=(
        Guard(
            holds=lambda look: bool(look["found"] == look.resource.name),
            because="There is no log group with the name of ${subject}.",
            first=True,
        ),
        Guard(holds=none_of("class", "DELIVERY"), because="${subject} is of a class whose retention is fixed."),
    ),
    wanted={"retentionInDays": _AtLeastOrForEver(Option("days"))},
    write=Write(
        call=_PUT,
        by={"logGroupName": "${name}", "retentionInDays": Value("retentionInDays")},
        # AWS's pages differ on the resource that IAM requires: with the suffix for all streams, or without.
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html
        on="${arn}:*",
    ),
    extra_writes=(Permission(action=_PUT, operation=_PUT, resource="${arn}"),),
    shows={"days_before": lambda look: look["retentionInDays"]},
    options={
        "days": OptionSpec(
            schema={"type": "integer", "enum": list(_DAYS)},
            default=365,
            description="The minimum retention in days.",
        )
    },
    template={
        TemplateTool.CLOUDFORMATION: "set RetentionInDays of AWS::Logs::LogGroup to the number of days",
        TemplateTool.CDK: "set retention of LogGroup to the number of days",
        TemplateTool.TERRAFORM: "set retention_in_days of aws_cloudwatch_log_group to the number of days",
    },
)
