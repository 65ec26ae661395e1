"""Turn on flow logs of a VPC.

What it does
------------
Creates a flow log of the VPC with the destination that the catalog entry names: a bucket, or a CloudWatch Logs group
with the role that writes to it. A VPC with its own flow log that records all or rejected traffic is not changed,
whatever the destination; flow logs of its subnets and interfaces do not count.

The bucket or the log group is checked and not changed. A bucket must be in the same account and region, use no KMS
key, Object Lock or Requester Pays, and its policy must allow ``delivery.logs.amazonaws.com``. A log group must have a
retention, and the role must trust ``vpc-flow-logs.amazonaws.com``.

It refuses a VPC whose only flow log is one that AWS cannot deliver: repair that one, instead of paying for two.

Why it matters
--------------
Flow logs record which addresses communicated. Without them, no one can tell where an intruder went, and what was sent
out.

What can break
--------------
Nothing: traffic is not affected. AWS charges for each gigabyte delivered, and for storage; busy VPCs record many.

Undo
----
Deletes the flow log that was created. Recorded data is kept.

References
----------
* Security Hub control EC2.6: https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html#ec2-6
* Flow logs to a bucket, and its policy: https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-s3.html
* Flow logs to CloudWatch Logs, and the role: https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-cwl.html
* CreateFlowLogs: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateFlowLogs.html
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from runtime.domain.fix import Disruption, OptionSpec, Permission
from runtime.domain.plan import Compliant
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import NEXT_TOKEN, Read, Write
from runtime.fixes.ec2 import INTERFACES_COUNTED, OWN, VPC, VPC_READ, counted
from runtime.fixes.kinds.declared import Declared, Found, Guard, Look, Steps, one_of, one_way
from runtime.fixes.kinds.destinations import LOG_GROUP, Writer, delivered, log_bucket
from runtime.fixes.kinds.roles import pass_role, service_role

_CREATE, _FLOW_LOG = "ec2:CreateFlowLogs", "arn:${partition}:ec2:${region}:${account_id}:vpc-flow-log/*"
_OF_VPC = {"ResourceIds": ["${name}"], "ResourceType": "VPC", "TrafficType": "${traffic_type}"}
_TO_BUCKET = Write(
    call=_CREATE,
    by={**_OF_VPC, "LogDestinationType": "s3", "LogDestination": "arn:${partition}:s3:::${target_bucket}"},
)
_TO_LOG_GROUP = Write(
    call=_CREATE,
    by={
        **_OF_VPC,
        "LogDestinationType": "cloud-watch-logs",
        "LogGroupName": "${log_group}",
        "DeliverLogsPermissionArn": "arn:${partition}:iam::${account_id}:role/${role}",
    },
)
_DELETE = Write(call="ec2:DeleteFlowLogs", by={"FlowLogIds": {"$answer": [0, "FlowLogIds"]}}, on=_FLOW_LOG)


@dataclass(frozen=True, kw_only=True)
class MakeFlowLog(Declared):
    """Create one flow log, and delete it to undo; the options say which destination it has."""

    @property
    def writes(self) -> tuple[Permission, ...]:
        return (_TO_BUCKET.permission, replace(_TO_BUCKET, on=_FLOW_LOG).permission, _DELETE.permission)

    def offending(self, look: Look) -> Found | Compliant:
        if look["destination"] is not None:
            return Compliant(sentence=look.said("${subject} has a flow log, which goes to ${destination}."))
        return Found(f"no flow log → one that goes to {_destination(look)}")

    def changes(self, look: Look, found: Found) -> tuple[Steps, Steps]:  # noqa: ARG002  the contract's
        to = _TO_LOG_GROUP if look.options["target_bucket"] is None else _TO_BUCKET
        return (to.change(look.texts, {}, {"destination": _destination(look)}),), (_DELETE.change(look.texts, {}),)


def _flow_logs(look: Look) -> str:
    """The source for which the role is assumed: any flow log of the account, as its id is not known in advance.

    https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-iam-role.html
    """
    return f"arn:{look.resource.partition}:ec2:{look.resource.region}:{look.resource.account_id}:vpc-flow-log/*"


def _destination(look: Look) -> str:
    """As AWS shows it. Raises ``Unset`` if none is set, or a log group without a role."""
    if look.options["target_bucket"] is None:
        look.option("role")
        return str(look.option("log_group"))
    return f"arn:{look.resource.partition}:s3:::{look.option('target_bucket')}"


FIX = MakeFlowLog(
    of=VPC,
    id="vpc-flow-logs",
    title="Turn on flow logs of a VPC",
    disruption=Disruption.NONE,
    hazard="AWS charges per gigabyte, and for storage.",
    undo_hazard="Later traffic is not recorded.",
    reads=(
        replace(VPC_READ, keep={"OwnerId": "OwnerId", "is_default": "IsDefault"}),
        Read(
            call="ec2:DescribeFlowLogs",
            by={"Filters": [{"Name": "resource-id", "Values": ["${name}"]}]},
            on="*",
            at="FlowLogs[?TrafficType != 'ACCEPT']",
            keep={
                "destination": "sort_by([?FlowLogStatus == 'ACTIVE' && DeliverLogsStatus != 'FAILED'], &FlowLogId)[0]"
                " | LogGroupName || LogDestination",
                "failure": "sort_by([?DeliverLogsStatus == 'FAILED'], &FlowLogId)[0].DeliverLogsErrorMessage",
            },
            or_none=("destination", "failure"),
            pages=NEXT_TOKEN,
        ),
        Read(
            call="ec2:DescribeNetworkInterfaces",
            by={"Filters": [{"Name": "vpc-id", "Values": ["${name}"]}], "MaxResults": INTERFACES_COUNTED},
            on="*",
            keep={"network_interfaces": counted("NetworkInterfaces")},
        ),
    ),
    informs=("network_interfaces",),
    named=tuple(
        one_way(named)
        for named in (
            log_bucket(
                Writer(
                    service="delivery.logs.amazonaws.com",
                    object_name=lambda look: f"AWSLogs/{look.resource.account_id}/",
                    source_arn=delivered,
                    reads_acl=True,
                ),
                location=lambda look: look.resource.region,
            ),
            LOG_GROUP,
            service_role("vpc-flow-logs.amazonaws.com", source_arn=_flow_logs),
        )
    ),
    guards=(
        OWN,
        Guard(
            holds=one_of("failure", None),
            because="${subject} has a flow log that AWS cannot deliver: ${failure}.",
        ),
        Guard(
            holds=lambda look: look.options["target_bucket"] is None or look.options["log_group"] is None,
            because="The catalog entry names both a bucket and a log group.",
        ),
    ),
    options={
        "traffic_type": OptionSpec(
            schema={"type": "string", "enum": ["ALL", "REJECT"]},
            default="ALL",
            description="The traffic to record: all, or only rejected traffic, which costs less.",
        )
    },
    extra_writes=(
        pass_role(_CREATE),
        # https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-s3.html
        Permission(action="logs:CreateLogDelivery", operation=_CREATE, resource="*"),
        Permission(action="logs:DeleteLogDelivery", operation=_DELETE.call, resource="*"),
    ),
    shows={
        "network_interfaces": lambda look: look["network_interfaces"],
        "default_vpc": lambda look: look["is_default"],
    },
    template={
        TemplateTool.CLOUDFORMATION: "add an AWS::EC2::FlowLog for the VPC",
        TemplateTool.CDK: "add a FlowLog for the VPC, with addFlowLog of Vpc",
        TemplateTool.TERRAFORM: "add an aws_flow_log for the aws_vpc",
    },
)
