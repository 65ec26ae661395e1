"""A security group whose rules are for more addresses than are wanted. moto changes ranges of IPv4 only."""

from __future__ import annotations

from tests.laws.cases import AlreadyCompliant, Bad, Refusal
from tests.laws.cases.ec2_groups import group, open_another_port, read_back, rule, with_a_prefix_list

__all__ = ["CASES", "read_back"]

SSH = rule("tcp", 22, 22, ("0.0.0.0/0", "ssh"), ("::/0", ""))
WIDE = rule("tcp", 20, 30, ("0.0.0.0/0", "legacy"))

CASES = (
    Bad(
        name="open to the internet, and meant for an office",
        create=group(SSH, used=True),
        options={"ports": [22], "to_cidrs": ["203.0.113.0/24"]},
        fixed=[("tcp", 22, 22, "203.0.113.0/24", "ssh")],
        disturb=open_another_port,
    ),
    Bad(
        name="open on a range of ports, one of which is meant for two offices",
        create=group(WIDE),
        options={"tcp_ports": [22], "to_cidrs": ["203.0.113.0/24", "198.51.100.0/24"]},
        fixed=[
            ("tcp", 20, 21, "0.0.0.0/0", "legacy"),
            ("tcp", 22, 22, "198.51.100.0/24", "legacy"),
            ("tcp", 22, 22, "203.0.113.0/24", "legacy"),
            ("tcp", 23, 30, "0.0.0.0/0", "legacy"),
        ],
        disturb=open_another_port,
    ),
    Bad(
        name="open to a whole private network, of which nobody is to come",
        create=group(rule("tcp", 22, 22, ("10.0.0.0/8", "inside"), ("10.1.0.0/16", "kept"))),
        options={"ports": [22], "from_cidrs": ["10.0.0.0/8"], "to_cidrs": []},
        fixed=[("tcp", 22, 22, "10.1.0.0/16", "kept")],
        disturb=open_another_port,
    ),
    Bad(
        name="open for all traffic to the internet, and meant for an office",
        create=group(rule("-1", None, None, ("0.0.0.0/0", "any"))),
        options={"ports": "all", "to_cidrs": ["203.0.113.0/24"]},
        fixed=[("-1", -1, -1, "203.0.113.0/24", "any")],
        disturb=open_another_port,
    ),
    AlreadyCompliant(
        name="open to an office",
        create=group(rule("tcp", 22, 22, ("203.0.113.0/24", ""))),
        options={"ports": [22], "to_cidrs": ["203.0.113.0/24"]},
    ),
    AlreadyCompliant(
        name="open to a prefix list",
        create=with_a_prefix_list("198.51.100.0/24"),
        options={"ports": [22], "to_cidrs": ["203.0.113.0/24"]},
    ),
    Refusal(
        name="narrowed by an entry that names no ranges", create=group(SSH), options={"ports": [22]}, because="to_cidrs"
    ),
    Refusal(
        name="to be narrowed to a wider range",
        create=group(rule("tcp", 22, 22, ("10.0.0.0/8", "inside"))),
        options={"ports": [22], "from_cidrs": ["10.0.0.0/8"], "to_cidrs": ["0.0.0.0/0"]},
        because="is not narrower than",
    ),
    Refusal(
        name="to be narrowed to what is no range",
        create=group(SSH),
        options={"ports": [22], "to_cidrs": ["10.0.0.1/8"]},
        because="has host bits set",
    ),
)
