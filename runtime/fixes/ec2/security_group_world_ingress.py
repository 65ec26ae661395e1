"""Close ports of an EC2 security group to the internet.

What it does
------------
Takes the ports named by the options ``ports``, ``tcp_ports`` and ``udp_ports`` out of every inbound rule for
``0.0.0.0/0`` and ``::/0``. A rule with a wider range keeps its other ports: it is changed in place, so that its id,
description and tags stay, and where ports are left on both sides of a closed one, a further rule is added before that.
Rules for other addresses and security groups, and rules for other protocols such as ICMP, are left alone.

Ranges that are the whole internet only together, such as ``0.0.0.0/1`` and ``128.0.0.0/1``, or all addresses but the
private ones, count as open too. They are closed only with the option ``unions``; without, the group is refused. The
prefix lists that rules name are looked into: a group that lets in the internet by one, or by one that cannot be
resolved, is refused.

It refuses a group that lets the internet in for all traffic (protocol ``-1``), because such a rule also covers
protocols without ports and cannot be split. Only with ``ports: all`` for both TCP and UDP is it removed, whole. It
refuses groups whose rules something else keeps and would set again: AWS Firewall Manager, Amazon EKS and the load
balancer controllers of Kubernetes, Amazon EMR and AWS Directory Service.

Why it matters
--------------
A port that is open to the internet is found by scanners within minutes, and password guessing and exploits follow.
Remote administration and databases have no business there.

What can break
--------------
Clients that come over the internet can no longer connect on the closed ports. Connections that exist may stay open
for as long as they are tracked. For a moment the group has a few rules more; if that is more than the quota allows,
AWS refuses the change and the group stays as it was.

Undo
----
Changes the rules that were changed back, adds those that were removed with their descriptions and tags, and removes
those that were added. A rule that was removed comes back with a new rule id.

References
----------
* Security Hub controls EC2.13, EC2.14, EC2.18, EC2.19, EC2.53 and EC2.54:
  https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html
* Security group rules: https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
* Connection tracking:
  https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/security-group-connection-tracking.html
* ModifySecurityGroupRules:
  https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifySecurityGroupRules.html
* Managed prefix lists: https://docs.aws.amazon.com/vpc/latest/userguide/managed-prefix-lists.html
"""

from __future__ import annotations

from runtime.domain.fix import Disruption, Stage
from runtime.domain.template import TemplateTool
from runtime.fixes.ec2 import SECURITY_GROUP
from runtime.fixes.kinds.ingress import PORT_OPTIONS, UNIONS, CloseToTheWorld

FIX = CloseToTheWorld(
    of=SECURITY_GROUP,
    id="ec2-security-group-world-ingress",
    title="Close ports of an EC2 security group to the internet",
    stage=Stage.STABLE,
    disruption=Disruption.DATA_PATH,
    hazard=(
        "Clients that connect over the internet on the closed ports, including legitimate ones, can no longer connect."
    ),
    template={
        TemplateTool.CLOUDFORMATION: (
            "remove the closed ports from every rule in SecurityGroupIngress of AWS::EC2::SecurityGroup, and of every "
            "AWS::EC2::SecurityGroupIngress, with CidrIp 0.0.0.0/0 or CidrIpv6 ::/0"
        ),
        TemplateTool.CDK: (
            "remove the closed ports from every SecurityGroup.addIngressRule with Peer.anyIpv4() or Peer.anyIpv6(), "
            "and of every Connections.allowFromAnyIpv4"
        ),
        TemplateTool.TERRAFORM: (
            "remove the closed ports from every aws_vpc_security_group_ingress_rule with cidr_ipv4 0.0.0.0/0 or "
            "cidr_ipv6 ::/0, and of every ingress of aws_security_group with one of them in cidr_blocks or "
            "ipv6_cidr_blocks"
        ),
    },
    options={**PORT_OPTIONS, "unions": UNIONS},
)
