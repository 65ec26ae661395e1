"""Turn off automatic acceptance of shared attachments of a transit gateway.

What it does
------------
Turns off automatic acceptance of attachments of other accounts. Existing attachments are not changed.

It refuses a transit gateway that is being deleted.

Why it matters
--------------
Any account that the transit gateway is shared with can connect its own network to everything behind it, without a
review by the owner.

What can break
--------------
New attachments of other accounts wait until the owner accepts them. Pipelines that rely on automatic acceptance wait
too, and time out.

Undo
----
Turns automatic acceptance on again.

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
    undo_hazard="Attachments of accounts that the transit gateway is shared with are accepted automatically.",
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
