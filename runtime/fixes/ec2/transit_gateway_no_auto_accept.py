"""Turn off automatic acceptance of shared attachments of a transit gateway.

What it does
------------
Turns off that the transit gateway accepts attachments of other accounts by itself. Attachments that there are stay.

It refuses a transit gateway that is being deleted.

Why it matters
--------------
Whoever a transit gateway is shared with can connect a network of their own to everything behind it, and nobody on this
side looks at it.

What can break
--------------
Attachments that other accounts make from then on wait until somebody here accepts them. Pipelines that count on being
accepted wait with them, and time out.

Undo
----
Lets it accept attachments by itself again.

References
----------
* Security Hub control EC2.23: https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html#ec2-23
* Shared attachments: https://docs.aws.amazon.com/vpc/latest/tgw/tgw-transit-gateways.html
* ModifyTransitGateway: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyTransitGateway.html
"""

from __future__ import annotations

from dataclasses import replace

from runtime.domain.fix import Disruption
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import NEXT_TOKEN, Read, Value, Write
from runtime.fixes.ec2 import OWN, TRANSIT_GATEWAY, TRANSIT_GATEWAY_READ
from runtime.fixes.kinds.attributes import SetAttributes
from runtime.fixes.kinds.declared import Guard, one_of

_SETTING = "AutoAcceptSharedAttachments"

FIX = SetAttributes(
    of=TRANSIT_GATEWAY,
    id="ec2-transit-gateway-no-auto-accept",
    title="Turn off automatic acceptance of shared attachments of a transit gateway",
    disruption=Disruption.NONE,
    hazard="Attachments of other accounts wait until somebody accepts them.",
    reads=(
        replace(TRANSIT_GATEWAY_READ, keep={_SETTING: f"Options.{_SETTING}", "OwnerId": "OwnerId"}),
        Read(
            call="ec2:DescribeTransitGatewayAttachments",
            by={"Filters": [{"Name": "transit-gateway-id", "Values": ["${name}"]}]},
            on="*",
            at="TransitGatewayAttachments",
            keep={"attached_accounts": "[].ResourceOwnerId"},
            sets=("attached_accounts",),
            pages=NEXT_TOKEN,
        ),
    ),
    informs=("attached_accounts",),
    wanted={_SETTING: "disable"},
    guards=(OWN, Guard(holds=one_of("status", "available"), because="${subject} is ${status}.")),
    write=Write(
        call="ec2:ModifyTransitGateway", by={"TransitGatewayId": "${name}", "Options": {_SETTING: Value(_SETTING)}}
    ),
    shows={
        "other_accounts_attached": lambda look: sorted({*look["attached_accounts"]} - {look.resource.account_id}),
    },
    template={
        TemplateTool.CLOUDFORMATION: "set AutoAcceptSharedAttachments of AWS::EC2::TransitGateway to disable",
        TemplateTool.CDK: "set autoAcceptSharedAttachments of CfnTransitGateway to disable",
        TemplateTool.TERRAFORM: "set auto_accept_shared_attachments of aws_ec2_transit_gateway to disable",
    },
)
