"""A CloudTrail trail and the log group that it sends its events to."""

from __future__ import annotations

import json
from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import ACCOUNT_ID, AlreadyCompliant, Bad, Clients, Refusal
from tests.laws.cases.trails import attributes, make_it_an_organization_trail, refusals, trail

GROUP = "trails-us-east-1"
ROLE = "trails-to-logs"
OPTIONS = {"log_group": "trails-${region}", "role": ROLE}
GROUP_ARN = f"arn:aws:logs:us-east-1:{ACCOUNT_ID}:log-group:{GROUP}:*"
ROLE_ARN = f"arn:aws:iam::{ACCOUNT_ID}:role/{ROLE}"


def _log_group(clients: Clients, *, retention: int | None = 365) -> None:
    logs = clients("logs")
    if not logs.describe_log_groups(logGroupNamePrefix=GROUP)["logGroups"]:
        logs.create_log_group(logGroupName=GROUP)
    if retention:
        logs.put_retention_policy(logGroupName=GROUP, retentionInDays=retention)


def _log_group_for_ever(clients: Clients) -> None:
    _log_group(clients, retention=None)


def _role(clients: Clients, service: str = "cloudtrail.amazonaws.com") -> None:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam = clients("iam")
    if ROLE in [one["RoleName"] for one in iam.list_roles()["Roles"]]:
        iam.update_assume_role_policy(RoleName=ROLE, PolicyDocument=trust)
    else:
        iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=trust)


def _role_of_lambda(clients: Clients) -> None:
    _role(clients, "lambda.amazonaws.com")


def _to_another_group(clients: Clients) -> Resource:
    _log_group(clients)
    _role(clients)
    return trail(CloudWatchLogsLogGroupArn=GROUP_ARN, CloudWatchLogsRoleArn=ROLE_ARN)(clients)


def read_back(clients: Clients, resource: Resource) -> Any:
    return attributes(clients, resource, "CloudWatchLogsLogGroupArn", "CloudWatchLogsRoleArn")


CASES = (
    Bad(
        name="without a log group",
        create=trail(_log_group, _role),
        options=OPTIONS,
        fixed={
            "CloudWatchLogsLogGroupArn": GROUP_ARN,
            "CloudWatchLogsRoleArn": ROLE_ARN,
            "IsMultiRegionTrail": None,
            "LogFileValidationEnabled": None,
        },
        disturb=make_it_an_organization_trail,
    ),
    AlreadyCompliant(name="with a log group", create=_to_another_group),
    Refusal(name="one for which nothing is named", create=trail(), because="option log_group"),
    Refusal(
        name="one for which no role is named",
        create=trail(_log_group),
        options={"log_group": GROUP},
        because="option role",
    ),
    Refusal(
        name="one whose log group is not there",
        create=trail(_role),
        options=OPTIONS,
        because=f"There is no log group {GROUP}",
    ),
    Refusal(
        name="one whose log group keeps everything",
        create=trail(_log_group_for_ever, _role),
        options=OPTIONS,
        because="retention",
    ),
    Refusal(
        name="one whose role is not there",
        create=trail(_log_group),
        options=OPTIONS,
        because=f"There is no role {ROLE}",
    ),
    Refusal(
        name="one whose role is another service's",
        create=trail(_log_group, _role_of_lambda),
        options=OPTIONS,
        because="does not trust cloudtrail.amazonaws.com",
    ),
    *refusals(_log_group, _role, options=OPTIONS),
)
