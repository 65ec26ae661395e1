"""Remove every rule from the default security group of a VPC.

What it does
------------
Removes all inbound and outbound rules of a VPC's default security group, if no network interface has the group; with
the option ``even_if_used`` also if some have. Other groups are refused, and so are groups whose rules are managed by a
service such as AWS Firewall Manager.

Why it matters
--------------
A resource that starts without a security group gets the default one, whose rules allow its members to reach each other
on every port. Without rules, such a resource has no network access.

What can break
--------------
Instances, databases, functions and endpoints created later without a group can reach nothing and cannot be reached.
With ``even_if_used``, current members are cut off too, once their open connections end. It costs nothing.

Undo
----
Adds all rules again with their descriptions and tags. They get new rule ids. A rule that names a deleted group of a
peered VPC cannot be restored; if there is one, the plan says that it cannot be undone.

References
----------
* Security Hub control EC2.2:
  https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html#ec2-2
* Default security groups: https://docs.aws.amazon.com/vpc/latest/userguide/default-security-group.html
* RevokeSecurityGroupEgress:
  https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RevokeSecurityGroupEgress.html
"""

from __future__ import annotations

from dataclasses import replace

from runtime.domain.fix import Disruption
from runtime.domain.template import TemplateTool
from runtime.fixes.ec2 import OWN, SECURITY_GROUP
from runtime.fixes.ec2._empty_group import EVEN_IF_USED, READS, UNUSED, EmptyGroup
from runtime.fixes.kinds.declared import Guard, one_of
from runtime.fixes.kinds.ingress import GROUP, NOT_KEPT

FIX = EmptyGroup(
    of=SECURITY_GROUP,
    id="ec2-default-security-group-closed",
    title="Remove every rule from the default security group of a VPC",
    disruption=Disruption.DATA_PATH,
    hazard="Resources that are created in the VPC without a security group have no network access.",
    undo_hazard="Re-opens the group: its former rules take effect again.",
    reads=(*READS, replace(GROUP, keep=("GroupName",))),
    guards=(
        OWN,
        Guard(
            holds=one_of("GroupName", "default"),
            because="${subject} is called ${GroupName}, and is not the default group of its VPC.",
            first=True,
        ),
        NOT_KEPT,
        UNUSED,
    ),
    template={
        TemplateTool.CLOUDFORMATION: "remove the rules of the default group by a custom resource; CloudFormation "
        "itself cannot change it",
        TemplateTool.CDK: "set restrictDefaultSecurityGroup of Vpc to true",
        TemplateTool.TERRAFORM: "add an aws_default_security_group without ingress and egress",
    },
    options={"even_if_used": EVEN_IF_USED},
)
