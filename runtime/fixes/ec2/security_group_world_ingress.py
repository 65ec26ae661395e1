"""Close ports of an EC2 security group to the internet.

What it does
------------
Takes the ports named by the option ``ports`` out of every inbound rule for ``0.0.0.0/0`` and ``::/0``. A rule with a
wider range is split, so that its other ports stay open; their rules are added before the wide one is removed.
Descriptions are kept. Rules for other addresses, prefix lists and security groups, and rules for other protocols such
as ICMP, are left alone.

It refuses a group that lets the internet in for all traffic (protocol ``-1``), because such a rule also covers
protocols without ports and cannot be split. Only with ``ports: all`` for both TCP and UDP is it removed, whole.

Why it matters
--------------
A port that is open to the internet is found by scanners within minutes, and password guessing and exploits follow.
Remote administration and databases have no business there.

What can break
--------------
Clients that come over the internet can no longer connect on the closed ports. Connections that exist may stay open
for as long as they are tracked. For a moment the group has the rules from before and the new ones together; if that
is more than the quota allows, AWS refuses the change and the group stays as it was.

Undo
----
Adds the rules that were removed, with their descriptions, and then removes those that were added. The rules come back
with new rule ids, and without tags if the rules themselves had any.

References
----------
* Security Hub controls EC2.13, EC2.14, EC2.18, EC2.19, EC2.53 and EC2.54:
  https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html
* Security group rules: https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
* Connection tracking:
  https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/security-group-connection-tracking.html
* RevokeSecurityGroupIngress:
  https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RevokeSecurityGroupIngress.html
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from runtime.domain.fix import Disruption, Options, OptionSpec, Permission, Stage
from runtime.domain.plan import Change, Compliant, Refused, State, canonical_json
from runtime.domain.resource import Resource
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Read
from runtime.fixes.contract import Reader
from runtime.fixes.ec2 import SECURITY_GROUP
from runtime.fixes.kinds.declared import Declared, Found, Look, Steps, Unread

_RULES = "world_ingress"
_LAST_PORT = 65535
_NO_PORT = -1
_ALL_PORTS = "all"
_ALL_TRAFFIC = "-1"
_WITH_PORTS = ("tcp", "udp")
_RANGE = re.compile(r"([0-9]{1,5})-([0-9]{1,5})")

NETWORK_INTERFACES_COUNTED = 1000
"""The largest page that DescribeNetworkInterfaces gives. Only the first is read: if there is more, this many stands
for the unknown number, whatever is on the first page."""

type _Ports = tuple[int, int]
"""A range of ports, both ends included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rule:
    """One inbound rule for one address range. A rule for all traffic has ``_NO_PORT`` for its ports."""

    protocol: str
    from_port: int
    to_port: int
    cidr: str
    description: str | None

    @property
    def identity(self) -> tuple[str, _Ports, str]:
        """What AWS tells rules apart by: two that differ only in their description are duplicates."""
        return self.protocol, self.ports, self.cidr

    @property
    def ports(self) -> _Ports:
        return self.from_port, self.to_port


@dataclass(frozen=True, kw_only=True)
class CloseWorldIngress(Declared):
    """The state holds the rules for the whole internet only: a change to other rules does not disturb a plan."""

    @property
    def writes(self) -> tuple[Permission, ...]:
        return (
            Permission(action="ec2:AuthorizeSecurityGroupIngress", operation="ec2:AuthorizeSecurityGroupIngress"),
            Permission(action="ec2:RevokeSecurityGroupIngress", operation="ec2:RevokeSecurityGroupIngress"),
        )

    def observe(self, aws: Reader, resource: Resource, options: Options, only: Collection[str] = ()) -> State:
        state = dict(super().observe(aws, resource, options, only))
        if _RULES in state:
            state[_RULES] = _sorted(_world_rules(state[_RULES]))
        return state

    def offending(self, look: Look) -> Found | Compliant | Refused:
        closed, options = _parse_ports(look.options["ports"]), look.options
        if not closed:
            return Refused(sentence=f"The option ports, {options['ports']!r}, does not say which ports to close.")
        rules = [_parse_rule(rule) for rule in look[_RULES]]
        protocols = frozenset(options["protocols"])
        all_traffic = [rule for rule in rules if rule.protocol == _ALL_TRAFFIC]
        if all_traffic and not (options["ports"] == _ALL_PORTS and protocols.issuperset(_WITH_PORTS)):
            return Refused(
                sentence=look.said(
                    f"${{subject}} lets in all traffic from {_cidrs(all_traffic)}; a rule for all traffic cannot be "
                    "split by port, so a person has to replace it."
                )
            )
        offending = [
            *all_traffic,
            *(rule for rule in rules if rule.protocol in protocols and _ports_closed(rule, closed)),
        ]
        if not offending:
            return Compliant(sentence=look.said("${subject} has none of these ports open to the internet."))
        return Found(f"{_sentence_ports(closed)} to {_cidrs(offending)}", (offending, closed))

    def changes(self, look: Look, found: Found) -> tuple[Steps, Steps]:
        offending, closed = found.detail
        rules = [_parse_rule(rule) for rule in look[_RULES]]
        remainders = _remainders(offending, closed, existing=rules)
        left = {_RULES: _sorted([*remainders, *(rule for rule in rules if rule not in offending)])}
        changes = [_ingress(look.resource, "Revoke", offending, left)]
        undo = [_ingress(look.resource, "Authorize", offending)]
        if remainders:
            # First, so that ports which stay open are open all the time.
            changes.insert(
                0, _ingress(look.resource, "Authorize", remainders, {_RULES: _sorted([*rules, *remainders])})
            )
            undo.insert(0, _ingress(look.resource, "Revoke", remainders))
        return tuple(changes), tuple(undo)


def _sorted(rules: Iterable[_Rule]) -> list[dict[str, Any]]:
    return sorted((asdict(rule) for rule in rules), key=canonical_json)


def _world_rules(permissions: Iterable[Mapping[str, Any]]) -> Iterator[_Rule]:
    for permission in permissions:
        if permission["IpProtocol"] not in (_ALL_TRAFFIC, *_WITH_PORTS):
            continue
        for ranges, key, world in (("IpRanges", "CidrIp", "0.0.0.0/0"), ("Ipv6Ranges", "CidrIpv6", "::/0")):
            for source in permission.get(ranges, ()):
                if source[key] == world:
                    yield _Rule(
                        protocol=permission["IpProtocol"],
                        from_port=permission.get("FromPort", _NO_PORT),
                        to_port=permission.get("ToPort", _NO_PORT),
                        cidr=world,
                        description=source.get("Description"),
                    )


def _parse_rule(rule: Mapping[str, Any]) -> _Rule:
    """A rule of the state. Raises ``Unread`` if a part of it is not there."""
    try:
        parsed = _Rule(**rule)
    except TypeError as missing:
        raise Unread("every part of a rule") from missing
    if parsed.protocol != _ALL_TRAFFIC and _NO_PORT in parsed.ports:
        raise Unread("the port range of a rule")
    return parsed


def _parse_ports(option: Any) -> tuple[_Ports, ...]:
    """The option ``ports`` as ranges in order, none touching another; empty if it is not set or not understood."""
    if option == _ALL_PORTS:
        return ((0, _LAST_PORT),)
    found: list[_Ports] = []
    for item in option if isinstance(option, list) else ():
        match = _RANGE.fullmatch(str(item))
        first, last = (int(match[1]), int(match[2])) if match else (item, item)
        if not (isinstance(first, int) and 0 <= first <= last <= _LAST_PORT):
            return ()
        found.append((first, last))
    merged: list[_Ports] = []
    for first, last in sorted(found):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return tuple(merged)


def _ports_closed(rule: _Rule, closed: Sequence[_Ports]) -> bool:
    return _without(rule.ports, closed) != [rule.ports]


def _without(ports: _Ports, closed: Sequence[_Ports]) -> list[_Ports]:
    """The parts of a port range that are in none of the closed ranges, which are in order."""
    start, end = ports
    left: list[_Ports] = []
    for first, last in closed:
        if last < start or first > end:
            continue
        if start < first:
            left.append((start, first - 1))
        start = last + 1
    if start <= end:
        left.append((start, end))
    return left


def _remainders(offending: Iterable[_Rule], closed: Sequence[_Ports], *, existing: Iterable[_Rule]) -> list[_Rule]:
    """The rules that have to be added for the ports that stay open.

    Adding a rule that exists already is an error (``InvalidPermission.Duplicate``), and undoing must not remove it: it
    is left out. So is the second of two equal ones; the description of the first is kept.
    """
    known = {rule.identity for rule in existing}
    added: list[_Rule] = []
    for rule in offending:
        if rule.protocol == _ALL_TRAFFIC:
            continue
        for first, last in _without(rule.ports, closed):
            remainder = replace(rule, from_port=first, to_port=last)
            if remainder.identity not in known:
                known.add(remainder.identity)
                added.append(remainder)
    return added


def _ingress(resource: Resource, verb: str, rules: Iterable[_Rule], leaves: State | None = None) -> Change:
    """One call for all the rules: AWS makes the whole of it or nothing."""
    return Change(
        service="ec2",
        operation=f"{verb}SecurityGroupIngress",
        parameters={
            "GroupId": resource.name,
            "IpPermissions": [_ip_permission(rule, described=verb == "Authorize") for rule in rules],
        },
        leaves=leaves or {},
    )


def _ip_permission(rule: _Rule, *, described: bool) -> dict[str, Any]:
    permission: dict[str, Any] = {"IpProtocol": rule.protocol}
    if rule.protocol != _ALL_TRAFFIC:
        permission |= {"FromPort": rule.from_port, "ToPort": rule.to_port}
    description = {"Description": rule.description} if described and rule.description is not None else {}
    if ":" in rule.cidr:
        return {**permission, "Ipv6Ranges": [{"CidrIpv6": rule.cidr, **description}]}
    return {**permission, "IpRanges": [{"CidrIp": rule.cidr, **description}]}


def _cidrs(rules: Iterable[_Rule]) -> str:
    return " and ".join(sorted({rule.cidr for rule in rules}))


def _sentence_ports(closed: Sequence[_Ports]) -> str:
    return "ports " + ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in closed)


FIX = CloseWorldIngress(
    of=SECURITY_GROUP,
    id="ec2-security-group-world-ingress",
    title="Close ports of an EC2 security group to the internet",
    reads=(
        Read(
            call="ec2:DescribeSecurityGroups",
            by={"GroupIds": ["${name}"]},
            on="*",
            at="SecurityGroups[0]",
            keep={_RULES: "IpPermissions"},
        ),
        Read(
            call="ec2:DescribeNetworkInterfaces",
            by={
                "Filters": [{"Name": "group-id", "Values": ["${name}"]}],
                "MaxResults": NETWORK_INTERFACES_COUNTED,
            },
            on="*",
            keep={"network_interfaces": f"NextToken && `{NETWORK_INTERFACES_COUNTED}` || length(NetworkInterfaces)"},
        ),
    ),
    informs=("network_interfaces",),
    shows={
        "rules": lambda look: len(look.found.detail[0]),
        "network_interfaces": lambda look: look["network_interfaces"],
    },
    stage=Stage.STABLE,
    disruption=Disruption.DATA_PATH,
    hazard="Clients that connect over the internet on the closed ports, wanted ones too, are shut out.",
    template={
        TemplateTool.CLOUDFORMATION: "leave the closed ports out of every rule in SecurityGroupIngress of "
        "AWS::EC2::SecurityGroup, and of every AWS::EC2::SecurityGroupIngress, with CidrIp 0.0.0.0/0 or CidrIpv6 ::/0",
        TemplateTool.CDK: "leave the closed ports out of every SecurityGroup.addIngressRule with Peer.anyIpv4() or "
        "Peer.anyIpv6(), and of every Connections.allowFromAnyIpv4",
        TemplateTool.TERRAFORM: "leave the closed ports out of every aws_vpc_security_group_ingress_rule with "
        "cidr_ipv4 0.0.0.0/0 or cidr_ipv6 ::/0, and of every ingress of aws_security_group with one of them in "
        "cidr_blocks or ipv6_cidr_blocks",
    },
    options={
        "ports": OptionSpec(
            schema={
                "anyOf": [
                    {"type": "null"},
                    {"const": _ALL_PORTS},
                    {
                        "type": "array",
                        "minItems": 1,
                        "items": {
                            "anyOf": [
                                {"type": "integer", "minimum": 0, "maximum": _LAST_PORT},
                                {"type": "string", "pattern": f"^{_RANGE.pattern}$"},
                            ]
                        },
                    },
                ]
            },
            default=None,
            description="The ports to close: a list of port numbers and of ranges such as '27017-27019', or 'all'. "
            "While it is null, every group is refused.",
        ),
        "protocols": OptionSpec(
            schema={"type": "array", "minItems": 1, "uniqueItems": True, "items": {"enum": list(_WITH_PORTS)}},
            default=list(_WITH_PORTS),
            description="For which of TCP and UDP the ports are closed. Both, because the controls ask for both.",
        ),
    },
)
