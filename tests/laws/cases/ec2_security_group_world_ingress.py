"""A security group and what it lets in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import ACCOUNT_ID, REGION, AlreadyCompliant, Bad, Clients, Refusal, resource_from


def _rule(protocol: str, first: int | None, last: int | None, *sources: tuple[str, str]) -> dict[str, Any]:
    """An ingress rule for (range, description) pairs; without a description where that is empty."""
    rule: dict[str, Any] = {"IpProtocol": protocol, "IpRanges": [], "Ipv6Ranges": []}
    if first is not None:
        rule |= {"FromPort": first, "ToPort": last}
    for cidr, description in sources:
        described = {"Description": description} if description else {}
        if ":" in cidr:
            rule["Ipv6Ranges"].append({"CidrIpv6": cidr, **described})
        else:
            rule["IpRanges"].append({"CidrIp": cidr, **described})
    return rule


def _group(*rules: dict[str, Any], used: bool = False, name: str = "web") -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        ec2 = clients("ec2")
        vpc_id = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        group_id = ec2.create_security_group(GroupName=name, Description="web", VpcId=vpc_id)["GroupId"]
        if rules:
            ec2.authorize_security_group_ingress(GroupId=group_id, IpPermissions=list(rules))
        if used:
            subnet_id = ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
            ec2.create_network_interface(SubnetId=subnet_id, Groups=[group_id])
        return resource_from(f"arn:aws:ec2:{REGION}:{ACCOUNT_ID}:security-group/{group_id}")

    return create


def _open_another_port(clients: Clients, resource: Resource) -> None:
    clients("ec2").authorize_security_group_ingress(
        GroupId=resource.name, IpPermissions=[_rule("tcp", 22, 24, ("0.0.0.0/0", "by a stranger"))]
    )


def read_back(clients: Clients, resource: Resource) -> Any:
    (group,) = clients("ec2").describe_security_groups(GroupIds=[resource.name])["SecurityGroups"]
    return sorted(
        (
            permission["IpProtocol"],
            permission.get("FromPort", -1),
            permission.get("ToPort", -1),
            source.get("CidrIp") or source.get("CidrIpv6") or source.get("GroupId"),
            source.get("Description", ""),
        )
        for permission in group["IpPermissions"]
        for sources in ("IpRanges", "Ipv6Ranges", "UserIdGroupPairs")
        for source in permission.get(sources, [])
    )


SSH = _rule("tcp", 22, 22, ("0.0.0.0/0", "ssh"), ("::/0", ""), ("203.0.113.0/24", "office"))
EVERYTHING_TCP = _rule("tcp", 0, 65535, ("0.0.0.0/0", "legacy"))
HALVES = _rule("tcp", 22, 22, ("0.0.0.0/1", "low"), ("128.0.0.0/1", "high"), ("203.0.113.0/24", "office"))
PING = _rule("icmp", -1, -1, ("0.0.0.0/0", "ping"))


def _tagged(clients: Clients) -> Resource:
    """A rule that Terraform made: its resources for single rules hang on their ids, and tag them."""
    resource = _group()(clients)
    clients("ec2").authorize_security_group_ingress(
        GroupId=resource.name,
        IpPermissions=[EVERYTHING_TCP],
        TagSpecifications=[{"ResourceType": "security-group-rule", "Tags": [{"Key": "Name", "Value": "legacy"}]}],
    )
    return resource


def _with_a_prefix_list(*cidrs: str) -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        resource = _group(PING)(clients)
        prefix_list = clients("ec2").create_managed_prefix_list(
            PrefixListName="offices",
            MaxEntries=5,
            AddressFamily="IPv4",
            Entries=[{"Cidr": cidr, "Description": "office"} for cidr in cidrs],
        )["PrefixList"]["PrefixListId"]
        clients("ec2").authorize_security_group_ingress(
            GroupId=resource.name,
            IpPermissions=[
                {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "PrefixListIds": [{"PrefixListId": prefix_list}]}
            ],
        )
        return resource

    return create


CASES = (
    Bad(
        name="open to the internet on port 22",
        create=_group(SSH, PING, used=True),
        options={"tcp_ports": [22]},
        fixed=[("icmp", -1, -1, "0.0.0.0/0", "ping"), ("tcp", 22, 22, "203.0.113.0/24", "office")],
        disturb=_open_another_port,
    ),
    Bad(
        name="open to the internet on every TCP port",
        create=_group(EVERYTHING_TCP),
        options={"ports": [22, "3389-3390"]},
        fixed=[
            ("tcp", 0, 21, "0.0.0.0/0", "legacy"),
            ("tcp", 23, 3388, "0.0.0.0/0", "legacy"),
            ("tcp", 3391, 65535, "0.0.0.0/0", "legacy"),
        ],
        disturb=_open_another_port,
    ),
    Bad(
        name="open by a wide rule, with one of the remainders there already",
        create=_group(EVERYTHING_TCP, _rule("tcp", 0, 21, ("0.0.0.0/0", "kept"))),
        options={"tcp_ports": [22]},
        fixed=[("tcp", 0, 21, "0.0.0.0/0", "kept"), ("tcp", 23, 65535, "0.0.0.0/0", "legacy")],
        disturb=_open_another_port,
    ),
    Bad(
        name="open by a rule with tags that goes whole",
        create=_tagged,
        options={"tcp_ports": "all"},
        fixed=[],
        disturb=_open_another_port,
    ),
    Bad(
        name="open on every port, of which two are meant to be",
        create=_group(EVERYTHING_TCP),
        options={"tcp_ports": {"all_but": [80, 443]}},
        fixed=[("tcp", 80, 80, "0.0.0.0/0", "legacy"), ("tcp", 443, 443, "0.0.0.0/0", "legacy")],
        disturb=_open_another_port,
    ),
    Bad(
        name="open to the internet by two halves of it",
        create=_group(HALVES),
        options={"tcp_ports": [22], "unions": True},
        fixed=[("tcp", 22, 22, "203.0.113.0/24", "office")],
        disturb=_open_another_port,
    ),
    Bad(
        name="open to the internet for all traffic, with every port to be closed",
        create=_group(_rule("-1", None, None, ("0.0.0.0/0", "any"), ("10.0.0.0/8", "inside"))),
        options={"ports": "all"},
        fixed=[("-1", -1, -1, "10.0.0.0/8", "inside")],
        disturb=_open_another_port,
    ),
    AlreadyCompliant(
        name="open to the internet on port 443 only",
        create=_group(_rule("tcp", 443, 443, ("0.0.0.0/0", "web")), PING),
        options={"tcp_ports": [22, 3389]},
    ),
    AlreadyCompliant(
        name="open to half of the internet",
        create=_group(_rule("tcp", 22, 22, ("0.0.0.0/1", "low"), ("128.0.0.0/2", "more"))),
        options={"tcp_ports": [22]},
    ),
    AlreadyCompliant(
        name="open to a prefix list of offices",
        create=_with_a_prefix_list("203.0.113.0/24", "198.51.100.0/24"),
        options={"tcp_ports": [22]},
    ),
    Refusal(
        name="open to the internet for all traffic",
        create=_group(_rule("-1", None, None, ("0.0.0.0/0", "any"))),
        options={"tcp_ports": [22]},
        because="cannot be split",
    ),
    Refusal(
        name="open to the internet by two halves of it, which may be wanted",
        create=_group(HALVES),
        options={"tcp_ports": [22]},
        because="only together: 0.0.0.0/1, 128.0.0.0/1",
    ),
    Refusal(
        name="open to the internet by a prefix list",
        create=_with_a_prefix_list("0.0.0.0/0"),
        options={"tcp_ports": [22]},
        because="by the prefix list pl-",
    ),
    Refusal(
        name="a group whose rules Firewall Manager keeps",
        create=_group(SSH, name="FMManagedSecurityGroup123"),
        options={"tcp_ports": [22]},
        because="kept by AWS Firewall Manager",
    ),
    Refusal(name="closed by an entry that names no ports", create=_group(SSH), because="which ports to close"),
)
