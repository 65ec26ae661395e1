"""A hosted zone and its query logs. ministack has none, so this needs moto."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import count
from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import ACCOUNT_ID, AlreadyCompliant, Bad, Clients, Refusal, resource_from
from tests.laws.cases.policies import allow, document, from_account
from tests.laws.customer_account import client

GROUP, OTHERS = "/aws/route53/zones", "/aws/route53/others"
ARN = f"arn:aws:logs:us-east-1:{ACCOUNT_ID}:log-group:{GROUP}:*"
NAMED = {"log_group": GROUP}
ACTIONS = ["logs:CreateLogStream", "logs:PutLogEvents"]
DOCUMENTED = f"arn:aws:logs:us-east-1:{ACCOUNT_ID}:log-group:/aws/route53/*"
"""https://docs.aws.amazon.com/Route53/latest/APIReference/API_CreateQueryLoggingConfig.html"""
_NUMBERS = count(1)


def _configurations(zone_id: str) -> list[Any]:
    found = client("route53").list_query_logging_configs()["QueryLoggingConfigs"]
    return [one for one in found if one["HostedZoneId"] == zone_id]


def _create(*, HostedZoneId: str, CloudWatchLogsLogGroupArn: str) -> Any:  # noqa: N803  AWS's names
    answer = client("route53").create_query_logging_config(
        HostedZoneId=HostedZoneId, CloudWatchLogsLogGroupArn=f"{CloudWatchLogsLogGroupArn}:*"
    )
    return {"QueryLoggingConfig": answer["QueryLoggingConfig"], "Location": answer["Location"]}


# moto finds no zone by the id that the call names, and takes only the ARN of all streams.
ANSWERS = {
    "route53:ListQueryLoggingConfigs": lambda **by: {"QueryLoggingConfigs": _configurations(by["HostedZoneId"])},
    "route53:CreateQueryLoggingConfig": _create,
}


def _zone(*, private: bool = False) -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        number = next(_NUMBERS)
        in_vpc = {"VPC": {"VPCRegion": "us-east-1", "VPCId": "vpc-0123456789abcdef0"}} if private else {}
        made = clients("route53").create_hosted_zone(
            Name=f"example{number}.com",
            CallerReference=str(number),
            HostedZoneConfig={"PrivateZone": private},
            **in_vpc,
        )
        return resource_from(f"arn:aws:route53:::{made['HostedZone']['Id'].removeprefix('/')}", region="us-east-1")

    return create


def _with_log_group(
    create: Callable[[Clients], Resource], *, retention: int = 365, streams: str = DOCUMENTED
) -> Callable[[Clients], Resource]:
    def make(clients: Clients) -> Resource:
        logs = clients("logs", "us-east-1")
        for name in (GROUP, OTHERS):
            if not logs.describe_log_groups(logGroupNamePrefix=name)["logGroups"]:
                logs.create_log_group(logGroupName=name)
            if retention:
                logs.put_retention_policy(logGroupName=name, retentionInDays=retention)
            else:
                logs.delete_retention_policy(logGroupName=name)
        let_in = allow({"Service": "route53.amazonaws.com"}, ACTIONS, streams, Condition=from_account())
        logs.put_resource_policy(policyName="zones", policyDocument=json.dumps(document(let_in)))
        return create(clients)

    return make


def _log(clients: Clients, resource: Resource) -> None:
    clients("route53").create_query_logging_config(
        HostedZoneId=resource.name, CloudWatchLogsLogGroupArn=ARN.replace(GROUP, OTHERS)
    )


def _logged(clients: Clients) -> Resource:
    resource = _with_log_group(_zone())(clients)
    _log(clients, resource)
    return resource


def _beside_one_that_is_logged(clients: Clients) -> Resource:
    _logged(clients)
    return _zone()(clients)


def _keep_for_less_long(clients: Clients, resource: Resource) -> None:
    clients("logs", "us-east-1").put_retention_policy(logGroupName=GROUP, retentionInDays=30)


def read_back(clients: Clients, resource: Resource) -> Any:
    return [one["CloudWatchLogsLogGroupArn"] for one in _configurations(resource.name)]


CASES = (
    Bad(
        name="that is not logged",
        create=_with_log_group(_zone()),
        options=NAMED,
        fixed=[ARN],
        disturb=_keep_for_less_long,
    ),
    Bad(
        name="beside one that is logged",
        create=_beside_one_that_is_logged,
        options=NAMED,
        fixed=[ARN],
        disturb=_keep_for_less_long,
    ),
    AlreadyCompliant(name="that is logged elsewhere", create=_logged, options=NAMED),
    AlreadyCompliant(name="that is logged, where nothing is named", create=_logged),
    Refusal(name="where nothing is named", create=_zone(), because="option log_group"),
    Refusal(
        name="that is private",
        create=_with_log_group(_zone(private=True)),
        options=NAMED,
        because="is private: use Resolver query logging of its VPCs",
    ),
    Refusal(
        name="whose log group is not there",
        create=_with_log_group(_zone()),
        options={"log_group": "/aws/route53/zone"},
        because="no log group /aws/route53/zone",
    ),
    Refusal(
        name="whose log group keeps everything",
        create=_with_log_group(_zone(), retention=0),
        options=NAMED,
        because="has no retention period: set one first",
    ),
    Refusal(
        name="that may not write to the log group",
        create=_with_log_group(_zone(), streams=DOCUMENTED.replace("route53/*", "others/*")),
        options=NAMED,
        because="allows route53.amazonaws.com to write",
    ),
    Refusal(
        name="of which is not told whether it is private",
        create=_with_log_group(_zone()),
        options=NAMED,
        answers={"route53:GetHostedZone": {"HostedZone": {"ResourceRecordSetCount": 2}}},
        because="private.",
    ),
)
