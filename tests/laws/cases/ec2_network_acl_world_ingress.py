"""A network ACL and what it lets in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import ACCOUNT_ID, REGION, AlreadyCompliant, Bad, Clients, Refusal, resource_from

OPTIONS = {"tcp_ports": [22, 3389]}


def _acl(*entries: tuple[int, str, str, str, tuple[int, int] | None]) -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        ec2 = clients("ec2")
        vpc_id = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        acl_id = ec2.create_network_acl(VpcId=vpc_id)["NetworkAcl"]["NetworkAclId"]
        for number, protocol, action, cidr, ports in entries:
            ec2.create_network_acl_entry(
                NetworkAclId=acl_id,
                RuleNumber=number,
                Egress=False,
                Protocol=protocol,
                RuleAction=action,
                **{"Ipv6CidrBlock" if ":" in cidr else "CidrBlock": cidr},
                **({"PortRange": {"From": ports[0], "To": ports[1]}} if ports else {}),
            )
        return resource_from(f"arn:aws:ec2:{REGION}:{ACCOUNT_ID}:network-acl/{acl_id}")

    return create


def _let_in_another_port(clients: Clients, resource: Resource) -> None:
    clients("ec2").create_network_acl_entry(
        NetworkAclId=resource.name,
        RuleNumber=500,
        Egress=False,
        Protocol="6",
        RuleAction="allow",
        CidrBlock="0.0.0.0/0",
        PortRange={"From": 22, "To": 23},
    )


def read_back(clients: Clients, resource: Resource) -> Any:
    (acl,) = clients("ec2").describe_network_acls(NetworkAclIds=[resource.name])["NetworkAcls"]
    return sorted(
        (
            one["RuleNumber"],
            one["Protocol"],
            one["RuleAction"],
            one.get("CidrBlock") or one.get("Ipv6CidrBlock"),
            tuple(one.get("PortRange", {}).values()),
        )
        for one in acl["Entries"]
        if not one["Egress"] and one["RuleNumber"] < 32766
    )


EVERYTHING = (100, "-1", "allow", "0.0.0.0/0", None)
OFFICE = (10, "6", "allow", "52.1.2.0/24", (22, 22))

CASES = (
    Bad(
        name="letting in everything, and an office before that",
        create=_acl(OFFICE, EVERYTHING),
        options=OPTIONS,
        fixed=[
            (10, "6", "allow", "52.1.2.0/24", (22, 22)),
            (98, "6", "deny", "0.0.0.0/0", (22, 22)),
            (99, "6", "deny", "0.0.0.0/0", (3389, 3389)),
            (100, "-1", "allow", "0.0.0.0/0", ()),
        ],
        disturb=_let_in_another_port,
    ),
    Bad(
        name="letting in SSH and RDP by one entry each, of which one is denied already",
        create=_acl(
            (50, "6", "deny", "0.0.0.0/0", (3389, 3389)),
            (60, "6", "allow", "0.0.0.0/0", (20, 30)),
            (70, "6", "allow", "0.0.0.0/0", (3000, 4000)),
        ),
        options=OPTIONS,
        fixed=[
            (50, "6", "deny", "0.0.0.0/0", (3389, 3389)),
            (59, "6", "deny", "0.0.0.0/0", (22, 22)),
            (60, "6", "allow", "0.0.0.0/0", (20, 30)),
            (70, "6", "allow", "0.0.0.0/0", (3000, 4000)),
        ],
        disturb=_let_in_another_port,
    ),
    Bad(
        name="letting in everything but a few addresses",
        create=_acl((80, "-1", "deny", "52.9.9.0/24", None), EVERYTHING),
        options={"tcp_ports": [22]},
        fixed=[
            (80, "-1", "deny", "52.9.9.0/24", ()),
            (99, "6", "deny", "0.0.0.0/0", (22, 22)),
            (100, "-1", "allow", "0.0.0.0/0", ()),
        ],
        disturb=_let_in_another_port,
    ),
    AlreadyCompliant(
        name="letting in an office only",
        create=_acl(OFFICE, (20, "6", "allow", "0.0.0.0/0", (443, 443))),
        options=OPTIONS,
    ),
    AlreadyCompliant(
        name="denying the ports before it lets in everything",
        create=_acl(
            (90, "6", "deny", "0.0.0.0/0", (0, 4000)),
            EVERYTHING,
        ),
        options=OPTIONS,
    ),
    Refusal(
        name="letting in everything, of which nearly all ports are to be denied",
        create=_acl(EVERYTHING),
        options={"ports": {"all_but": [80, 443]}},
        because="64512 ports on which responses",
    ),
    Refusal(
        name="without a free number",
        create=_acl((99, "6", "allow", "52.1.2.0/24", (22, 22)), EVERYTHING),
        options=OPTIONS,
        because="no free rule number before its entry 100",
    ),
    Refusal(
        name="letting in an office only after everybody",
        create=_acl(EVERYTHING, (110, "6", "allow", "52.1.2.0/24", (22, 22))),
        options=OPTIONS,
        because="allows 52.1.2.0/24 in its entry 110",
    ),
    Refusal(
        name="letting in the internet by halves",
        create=_acl((100, "6", "allow", "0.0.0.0/1", (22, 22)), (110, "6", "allow", "128.0.0.0/1", (22, 22))),
        options=OPTIONS,
        because="combination of entries: 100, 110",
    ),
)
