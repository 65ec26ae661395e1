"""Detach an internet gateway from its VPC.

What it does
------------
Detaches the internet gateway. It is not deleted, and no route is changed: routes to it are kept, have no effect while
it is detached, and work again once it is attached.

AWS refuses this while anything in the VPC has a public IPv4 address or an Elastic IP, such as a NAT gateway or an
internet-facing load balancer.

Why it matters
--------------
A VPC that is meant to be private is private only without an internet gateway. VPC Block Public Access does the same
for a whole region without changing gateways.

What can break
--------------
Nothing in the VPC can reach the internet, public endpoints of AWS included, or be reached from it. It costs nothing.

Undo
----
Attaches the same gateway to the same VPC again.

References
----------
* Internet gateways: https://docs.aws.amazon.com/vpc/latest/userguide/VPC_Internet_Gateway.html
* DetachInternetGateway: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DetachInternetGateway.html
* VPC Block Public Access: https://docs.aws.amazon.com/vpc/latest/userguide/security-vpc-bpa.html
"""

from __future__ import annotations

from dataclasses import replace

from runtime.domain.fix import Disruption, Permission
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Read, Value, Write
from runtime.fixes.ec2 import INTERNET_GATEWAY, INTERNET_GATEWAY_READ, OWN
from runtime.fixes.kinds.attributes import SetAttributes

_DETACH, _ATTACH = "ec2:DetachInternetGateway", "ec2:AttachInternetGateway"
_EVERY_VPC = "arn:${partition}:ec2:${region}:${account_id}:vpc/*"

FIX = SetAttributes(
    of=INTERNET_GATEWAY,
    id="vpc-internet-gateway-detach",
    title="Detach an internet gateway from its VPC",
    disruption=Disruption.DATA_PATH,
    hazard="The VPC has no connection to or from the internet any longer.",
    undo_hazard="Connects the VPC to the internet again.",
    reads=(
        replace(
            INTERNET_GATEWAY_READ,
            keep={"OwnerId": "OwnerId", "vpc": "Attachments[0].VpcId", "attachments": "Attachments[].State"},
            or_none=("vpc",),
        ),
        Read(
            call="ec2:DescribeRouteTables",
            by={"Filters": [{"Name": "route.gateway-id", "Values": ["${name}"]}]},
            on="*",
            keep={
                "route_tables": "sort(RouteTables[].RouteTableId)",
                "subnets": "sort(RouteTables[].Associations[].SubnetId)",
            },
        ),
    ),
    informs=("attachments", "route_tables", "subnets"),
    guards=(OWN,),
    wanted={"vpc": None},
    write=Write(call=_DETACH, by={"InternetGatewayId": "${name}", "VpcId": {"$before": "vpc"}}),
    back=Write(call=_ATTACH, by={"InternetGatewayId": "${name}", "VpcId": Value("vpc")}),
    extra_writes=tuple(Permission(action=one, operation=one, resource=_EVERY_VPC) for one in (_DETACH, _ATTACH)),
    shows={
        "vpc": lambda look: look["vpc"],
        "route_tables": lambda look: look["route_tables"],
        "subnets_with_a_route_of_their_own": lambda look: look["subnets"],
    },
    template={
        TemplateTool.CLOUDFORMATION: "remove the AWS::EC2::VPCGatewayAttachment of the gateway",
        TemplateTool.CDK: "remove the CfnVPCGatewayAttachment of the gateway, or set the subnets of Vpc to "
        "PRIVATE_ISOLATED",
        TemplateTool.TERRAFORM: "remove vpc_id of aws_internet_gateway, or the aws_internet_gateway_attachment",
    },
)
