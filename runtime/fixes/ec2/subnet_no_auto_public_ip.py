"""Stop assigning public IPv4 addresses in a subnet.

What it does
------------
Sets ``MapPublicIpOnLaunch`` of the subnet to false. Running resources keep their address until stopped. A launch
template or a call that requests a public address still gets one.

Why it matters
--------------
If every instance has a public address, every careless security group rule exposes it to the internet.

What can break
--------------
New instances without NAT gateway or VPC endpoints cannot connect out. Managed node groups of Amazon EKS in a public
subnet no longer start nodes; EMR, Elastic Beanstalk and Batch may rely on the addresses too. It costs nothing, and
saves the price of the addresses.

Undo
----
Sets ``MapPublicIpOnLaunch`` to true again. Instances that started meanwhile do not get an address.

References
----------
* Security Hub control EC2.15:
  https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html#ec2-15
* Public addresses in subnets: https://docs.aws.amazon.com/vpc/latest/userguide/subnet-public-ip.html
* ModifySubnetAttribute: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifySubnetAttribute.html
"""

from __future__ import annotations

from dataclasses import replace

from runtime.domain.fix import Disruption
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Read, Value, Write
from runtime.fixes.ec2 import INTERFACES_COUNTED, OWN, SUBNET, SUBNET_READ, counted
from runtime.fixes.kinds.attributes import SetAttributes
from runtime.fixes.kinds.declared import Guard, one_of

FIX = SetAttributes(
    of=SUBNET,
    id="ec2-subnet-no-auto-public-ip",
    title="Stop assigning public IPv4 addresses in a subnet",
    disruption=Disruption.DATA_PATH,
    hazard="Later instances in the subnet without a NAT gateway or VPC endpoint cannot reach the internet or AWS.",
    undo_hazard="Later instances in the subnet get public addresses.",
    reads=(
        replace(
            SUBNET_READ,
            keep=("MapPublicIpOnLaunch", "AssignIpv6AddressOnCreation", "OwnerId", "VpcId", "OutpostArn"),
            or_none=("OutpostArn",),
        ),
        Read(
            call="ec2:DescribeNetworkInterfaces",
            by={
                "Filters": [{"Name": "subnet-id", "Values": ["${name}"]}],
                "MaxResults": INTERFACES_COUNTED,
            },
            on="*",
            keep={"public_addresses": counted("NetworkInterfaces[?Association.IpOwnerId == 'amazon']")},
        ),
    ),
    informs=("public_addresses",),
    wanted={"MapPublicIpOnLaunch": False},
    guards=(
        OWN,
        Guard(holds=one_of("OutpostArn", None), because="${subject} is on the Outpost ${OutpostArn}."),
    ),
    write=Write(
        call="ec2:ModifySubnetAttribute",
        by={"SubnetId": "${name}", "MapPublicIpOnLaunch": {"Value": Value("MapPublicIpOnLaunch")}},
    ),
    shows={
        "vpc": lambda look: look["VpcId"],
        "public_addresses": lambda look: look["public_addresses"],
        "gives_ipv6_addresses": lambda look: look["AssignIpv6AddressOnCreation"],
    },
    template={
        TemplateTool.CLOUDFORMATION: "set MapPublicIpOnLaunch of AWS::EC2::Subnet to false",
        TemplateTool.CDK: "set mapPublicIpOnLaunch of the subnet, or of its group in subnetConfiguration of Vpc, to "
        "false",
        TemplateTool.TERRAFORM: "set map_public_ip_on_launch of aws_subnet to false",
    },
)
