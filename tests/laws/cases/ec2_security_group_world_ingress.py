"""A security group and what it lets in."""

from __future__ import annotations

from runtime.domain.resource import Resource
from tests.laws.cases import AlreadyCompliant, Bad, Clients, Refusal
from tests.laws.cases.ec2_groups import group, open_another_port, read_back, rule, with_a_prefix_list

__all__ = ["CASES", "read_back"]


SSH = rule("tcp", 22, 22, ("0.0.0.0/0", "ssh"), ("::/0", ""), ("203.0.113.0/24", "office"))
EVERYTHING_TCP = rule("tcp", 0, 65535, ("0.0.0.0/0", "legacy"))
HALVES = rule("tcp", 22, 22, ("0.0.0.0/1", "low"), ("128.0.0.0/1", "high"), ("203.0.113.0/24", "office"))
PING = rule("icmp", -1, -1, ("0.0.0.0/0", "ping"))


def _tagged(clients: Clients) -> Resource:
    """A rule that Terraform made: its resources for single rules hang on their ids, and tag them."""
    resource = group()(clients)
    clients("ec2").authorize_security_group_ingress(
        GroupId=resource.name,
        IpPermissions=[EVERYTHING_TCP],
        TagSpecifications=[{"ResourceType": "security-group-rule", "Tags": [{"Key": "Name", "Value": "legacy"}]}],
    )
    return resource


CASES = (
    Bad(
        name="open to the internet on port 22",
        create=group(SSH, PING, used=True),
        options={"tcp_ports": [22]},
        fixed=[("icmp", -1, -1, "0.0.0.0/0", "ping"), ("tcp", 22, 22, "203.0.113.0/24", "office")],
        disturb=open_another_port,
    ),
    Bad(
        name="open to the internet on every TCP port",
        create=group(EVERYTHING_TCP),
        options={"ports": [22, "3389-3390"]},
        fixed=[
            ("tcp", 0, 21, "0.0.0.0/0", "legacy"),
            ("tcp", 23, 3388, "0.0.0.0/0", "legacy"),
            ("tcp", 3391, 65535, "0.0.0.0/0", "legacy"),
        ],
        disturb=open_another_port,
    ),
    Bad(
        name="open by a wide rule, with one of the remainders there already",
        create=group(EVERYTHING_TCP, rule("tcp", 0, 21, ("0.0.0.0/0", "kept"))),
        options={"tcp_ports": [22]},
        fixed=[("tcp", 0, 21, "0.0.0.0/0", "kept"), ("tcp", 23, 65535, "0.0.0.0/0", "legacy")],
        disturb=open_another_port,
    ),
    Bad(
        name="open by a rule with tags that goes whole",
        create=_tagged,
        options={"tcp_ports": "all"},
        fixed=[],
        disturb=open_another_port,
    ),
    Bad(
        name="open on every port, of which two are meant to be",
        create=group(EVERYTHING_TCP),
        options={"tcp_ports": {"all_but": [80, 443]}},
        fixed=[("tcp", 80, 80, "0.0.0.0/0", "legacy"), ("tcp", 443, 443, "0.0.0.0/0", "legacy")],
        disturb=open_another_port,
    ),
    Bad(
        name="open to the internet by two halves of it",
        create=group(HALVES),
        options={"tcp_ports": [22], "unions": True},
        fixed=[("tcp", 22, 22, "203.0.113.0/24", "office")],
        disturb=open_another_port,
    ),
    Bad(
        name="open to the internet for all traffic, with every port to be closed",
        create=group(rule("-1", None, None, ("0.0.0.0/0", "any"), ("10.0.0.0/8", "inside"))),
        options={"ports": "all"},
        fixed=[("-1", -1, -1, "10.0.0.0/8", "inside")],
        disturb=open_another_port,
    ),
    AlreadyCompliant(
        name="open to the internet on port 443 only",
        create=group(rule("tcp", 443, 443, ("0.0.0.0/0", "web")), PING),
        options={"tcp_ports": [22, 3389]},
    ),
    AlreadyCompliant(
        name="open to half of the internet",
        create=group(rule("tcp", 22, 22, ("0.0.0.0/1", "low"), ("128.0.0.0/2", "more"))),
        options={"tcp_ports": [22]},
    ),
    AlreadyCompliant(
        name="open to a prefix list of offices",
        create=with_a_prefix_list("203.0.113.0/24", "198.51.100.0/24"),
        options={"tcp_ports": [22]},
    ),
    Refusal(
        name="open to the internet for all traffic",
        create=group(rule("-1", None, None, ("0.0.0.0/0", "any"))),
        options={"tcp_ports": [22]},
        because="cannot be split",
    ),
    Refusal(
        name="open to the internet by two halves of it, which may be wanted",
        create=group(HALVES),
        options={"tcp_ports": [22]},
        because="combination of rules: 0.0.0.0/1, 128.0.0.0/1",
    ),
    Refusal(
        name="open to the internet by a prefix list",
        create=with_a_prefix_list("0.0.0.0/0"),
        options={"tcp_ports": [22]},
        because="through the prefix list pl-",
    ),
    Refusal(
        name="a group whose rules Firewall Manager keeps",
        create=group(SSH, name="FMManagedSecurityGroup123"),
        options={"tcp_ports": [22]},
        because="managed by AWS Firewall Manager",
    ),
    Refusal(name="closed by an entry that names no ports", create=group(SSH), because="do not name the ports to close"),
)
