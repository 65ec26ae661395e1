"""A VPC and its flow logs."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import ACCOUNT_ID, REGION, AlreadyCompliant, Bad, Clients, Refusal, resource_from
from tests.laws.cases.buckets import allow_delivery, taking_logs

LOGS = f"flow-logs-{ACCOUNT_ID}-{REGION}"
GROUP, ROLE = f"flows-{REGION}", "flows-to-logs"
TO_BUCKET = {"target_bucket": "flow-logs-${account_id}-${region}"}
TO_GROUP = {"log_group": "flows-${region}", "role": ROLE}
BUCKET_ARN, ROLE_ARN = f"arn:aws:s3:::{LOGS}", f"arn:aws:iam::{ACCOUNT_ID}:role/{ROLE}"
ANSWERS = {"s3:GetBucketRequestPayment": {"Payer": "BucketOwner"}}


def _vpc(
    *statements: dict[str, Any],
    trusted: str = "vpc-flow-logs.amazonaws.com",
    trusted_for: str = "vpc-flow-log/*",
) -> Callable[[Clients], Resource]:
    """With everything that a flow log may go to."""

    def create(clients: Clients) -> Resource:
        taking_logs(clients, LOGS, *(statements or allow_delivery(LOGS)))
        logs, iam = clients("logs"), clients("iam")
        if not logs.describe_log_groups(logGroupNamePrefix=GROUP)["logGroups"]:
            logs.create_log_group(logGroupName=GROUP)
            logs.put_retention_policy(logGroupName=GROUP, retentionInDays=365)
        allow = {
            "Effect": "Allow",
            "Principal": {"Service": trusted},
            "Action": "sts:AssumeRole",
            # As AWS's documentation has it.
            "Condition": {
                "StringEquals": {"aws:SourceAccount": ACCOUNT_ID},
                "ArnLike": {"aws:SourceArn": f"arn:aws:ec2:{REGION}:{ACCOUNT_ID}:{trusted_for}"},
            },
        }
        trust = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
        if ROLE in [one["RoleName"] for one in iam.list_roles()["Roles"]]:
            iam.update_assume_role_policy(RoleName=ROLE, PolicyDocument=trust)
        else:
            iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=trust)
        vpc_id = clients("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        return resource_from(f"arn:aws:ec2:{REGION}:{ACCOUNT_ID}:vpc/{vpc_id}")

    return create


def _flow_log(clients: Clients, resource: Resource, **given: Any) -> None:
    made = clients("ec2").create_flow_logs(
        **{
            "ResourceIds": [resource.name],
            "ResourceType": "VPC",
            "TrafficType": "ALL",
            "LogDestinationType": "s3",
            "LogDestination": BUCKET_ARN,
            **given,
        }
    )
    assert not made["Unsuccessful"]


def _logged(**given: Any) -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        resource = _vpc()(clients)
        _flow_log(clients, resource, **given)
        return resource

    return create


def _subnet_logged(clients: Clients) -> Resource:
    resource = _vpc()(clients)
    subnet = clients("ec2").create_subnet(VpcId=resource.name, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    _flow_log(clients, resource, ResourceIds=[subnet], ResourceType="Subnet")
    return resource


def _make_one_that_fails(clients: Clients, resource: Resource) -> None:
    """And delete what there is: a VPC with one that is delivered complies."""
    ec2 = clients("ec2")
    found = ec2.describe_flow_logs(Filters=[{"Name": "resource-id", "Values": [resource.name]}])["FlowLogs"]
    if found:
        ec2.delete_flow_logs(FlowLogIds=[one["FlowLogId"] for one in found])
    _flow_log(clients, resource, **FAILING)


FAILING = {
    "LogDestinationType": "cloud-watch-logs",
    "LogDestination": f"arn:aws:logs:{REGION}:{ACCOUNT_ID}:log-group:gone",
    "DeliverLogsPermissionArn": ROLE_ARN,
}
SEEN = ("LogDestinationType", "LogDestination", "LogGroupName", "TrafficType", "DeliverLogsPermissionArn")


def read_back(clients: Clients, resource: Resource) -> Any:
    found = clients("ec2").describe_flow_logs(Filters=[{"Name": "resource-id", "Values": [resource.name]}])
    return [{name: one[name] for name in SEEN if name in one} for one in found["FlowLogs"]]


CASES = (
    Bad(
        name="without one, which get one to a bucket",
        create=_vpc(),
        options=TO_BUCKET,
        fixed=[{"LogDestinationType": "s3", "LogDestination": BUCKET_ARN, "TrafficType": "ALL"}],
        disturb=_make_one_that_fails,
    ),
    Bad(
        name="with one of a subnet only, which get one to a log group",
        create=_subnet_logged,
        options={**TO_GROUP, "traffic_type": "REJECT"},
        fixed=[
            {
                "LogDestinationType": "cloud-watch-logs",
                "LogGroupName": GROUP,
                "TrafficType": "REJECT",
                "DeliverLogsPermissionArn": ROLE_ARN,
            }
        ],
        disturb=_make_one_that_fails,
    ),
    AlreadyCompliant(name="with one", create=_logged(), options=TO_BUCKET),
    AlreadyCompliant(name="with one of refused traffic, where nothing is named", create=_logged(TrafficType="REJECT")),
    Refusal(name="without one, where nothing is named", create=_vpc(), because="option role"),
    Refusal(
        name="without one, where a log group is named and no role",
        create=_vpc(),
        options={"log_group": GROUP},
        because="option role",
    ),
    Refusal(
        name="without one, where a bucket and a log group are named",
        create=_vpc(),
        options={**TO_BUCKET, **TO_GROUP},
        because="both a bucket and a log group",
    ),
    Refusal(
        name="with one that AWS cannot deliver",
        create=_logged(**FAILING),
        options=TO_BUCKET,
        because="cannot deliver: Access error",
    ),
    Refusal(
        name="whose flow logs may not be put into the bucket",
        create=_vpc(allow_delivery(LOGS)[1]),
        options=TO_BUCKET,
        because="does not allow delivery.logs.amazonaws.com",
    ),
    Refusal(
        name="to be logged by a role that serves something else",
        create=_vpc(trusted="lambda.amazonaws.com"),
        options=TO_GROUP,
        because="does not trust vpc-flow-logs.amazonaws.com",
    ),
    Refusal(
        name="to be logged by a role that serves VPCs, and not their flow logs",
        create=_vpc(trusted_for="vpc/*"),
        options=TO_GROUP,
        because="does not trust vpc-flow-logs.amazonaws.com",
    ),
    Refusal(
        name="to be logged to a log group that is not there",
        create=_vpc(),
        options={**TO_GROUP, "log_group": "gone"},
        because="There is no log group gone",
    ),
)
