"""Close ports of an EC2 security group to the internet.

What it does
------------
Removes the ports named by the options ``ports``, ``tcp_ports`` and ``udp_ports`` from every inbound rule for
``0.0.0.0/0`` and ``::/0``. A rule with a wider range keeps its other ports: it is changed in place, so that its id,
description and tags are kept, and if ports remain on both sides of a closed one, a further rule is added first. Rules
for other addresses and security groups, and rules for other protocols such as ICMP, are not changed.

Ranges that only together are the whole internet, such as ``0.0.0.0/1`` and ``128.0.0.0/1``, or all addresses except the
private ones, count as open too. They are closed only with the option ``unions``; without it, the group is refused. The
prefix lists that rules name are resolved: a group that allows the internet by one, or by one that cannot be resolved,
is refused.

It refuses a group that allows the internet for all traffic (protocol ``-1``), because such a rule also covers
protocols without ports and cannot be split. It is removed, whole, only with ``ports: all`` for both TCP and UDP. It
refuses groups whose rules a service manages and would restore: AWS Firewall Manager, Amazon EKS and the load balancer
controllers of Kubernetes, Amazon EMR and AWS Directory Service.

Why it matters
--------------
Scanners find a port that is open to the internet within minutes, and password guessing and exploits follow. Remote
administration and databases should not be open to it.

What can break
--------------
Clients on the internet can no longer connect to the closed ports. Existing connections may stay open for as long as
they are tracked. During the change the group has a few more rules; if that exceeds the quota, AWS refuses the change
and the group is not changed.

Undo
----
Reverts the changed rules, adds those that were removed with their descriptions and tags, and removes those that were
added. A removed rule is added again with a new rule id.

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
