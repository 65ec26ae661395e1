"""An account, and the alarms on what its trail sends to CloudWatch Logs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import ACCOUNT_ID, REGION, AlreadyCompliant, Bad, Clients, Refusal
from tests.laws.cases.accounts import account

GROUP = "trail-with-alarms"
TOPIC = "security-alarms"
TOPIC_ARN = f"arn:aws:sns:{REGION}:{ACCOUNT_ID}:{TOPIC}"
NAME = "suture-root-usage"
OPTIONS = {"event": "root-usage", "log_group": GROUP, "topic": TOPIC}
PATTERN = '{$.userIdentity.type="Root" && $.userIdentity.invokedBy NOT EXISTS && $.eventType !="AwsServiceEvent"}'
ALL = {"EventSelectors": [{"ReadWriteType": "All", "IncludeManagementEvents": True}]}
ANSWERS = {
    "cloudtrail:GetEventSelectors": ALL,
    # moto counts the subscriptions of this kind as pending.
    "sns:GetTopicAttributes": {"Attributes": {"TopicArn": TOPIC_ARN, "SubscriptionsConfirmed": "1"}},
}


def _account(*parts: Callable[[Clients], object], logging: bool = True, **trail: Any) -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        logs, cloudtrail = clients("logs"), clients("cloudtrail")
        for found in logs.describe_log_groups(logGroupNamePrefix=GROUP)["logGroups"]:
            logs.delete_log_group(logGroupName=found["logGroupName"])
        logs.create_log_group(logGroupName=GROUP)
        clients("cloudwatch").delete_alarms(AlarmNames=[NAME])
        for old in cloudtrail.describe_trails()["trailList"]:
            cloudtrail.delete_trail(Name=old["Name"])
        clients("s3").create_bucket(Bucket="trail-with-alarms")
        group = f"arn:aws:logs:{REGION}:{ACCOUNT_ID}:log-group:{GROUP}:*"
        role = f"arn:aws:iam::{ACCOUNT_ID}:role/trail"
        wanted = {"IsMultiRegionTrail": True, "CloudWatchLogsLogGroupArn": group, "CloudWatchLogsRoleArn": role}
        cloudtrail.create_trail(Name="events-with-alarms", S3BucketName="trail-with-alarms", **wanted | trail)
        if logging:
            cloudtrail.start_logging(Name="events-with-alarms")
        for part in parts:
            part(clients)
        return account(clients)

    return create


def _filter(pattern: str = PATTERN, value: str = "1") -> Callable[[Clients], object]:
    metric = {"metricName": NAME, "metricNamespace": "LogMetrics", "metricValue": value}
    return lambda clients: clients("logs").put_metric_filter(
        logGroupName=GROUP, filterName=NAME, filterPattern=pattern, metricTransformations=[metric]
    )


def _alarm(**other: Any) -> Callable[[Clients], object]:
    alarm = {
        "AlarmName": NAME,
        "Namespace": "LogMetrics",
        "MetricName": NAME,
        "Statistic": "Sum",
        "Period": 300,
        "EvaluationPeriods": 1,
        "Threshold": 1,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "TreatMissingData": "notBreaching",
        "AlarmActions": [TOPIC_ARN],
    }
    return lambda clients: clients("cloudwatch").put_metric_alarm(**alarm | other)


def _filter_of_a_longer_name(clients: Clients) -> None:
    metric = {"metricName": NAME, "metricNamespace": "LogMetrics", "metricValue": "1"}
    clients("logs").put_metric_filter(
        logGroupName=GROUP, filterName=f"{NAME}-too", filterPattern=PATTERN, metricTransformations=[metric]
    )


def _filter_something_else(clients: Clients, resource: Resource) -> None:
    # moto would keep the former pattern of a filter that is there.
    logs = clients("logs")
    if logs.describe_metric_filters(logGroupName=GROUP)["metricFilters"]:
        logs.delete_metric_filter(logGroupName=GROUP, filterName=NAME)
    _filter("{ $.eventName = DeleteTrail }")(clients)


def read_back(clients: Clients, resource: Resource) -> Any:
    filters = clients("logs").describe_metric_filters(logGroupName=GROUP)["metricFilters"]
    alarms = clients("cloudwatch").describe_alarms()["MetricAlarms"]
    return (
        [(one["filterName"], one["filterPattern"]) for one in filters],
        [(one["AlarmName"], one["MetricName"], one["AlarmActions"]) for one in alarms],
    )


FIXED = ([(NAME, PATTERN)], [(NAME, NAME, [TOPIC_ARN])])

CASES = (
    Bad(
        name="without an alarm",
        create=_account(),
        options=OPTIONS,
        fixed=FIXED,
        disturb=_filter_something_else,
    ),
    Bad(
        name="with the filter only",
        create=_account(_filter()),
        options=OPTIONS,
        fixed=FIXED,
        disturb=_filter_something_else,
    ),
    AlreadyCompliant(name="with both", create=_account(_filter(), _alarm()), options=OPTIONS),
    *(
        Refusal(
            name=f"with an alarm {name}",
            create=_account(_filter(), _alarm(**other)),
            options=OPTIONS,
            because="The alarm suture-root-usage of the account",
        )
        for name, other in (
            ("that tells nobody", {"ActionsEnabled": False}),
            ("that rings for a thousand events", {"Threshold": 1000}),
            ("on one value of the metric", {"Dimensions": [{"Name": "a", "Value": "b"}]}),
        )
    ),
    Refusal(
        name="with a filter that counts nothing",
        create=_account(_filter(value="0")),
        options=OPTIONS,
        because="The filter suture-root-usage of the account",
    ),
    Refusal(name="one for which nothing is named", create=_account(), because="option event"),
    Refusal(
        name="one with another filter of that name",
        create=_account(_filter("{ $.eventName = X }")),
        options=OPTIONS,
        because="another content",
    ),
    Refusal(
        name="one whose trail records one region",
        create=_account(IsMultiRegionTrail=False),
        options=OPTIONS,
        because="no trail of all regions",
    ),
    Refusal(
        name="one whose trail is stopped", create=_account(logging=False), options=OPTIONS, because="does not record."
    ),
    Refusal(
        name="one whose trail leaves out reading",
        create=_account(),
        answers={
            "cloudtrail:GetEventSelectors": {
                "EventSelectors": [{"ReadWriteType": "WriteOnly", "IncludeManagementEvents": True}]
            }
        },
        options=OPTIONS,
        because="all management events",
    ),
    Refusal(
        name="one whose trail leaves out the events of keys",
        create=_account(),
        answers={
            "cloudtrail:GetEventSelectors": {
                "EventSelectors": [
                    {
                        "ReadWriteType": "All",
                        "IncludeManagementEvents": True,
                        "ExcludeManagementEventSources": ["kms.amazonaws.com"],
                    }
                ]
            }
        },
        options=OPTIONS,
        because="all management events",
    ),
    Refusal(
        name="one whose topic nobody reads",
        create=_account(),
        answers={"sns:GetTopicAttributes": {"Attributes": {"SubscriptionsConfirmed": "0"}}},
        options=OPTIONS,
        because="confirmed subscription",
    ),
    Refusal(
        name="one whose topic an alarm cannot publish to",
        create=_account(),
        answers={
            "sns:GetTopicAttributes": {"Attributes": {"SubscriptionsConfirmed": "1", "KmsMasterKeyId": "alias/aws/sns"}}
        },
        options=OPTIONS,
        because="is encrypted with the AWS managed key of SNS, with which alarms cannot publish",
    ),
)
