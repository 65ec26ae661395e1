"""Narrow rules of an EC2 security group to given address ranges.

What it does
------------
Removes the ports named by the options ``ports``, ``tcp_ports`` and ``udp_ports`` from every inbound rule for one of
the ranges ``from_cidrs``, and allows each range of ``to_cidrs`` there instead. A rule is changed in place, so that its
id, description and tags are kept; if one rule is not enough, further rules are added first. An empty ``to_cidrs``
closes the ports. A rule for an address family without a range in ``to_cidrs`` is closed too.

It refuses ranges that are not narrower than those that they replace, and groups whose rules another service manages.

Why it matters
--------------
A rule for the whole internet is often meant for an office, a VPN or a partner. Narrowed, it allows only them.

What can break
--------------
Clients with an address in none of the ranges can no longer connect. Only flow logs show which clients these are.

Undo
----
Reverts the changed rules, and removes those that were added. A removed rule is added again with a new rule id.

References
----------
* Security group rules: https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
* ModifySecurityGroupRules:
  https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifySecurityGroupRules.html
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from ipaddress import ip_network

from runtime.domain.fix import Disruption, OptionSpec
from runtime.domain.plan import Refused
from runtime.domain.template import TemplateTool
from runtime.fixes.ec2 import SECURITY_GROUP
from runtime.fixes.kinds.declared import Look
from runtime.fixes.kinds.ingress import (
    PORT_OPTIONS,
    WITH_PORTS,
    WORLD,
    CloseToTheWorld,
    Parts,
    Ports,
    Rule,
    Sources,
    common,
    inside,
)

_CIDRS = {"type": "array", "uniqueItems": True, "items": {"type": "string", "pattern": "^[0-9a-f.:]+/[0-9]+$"}}


@dataclass(frozen=True, kw_only=True)
class NarrowRules(CloseToTheWorld):
    """The state holds every rule for a range: the options say which ones to narrow."""

    def watched(self, rules: Sequence[Rule], sources: Sources) -> Collection[Rule]:  # noqa: ARG002  the kind's
        return [rule for rule in rules if not rule.names_a_prefix_list]

    def to_close(
        self, rules: Sequence[Rule], sources: Sources, closed: Mapping[str, tuple[Ports, ...]], look: Look
    ) -> Parts | Refused:
        try:
            wanted = [ip_network(cidr) for cidr in look.option("to_cidrs")]
            wide = {str(ip_network(cidr)) for cidr in look.options["from_cidrs"]}
        except ValueError as error:
            return Refused(sentence=f"An option is not an address range: {error}.")
        offending: dict[Rule, dict[str, tuple[Ports, ...]]] = {}
        for rule in rules:
            if rule.source in wide:
                parts = {
                    protocol: common([rule.ports], closed[protocol])
                    for protocol in WITH_PORTS
                    if rule.covers(protocol, closed[protocol])
                }
                if parts:
                    offending[rule] = parts
        for rule in offending:
            for network in wanted:
                own = sources[rule.source]
                if network.version == own[0].version and (not inside([network], own) or inside(own, [network])):
                    return Refused(sentence=f"The range {network} is not narrower than {rule.source}.")
        return offending

    def instead(self, rule: Rule, closed: Sequence[Ports], look: Look) -> list[Rule]:
        return [
            replace(rule, from_port=first, to_port=last, source=cidr)
            for first, last in closed
            for cidr in look.option("to_cidrs")
            if (":" in cidr) == (":" in rule.source)
        ]


FIX = NarrowRules(
    of=SECURITY_GROUP,
    id="ec2-security-group-rules-narrow",
    title="Narrow rules of an EC2 security group to given address ranges",
    disruption=Disruption.DATA_PATH,
    hazard="Clients with an address outside the given ranges can no longer connect.",
    template={
        TemplateTool.CLOUDFORMATION: "set CidrIp and CidrIpv6 of the rules in SecurityGroupIngress of "
        "AWS::EC2::SecurityGroup, and of every AWS::EC2::SecurityGroupIngress, to the narrower ranges",
        TemplateTool.CDK: "set the peer of every SecurityGroup.addIngressRule to Peer.ipv4 or Peer.ipv6 with the "
        "narrower ranges",
        TemplateTool.TERRAFORM: "set cidr_ipv4 and cidr_ipv6 of every aws_vpc_security_group_ingress_rule, and "
        "cidr_blocks and ipv6_cidr_blocks of every ingress of aws_security_group, to the narrower ranges",
    },
    options={
        **PORT_OPTIONS,
        "from_cidrs": OptionSpec(
            schema={**_CIDRS, "minItems": 1},
            default=list(WORLD),
            description="The ranges that are too wide, each as in the rules.",
        ),
        "to_cidrs": OptionSpec(
            schema={"anyOf": [{"type": "null"}, _CIDRS]},
            default=None,
            description="The ranges to allow instead. An empty list: none. If null, every group is refused.",
        ),
    },
)
