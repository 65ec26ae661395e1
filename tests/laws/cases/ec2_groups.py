"""Security groups for the cases."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import ACCOUNT_ID, REGION, Clients, resource_from


def rule(protocol: str, first: int | None, last: int | None, *sources: tuple[str, str]) -> dict[str, Any]:
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


def group(*rules: dict[str, Any], used: bool = False, name: str = "web") -> Callable[[Clients], Resource]:
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


def open_another_port(clients: Clients, resource: Resource) -> None:
    clients("ec2").authorize_security_group_ingress(
        GroupId=resource.name, IpPermissions=[rule("tcp", 22, 24, ("0.0.0.0/0", "by a stranger"))]
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


def with_a_prefix_list(*cidrs: str, port: int = 22) -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        resource = group()(clients)
        prefix_list = clients("ec2").create_managed_prefix_list(
            PrefixListName="offices",
            MaxEntries=5,
            AddressFamily="IPv4",
            Entries=[{"Cidr": cidr, "Description": "office"} for cidr in cidrs],
        )["PrefixList"]["PrefixListId"]
        clients("ec2").authorize_security_group_ingress(
            GroupId=resource.name,
            IpPermissions=[
                {
                    "IpProtocol": "tcp",
                    "FromPort": port,
                    "ToPort": port,
                    "PrefixListIds": [{"PrefixListId": prefix_list}],
                }
            ],
        )
        return resource

    return create


def every_rule(clients: Clients, resource: Resource) -> Any:
    """All rules of both directions, with their descriptions and tags, whatever their ids."""
    filters = [{"Name": "group-id", "Values": [resource.name]}]
    found = clients("ec2").describe_security_group_rules(Filters=filters)["SecurityGroupRules"]
    return sorted(
        (
            "out" if one["IsEgress"] else "in",
            one["IpProtocol"],
            one["FromPort"],
            one["ToPort"],
            one.get("CidrIpv4") or one.get("CidrIpv6") or one.get("ReferencedGroupInfo", {}).get("GroupId"),
            one.get("Description", ""),
            str(one.get("Tags", [])),
        )
        for one in found
    )
