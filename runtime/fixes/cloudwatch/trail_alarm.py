"""Create a metric filter and an alarm for a kind of event in an account's trail.

What it does
------------
Creates two resources, both named ``suture-`` and the kind of event: a metric filter on the log group that the catalog
entry names, with the pattern that Security Hub and CIS require, and an alarm on its metric that notifies the topic that
the entry names. Filters and alarms with other names are ignored: they are kept, and do not count.

It requires a multi-region trail whose home is the region of the finding, that is logging, has all management events and
sends them to the log group, and is not an organization trail; and a topic with a confirmed subscription that is not
encrypted with the key of SNS itself, with which an alarm cannot publish. It refuses if a filter or an alarm of its name
has other content.

Why it matters
--------------
An intruder who takes over an account causes these events. An alarm notifies people within minutes.

What can break
--------------
Nothing. A metric and an alarm cost about 0.40 US dollars a month for each kind of event and account.

Undo
----
Deletes the alarm and the filter.

References
----------
* Security Hub controls CloudWatch.1 to CloudWatch.14:
  https://docs.aws.amazon.com/securityhub/latest/userguide/cloudwatch-controls.html
* Alarms on a trail's events:
  https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudwatch-alarms-for-cloudtrail.html
* PutMetricFilter:
  https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutMetricFilter.html
* PutMetricAlarm: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from runtime.domain.fix import Disruption, OptionSpec, Permission
from runtime.domain.plan import Compliant, Refused
from runtime.domain.template import TemplateTool
from runtime.fixes.account import ACCOUNT
from runtime.fixes.calls import Read, Value, Write
from runtime.fixes.cloudtrail import RECORDS_ALL
from runtime.fixes.kinds.declared import Declared, Found, Guard, Look, Named, Steps, none_of, one_of
from runtime.fixes.kinds.destinations import LOG_GROUP


def _any_of(names: str, source: str = "") -> str:
    events = " || ".join(f"($.eventName={name})" for name in names.split())
    return f"{{($.eventSource={source}) && ({events})}}" if source else f"{{{events}}}"


# Exact: Security Hub compares the whole pattern.
# https://docs.aws.amazon.com/securityhub/latest/userguide/cloudwatch-controls.html
_PATTERNS = {
    "root-usage": '{$.userIdentity.type="Root" && $.userIdentity.invokedBy NOT EXISTS && '
    '$.eventType !="AwsServiceEvent"}',
    "unauthorized-calls": '{($.errorCode="*UnauthorizedOperation") || ($.errorCode="AccessDenied*")}',
    "sign-in-without-mfa": '{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes") && '
    '($.userIdentity.type = "IAMUser") && ($.responseElements.ConsoleLogin = "Success") }',
    "iam-policy-changes": _any_of(
        "DeleteGroupPolicy DeleteRolePolicy DeleteUserPolicy PutGroupPolicy PutRolePolicy PutUserPolicy CreatePolicy "
        "DeletePolicy CreatePolicyVersion DeletePolicyVersion AttachRolePolicy DetachRolePolicy AttachUserPolicy "
        "DetachUserPolicy AttachGroupPolicy DetachGroupPolicy"
    ),
    "trail-changes": _any_of("CreateTrail UpdateTrail DeleteTrail StartLogging StopLogging"),
    "sign-in-failures": '{($.eventName=ConsoleLogin) && ($.errorMessage="Failed authentication")}',
    "key-deletions": _any_of("DisableKey ScheduleKeyDeletion", "kms.amazonaws.com"),
    "bucket-policy-changes": _any_of(
        "PutBucketAcl PutBucketPolicy PutBucketCors PutBucketLifecycle PutBucketReplication DeleteBucketPolicy "
        "DeleteBucketCors DeleteBucketLifecycle DeleteBucketReplication",
        "s3.amazonaws.com",
    ),
    "config-changes": _any_of(
        "StopConfigurationRecorder DeleteDeliveryChannel PutDeliveryChannel PutConfigurationRecorder",
        "config.amazonaws.com",
    ),
    "security-group-changes": _any_of(
        "AuthorizeSecurityGroupIngress AuthorizeSecurityGroupEgress RevokeSecurityGroupIngress "
        "RevokeSecurityGroupEgress CreateSecurityGroup DeleteSecurityGroup"
    ),
    "network-acl-changes": _any_of(
        "CreateNetworkAcl CreateNetworkAclEntry DeleteNetworkAcl DeleteNetworkAclEntry ReplaceNetworkAclEntry "
        "ReplaceNetworkAclAssociation"
    ),
    "gateway-changes": _any_of(
        "CreateCustomerGateway DeleteCustomerGateway AttachInternetGateway CreateInternetGateway "
        "DeleteInternetGateway DetachInternetGateway"
    ),
    "route-table-changes": _any_of(
        "CreateRoute CreateRouteTable ReplaceRoute ReplaceRouteTableAssociation DeleteRouteTable DeleteRoute "
        "DisassociateRouteTable"
    ),
    "vpc-changes": _any_of(
        "CreateVpc DeleteVpc ModifyVpcAttribute AcceptVpcPeeringConnection CreateVpcPeeringConnection "
        "DeleteVpcPeeringConnection RejectVpcPeeringConnection AttachClassicLinkVpc DetachClassicLinkVpc "
        "DisableVpcClassicLink EnableVpcClassicLink"
    ),
}

_NAME = "suture-${event}"
_NAMESPACE = "LogMetrics"
_TOPIC = "arn:${partition}:sns:${region}:${account_id}:${topic}"
_ON_GROUP = "arn:${partition}:logs:${region}:${account_id}:log-group:${log_group}:*"
_ON_ALARM = f"arn:${{partition}}:cloudwatch:${{region}}:${{account_id}}:alarm:{_NAME}"
_TRAIL = "arn:${partition}:cloudtrail:${region}:${account_id}:trail/*"
_FILTER = {"logGroupName": "${log_group}", "filterName": _NAME}
_METRIC = {"metricName": _NAME, "metricNamespace": _NAMESPACE}

_ALARM = {
    "Statistic": "Sum",
    "Period": 300,
    "EvaluationPeriods": 1,
    "Threshold": 1.0,
    "ComparisonOperator": "GreaterThanOrEqualToThreshold",
    "TreatMissingData": "notBreaching",
}
"""One event within five minutes is enough."""

_MAKE = {
    "filter": Write(
        call="logs:PutMetricFilter",
        by={
            **_FILTER,
            "filterPattern": Value("filter.pattern"),
            "metricTransformations": [{**_METRIC, "metricValue": "1"}],
        },
        on=_ON_GROUP,
    ),
    "alarm": Write(
        call="cloudwatch:PutMetricAlarm",
        by={
            "AlarmName": _NAME,
            "Namespace": _NAMESPACE,
            "MetricName": _NAME,
            **_ALARM,
            "AlarmActions": Value("alarm.topics"),
        },
        on=_ON_ALARM,
    ),
}
_UNMAKE = {
    "filter": Write(call="logs:DeleteMetricFilter", by=_FILTER, on=_ON_GROUP),
    "alarm": Write(call="cloudwatch:DeleteAlarms", by={"AlarmNames": [_NAME]}, on=_ON_ALARM),
}


@dataclass(frozen=True, kw_only=True)
class MakeAlarm(Declared):
    """A filter and an alarm, of which none, one or both may exist."""

    @property
    def writes(self) -> tuple[Permission, ...]:
        return tuple(write.permission for write in (*_MAKE.values(), *_UNMAKE.values()))

    def offending(self, look: Look) -> Found | Compliant | Refused:
        wanted = _wanted(look)
        missing = {name: thing for name, thing in wanted.items() if look[name] is None}
        if taken := [name for name in wanted if name not in missing and look[name] != wanted[name]]:
            return Refused(sentence=look.said(f"The {taken[0]} suture-${{event}} of ${{subject}} has another content."))
        if not missing:
            return Compliant(sentence=look.said("${subject} has the filter and the alarm suture-${event}."))
        return Found(f"{' and '.join(missing)} made", missing)

    def changes(self, look: Look, found: Found) -> tuple[Steps, Steps]:
        texts, missing = look.texts, found.detail
        made: dict[str, Any] = dict.fromkeys(missing)
        changes = []
        for name, thing in missing.items():
            made = {**made, name: thing}
            changes.append(_MAKE[name].change(texts, made, made))
        return tuple(changes), tuple(_UNMAKE[name].change(texts, {}) for name in missing)


def _wanted(look: Look) -> dict[str, Any]:
    """The filter and the alarm as the state shows them after they are created. Raises ``Unset``."""
    event, resource = look.option("event"), look.resource
    metric = {"metric": f"suture-{event}", "namespace": _NAMESPACE}
    topic = f"arn:{resource.partition}:sns:{resource.region}:{resource.account_id}:{look.option('topic')}"
    # With dimensions, there would be a metric for each of their values.
    return {
        "filter": {**metric, "pattern": _PATTERNS[event], "value": "1", "of_all": True},
        "alarm": {**metric, **_ALARM, "topics": [topic], "acts": True, "of_all": True},
    }


def _trail_of_the_group(look: Look) -> bool:
    group, resource = look.option("log_group"), look.resource
    arn = f"arn:{resource.partition}:logs:{resource.region}:{resource.account_id}:log-group:{group}:*"
    return look["trail"] is not None and bool(look["trail_group"] == arn and look["trail_home"] == resource.region)


_ALARM_TOPIC = Named(
    option="topic",
    spec=OptionSpec(
        schema={"anyOf": [{"type": "null"}, {"type": "string", "pattern": r"^[\w-]{1,256}$"}]},
        default=None,
        description=(
            "The name of the topic in the account and region that the alarm notifies. If null, every account is "
            "refused."
        ),
    ),
    reads=(
        Read(
            call="sns:GetTopicAttributes",
            by={"TopicArn": _TOPIC},
            on=_TOPIC,
            keep={"subscribers": "Attributes.SubscriptionsConfirmed", "topic_key": "Attributes.KmsMasterKeyId || ''"},
            absent=("NotFound", "NotFoundException"),
        ),
    ),
    guards=(
        Guard(
            holds=lambda look: look["subscribers"] is not None and int(look["subscribers"]) > 0,
            because="There is no topic ${topic} with a confirmed subscription in the region of ${subject}.",
        ),
        Guard(
            holds=none_of("topic_key", "alias/aws/sns"),
            because=(
                "The topic ${topic} is encrypted with the AWS managed key of SNS, with which alarms cannot publish."
            ),
        ),
    ),
)

_EVENT = Named(
    option="event",
    spec=OptionSpec(
        schema={"enum": [None, *_PATTERNS]},
        default=None,
        description="The kind of event. If null, every account is refused.",
    ),
    reads=(
        Read(
            call="cloudwatch:DescribeAlarms",
            by={"AlarmNames": [_NAME]},
            on=_ON_ALARM,
            keep={
                "alarm": "MetricAlarms[0].{metric: MetricName, namespace: Namespace, topics: AlarmActions, "
                "acts: ActionsEnabled, of_all: !Dimensions, "
                f"{', '.join(f'{name}: {name}' for name in _ALARM)}}}"
            },
            or_none=("alarm",),
        ),
        Read(
            call="logs:DescribeMetricFilters",
            by={"logGroupName": "${trail_group_name}", "filterNamePrefix": _NAME},
            on=_ON_GROUP,
            of="trail_group_name",
            at="metricFilters[?filterName == join('-', ['suture', ${event}])]",
            keep={
                "filter": "[0].{pattern: filterPattern, metric: metricTransformations[0].metricName, "
                "namespace: metricTransformations[0].metricNamespace, value: metricTransformations[0].metricValue, "
                "of_all: !(metricTransformations[0].dimensions)}"
            },
            or_none=("filter",),
            absent="ResourceNotFoundException",
        ),
    ),
    guards=(),
)


def _names(reads: Iterable[Read]) -> Iterable[Read]:
    """Adds the name of the log group that was found, for reading its metric filters."""
    return (replace(read, keep={**read.paths, "trail_group_name": "logGroups[0].logGroupName"}) for read in reads)


FIX = MakeAlarm(
    of=ACCOUNT,
    id="cloudwatch-trail-alarm",
    title="Create a metric filter and an alarm for a kind of event in an account's trail",
    disruption=Disruption.NONE,
    hazard="The metric and the alarm cost about 0.40 US dollars a month.",
    undo_hazard="Nobody is notified of such events.",
    reads=(
        Read(
            call="cloudtrail:DescribeTrails",
            by={"includeShadowTrails": False},
            on="*",
            at="trailList",
            keep={
                "trail": "[?IsMultiRegionTrail && CloudWatchLogsLogGroupArn && !IsOrganizationTrail] | [0].TrailARN",
                "trail_group": "[?IsMultiRegionTrail && CloudWatchLogsLogGroupArn && !IsOrganizationTrail] | [0]"
                ".CloudWatchLogsLogGroupArn",
                "trail_home": "[?IsMultiRegionTrail && CloudWatchLogsLogGroupArn && !IsOrganizationTrail] | [0]"
                ".HomeRegion",
            },
            or_none=("trail", "trail_group", "trail_home"),
        ),
        Read(
            call="cloudtrail:GetTrailStatus",
            by={"Name": "${trail}"},
            on=_TRAIL,
            of="trail",
            keep={"records": "IsLogging"},
        ),
        Read(
            call="cloudtrail:GetEventSelectors",
            by={"TrailName": "${trail}"},
            on=_TRAIL,
            of="trail",
            keep={"management_events": f"length({RECORDS_ALL})"},
        ),
    ),
    named=(
        replace(LOG_GROUP, reads=tuple(_names(LOG_GROUP.reads)), guards=LOG_GROUP.guards[:1]),
        _ALARM_TOPIC,
        _EVENT,
    ),
    guards=(
        Guard(
            holds=_trail_of_the_group,
            because="${subject} has no trail of all regions, homed here, that sends its events to ${log_group}.",
        ),
        Guard(holds=one_of("records", True), because="The trail ${trail} does not record."),
        Guard(
            holds=none_of("management_events", 0),
            because="The trail ${trail} does not record all management events.",
        ),
    ),
    template={
        TemplateTool.CLOUDFORMATION: "add AWS::Logs::MetricFilter with the pattern, and AWS::CloudWatch::Alarm on its "
        "metric",
        TemplateTool.CDK: "add MetricFilter with the pattern, and an Alarm on its metric",
        TemplateTool.TERRAFORM: "add aws_cloudwatch_log_metric_filter with the pattern, and "
        "aws_cloudwatch_metric_alarm on its metric",
    },
)
