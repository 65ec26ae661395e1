"""Deny ports of a network ACL to the internet.

What it does
------------
Adds inbound entries that deny the ports named by the options ``ports``, ``tcp_ports`` and ``udp_ports`` to
``0.0.0.0/0`` and ``::/0``, directly before the entry that allows the internet. No entry is removed: the entry that
allows the internet is often the one that allows everything. Entries before it, such as those for an office, are still
evaluated first.

It refuses if no rule number is free there, if an entry for fewer addresses comes later and would no longer be reached,
and if only a combination of entries allows the whole internet. It refuses to deny more than 1,000 of the ports on which
responses to outgoing connections arrive: nothing in the subnets would reach anything.

Why it matters
--------------
A network ACL is the second line behind security groups: if it allows everything, one careless rule of a group is
enough to open a port of any instance in the subnets.

What can break
--------------
Clients are cut off at once, open connections too: a network ACL is stateless. This applies not only to the internet but
also to clients in other subnets, behind a VPN or in peered networks, such as a bastion host, unless an earlier entry
allows them. For the same reason responses to outgoing connections whose source port is a denied one are dropped: 22 is
never one, 3389 is for one in 64,000 connections through a NAT gateway. It costs nothing.

Undo
----
Deletes exactly the entries that were added.

References
----------
* Security Hub control EC2.21:
  https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html#ec2-21
* Network ACLs: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html
* CreateNetworkAclEntry: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNetworkAclEntry.html
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from ipaddress import ip_network
from itertools import islice
from typing import Any

from runtime.domain.fix import Disruption, Permission
from runtime.domain.plan import Change, Compliant, Refused, State
from runtime.domain.template import TemplateTool
from runtime.fixes.ec2 import NETWORK_ACL, NETWORK_ACL_READ, OWN
from runtime.fixes.kinds.declared import Declared, Found, Look, Steps, Unread
from runtime.fixes.kinds.ingress import (
    LAST_PORT,
    PORT_OPTIONS,
    WORLD,
    Network,
    Ports,
    common,
    inside,
    letting_in_the_world,
    merged,
    ports_to_close,
    spelled_by_protocol,
)

_PROTOCOLS = {"tcp": "6", "udp": "17"}
_EVERY_PROTOCOL = "-1"

_EPHEMERAL: Ports = (1024, LAST_PORT)
"""The ports on which responses to outgoing connections arrive.

https://docs.aws.amazon.com/vpc/latest/userguide/custom-network-acl.html#nacl-ephemeral-ports
"""
_MOST_EPHEMERAL_DENIED = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """One inbound entry. Entries are evaluated in the order of their numbers, and the first match decides."""

    number: int
    protocol: str
    allows: bool
    network: Network
    ports: Ports

    def matches(self, protocol: str, port: int) -> bool:
        if self.protocol == _EVERY_PROTOCOL:
            return True
        return self.protocol == _PROTOCOLS[protocol] and self.ports[0] <= port <= self.ports[1]


def _parsed(entry: Mapping[str, Any]) -> _Entry:
    """An entry of the state. Raises ``Unread`` if a part of it is not there, or not understood."""
    try:
        with_ports = entry["Protocol"] in _PROTOCOLS.values()
        found = _Entry(
            number=int(entry["RuleNumber"]),
            protocol=str(int(entry["Protocol"])),
            allows={"allow": True, "deny": False}[entry["RuleAction"]],
            network=ip_network(entry["Cidr"]),
            ports=(int(entry["From"]), int(entry["To"])) if with_ports else (0, LAST_PORT),
        )
    except (KeyError, TypeError, ValueError) as missing:
        raise Unread("every part of an entry") from missing
    return found


def _reached(entries: Iterable[_Entry], protocol: str, port: int) -> list[_Entry]:
    """The entries that allow any address on a port. One after a wider one, of whatever action, has no effect.

    A wider one after a narrower denial still allows nearly all addresses: it counts whole.
    """
    decided: list[Network] = []
    found: list[_Entry] = []
    for entry in sorted(entries, key=lambda one: one.number):
        if entry.matches(protocol, port) and not inside([entry.network], decided):
            decided.append(entry.network)
            if entry.allows:
                found.append(entry)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class _Gap:
    """Ports that are open to the whole internet of one address family, and the entry that allows it."""

    protocol: str
    ports: Ports
    world: str
    by: int


@dataclass(frozen=True, kw_only=True)
class DenyToTheWorld(Declared):
    """The state holds every inbound entry, in order."""

    @property
    def writes(self) -> tuple[Permission, ...]:
        names = ("ec2:CreateNetworkAclEntry", "ec2:DeleteNetworkAclEntry")
        return tuple(Permission(action=name, operation=name) for name in names)

    def offending(self, look: Look) -> Found | Compliant | Refused:
        closed = ports_to_close(look)
        if isinstance(closed, Refused):
            return closed
        entries = [_parsed(entry) for entry in look["entries"]]
        gaps: list[_Gap] = []
        for protocol, ranges in closed.items():
            for ports in ranges:
                for first, last in _segments(ports, entries):
                    by_number = {str(entry.number): entry for entry in _reached(entries, protocol, first)}
                    by = letting_in_the_world({number: (entry.network,) for number, entry in by_number.items()})
                    for version, world in zip((4, 6), WORLD, strict=True):
                        found = sorted(by_number[one].number for one in by if by_number[one].network.version == version)
                        if len(found) > 1:
                            names = ", ".join(map(str, found))
                            sentence = (
                                f"${{subject}} allows the whole internet through a combination of entries: {names}."
                            )
                            return Refused(sentence=look.said(sentence))
                        gaps += [_Gap(protocol=protocol, ports=(first, last), world=world, by=one) for one in found]
        if not gaps:
            return Compliant(sentence=look.said("${subject} does not allow the internet on any of these ports."))
        together = {one.protocol: merged(gap.ports for gap in gaps if gap.protocol == one.protocol) for one in gaps}
        return Found(f"{spelled_by_protocol(together)} to {' and '.join(sorted({gap.world for gap in gaps}))}", gaps)

    def changes(self, look: Look, found: Found) -> tuple[Steps, Steps] | Refused:
        entries = [_parsed(entry) for entry in look["entries"]]
        before = min(gap.by for gap in found.detail)
        denied = [
            (protocol, ports, world)
            for protocol, world in sorted({(gap.protocol, gap.world) for gap in found.detail})
            for ports in merged(gap.ports for gap in found.detail if (gap.protocol, gap.world) == (protocol, world))
        ]
        answers = common((ports for _, ports, _ in denied), [_EPHEMERAL])
        if (number := sum(last - first + 1 for first, last in answers)) > _MOST_EPHEMERAL_DENIED:
            sentence = f"${{subject}} would deny {number} ports on which responses to outgoing connections arrive."
            return Refused(sentence=look.said(sentence))
        taken = max((one.number for one in entries if one.number < before), default=0)
        numbers = sorted(islice(range(before - 1, taken, -1), len(denied)))
        if len(numbers) < len(denied):
            return Refused(sentence=look.said(f"${{subject}} has no free rule number before its entry {before}."))
        for protocol, ports, world in denied:
            cut_off = [
                one
                for one in entries
                if one.number >= before
                and one.allows
                and one.network.version == ip_network(world).version
                and str(one.network) != world
                and any(
                    one.matches(protocol, port) for port in {ports[0], one.ports[0]} if ports[0] <= port <= ports[1]
                )
            ]
            if cut_off:
                return Refused(
                    sentence=look.said(
                        f"${{subject}} allows {cut_off[0].network} in its entry {cut_off[0].number}, which would come "
                        "after the denial: move it first."
                    )
                )
        changes: list[Change] = []
        undo: list[Change] = []
        now = list(look["entries"])
        for number, (protocol, (first, last), world) in zip(numbers, denied, strict=True):
            entry = {
                "RuleNumber": number,
                "Protocol": _PROTOCOLS[protocol],
                "RuleAction": "deny",
                "Cidr": world,
                "From": first,
                "To": last,
            }
            now = sorted([*now, entry], key=lambda one: one["RuleNumber"])
            identity = {"NetworkAclId": look.resource.name, "RuleNumber": number, "Egress": False}
            parameters = {
                **identity,
                "Protocol": entry["Protocol"],
                "RuleAction": "deny",
                "Ipv6CidrBlock" if ":" in world else "CidrBlock": world,
                "PortRange": {"From": first, "To": last},
            }
            changes.append(_change("CreateNetworkAclEntry", parameters, {"entries": now}))
            undo.append(_change("DeleteNetworkAclEntry", identity))
        return tuple(changes), tuple(undo)


def _change(operation: str, parameters: Mapping[str, Any], leaves: State | None = None) -> Change:
    return Change(service="ec2", operation=operation, parameters=parameters, leaves=leaves or {})


def _segments(ports: Ports, entries: Sequence[_Entry]) -> list[Ports]:
    """The range in parts, each with the same treatment of all its ports."""
    starts = {ports[0], *(end for one in entries for end in (one.ports[0], one.ports[1] + 1))}
    inside = sorted(start for start in starts if ports[0] <= start <= ports[1])
    return [(first, after - 1) for first, after in zip(inside, [*inside[1:], ports[1] + 1], strict=True)]


FIX = DenyToTheWorld(
    of=NETWORK_ACL,
    id="ec2-network-acl-world-ingress",
    title="Deny ports of a network ACL to the internet",
    disruption=Disruption.DATA_PATH,
    hazard="Clients outside the subnets, also in private networks, lose access to the denied ports at once.",
    undo_hazard="Re-opens the ports to the whole internet.",
    reads=(
        replace(
            NETWORK_ACL_READ,
            keep={
                "OwnerId": "OwnerId",
                "entries": "sort_by(Entries[?Egress != `true`], &RuleNumber)[].{RuleNumber: RuleNumber, "
                "Protocol: Protocol, RuleAction: RuleAction, Cidr: CidrBlock || Ipv6CidrBlock, From: PortRange.From, "
                "To: PortRange.To}",
                "subnets": "sort(Associations[].SubnetId)",
                "is_default": "IsDefault",
            },
        ),
    ),
    guards=(OWN,),
    informs=("subnets",),
    shows={"subnets": lambda look: look["subnets"], "is_default": lambda look: look["is_default"]},
    template={
        TemplateTool.CLOUDFORMATION: (
            "add an AWS::EC2::NetworkAclEntry that denies the ports before the one that allows the internet"
        ),
        TemplateTool.CDK: (
            "add a NetworkAclEntry with Action.DENY for the ports before the one that allows the internet"
        ),
        TemplateTool.TERRAFORM: (
            "add an aws_network_acl_rule, or an ingress of aws_network_acl, that denies the ports before the one that "
            "allows the internet"
        ),
    },
    options=PORT_OPTIONS,
)
