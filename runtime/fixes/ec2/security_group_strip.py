"""Remove every rule from an unused security group.

What it does
------------
Removes all inbound rules, all outbound rules or both, as the option ``direction`` says, if no network interface has the
group; with the option ``even_if_used`` also if some have. The group itself is kept: launch templates, stopped Auto
Scaling groups and rules of other groups may name it, and a deleted group cannot be restored. Groups whose rules are
managed by a service such as AWS Firewall Manager are refused.

Why it matters
--------------
An unused group may later be assigned for its name, with rules that no one has reviewed for years.

What can break
--------------
A later member of the group can reach nothing and cannot be reached, except for Amazon's DNS, DHCP, time and instance
metadata. With ``even_if_used``, current members are cut off too, once their open connections end. It costs nothing.

Undo
----
Adds all rules again with their descriptions and tags. They get new rule ids. A rule that names a deleted group of a
peered VPC cannot be restored; if there is one, the plan says that it cannot be undone.

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
    undo_hazard="Re-opens the group: its former rules take effect again.",
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
