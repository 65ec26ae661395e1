"""Remove every rule from an unused security group.

What it does
------------
Removes all inbound rules, all outbound rules or both, as the option ``direction`` says, if no network interface has the
group; with the option ``even_if_used`` also where some have. The group itself stays: launch templates, stopped Auto
Scaling groups and rules of other groups may name it, and a deleted one cannot come back. Groups whose rules something
else keeps, such as AWS Firewall Manager, are refused.

Why it matters
--------------
A group that nothing uses is given to something one day, for its name, with rules that nobody has read for years.

What can break
--------------
What gets the group later can reach nothing and is reached by nobody, but for Amazon's DNS, DHCP, time and instance
metadata. With ``even_if_used``, what has the group now is cut off too, once its open connections end. It costs nothing.

Undo
----
Adds all rules again with their descriptions and tags. They get new rule ids. A rule that names a deleted group of a
peered VPC cannot come back; where there is one, the plan says that it cannot be undone.

References
----------
* Security group rules: https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
* RevokeSecurityGroupIngress:
  https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RevokeSecurityGroupIngress.html
"""

from __future__ import annotations

from runtime.domain.fix import Disruption, OptionSpec
from runtime.domain.template import TemplateTool
from runtime.fixes.ec2 import OWN, SECURITY_GROUP
from runtime.fixes.ec2._empty_group import DIRECTIONS, EVEN_IF_USED, UNUSED, EmptyGroup
from runtime.fixes.kinds.ingress import NOT_KEPT

FIX = EmptyGroup(
    of=SECURITY_GROUP,
    id="ec2-security-group-strip",
    title="Remove every rule from an unused security group",
    disruption=Disruption.DATA_PATH,
    hazard="Resources that get the group later, and with even_if_used those that have it now, lose their connections.",
    directions=lambda look: [one for one in DIRECTIONS if look.options["direction"] in ("both", one.lower())],
    guards=(OWN, NOT_KEPT, UNUSED),
    template={
        TemplateTool.CLOUDFORMATION: "remove SecurityGroupIngress and SecurityGroupEgress of AWS::EC2::SecurityGroup, "
        "and every AWS::EC2::SecurityGroupIngress and AWS::EC2::SecurityGroupEgress of the group",
        TemplateTool.CDK: "remove every addIngressRule and addEgressRule, and set allowAllOutbound of SecurityGroup to "
        "false",
        TemplateTool.TERRAFORM: "remove every aws_vpc_security_group_ingress_rule and "
        "aws_vpc_security_group_egress_rule, and every ingress and egress of aws_security_group",
    },
    options={
        "direction": OptionSpec(
            schema={"enum": ["both", "ingress", "egress"]},
            default="both",
            description="Which rules are removed.",
        ),
        "even_if_used": EVEN_IF_USED,
    },
)
