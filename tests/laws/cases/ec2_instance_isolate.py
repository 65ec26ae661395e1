"""An instance, its network interfaces, and a group without rules. The VPC's id is known only once it is made."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import AlreadyCompliant, Bad, Clients, Refusal
from tests.laws.cases.ec2_instances import described, instance

GROUPS: dict[str, str] = {}
"""What the entry names: filled in by ``create``."""


def _instance(
    *, interfaces: int = 1, isolated: bool = False, rules: bool = False, **given: Any
) -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        ec2 = clients("ec2")
        resource = instance(clients, vpc=True, **given)
        made = described(clients, resource)
        group_id = ec2.create_security_group(GroupName="isolation", Description="isolation", VpcId=made["VpcId"])[
            "GroupId"
        ]
        if not rules:
            everything = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
            ec2.revoke_security_group_egress(GroupId=group_id, IpPermissions=everything)
        GROUPS.clear()
        GROUPS[made["VpcId"]] = group_id
        for index in range(1, interfaces):
            interface = ec2.create_network_interface(SubnetId=made["SubnetId"])["NetworkInterface"]
            ec2.attach_network_interface(
                NetworkInterfaceId=interface["NetworkInterfaceId"], InstanceId=resource.name, DeviceIndex=index
            )
        if isolated:
            for one in made["NetworkInterfaces"]:
                ec2.modify_network_interface_attribute(NetworkInterfaceId=one["NetworkInterfaceId"], Groups=[group_id])
        return resource

    return create


def _give_a_group_of_its_own(clients: Clients, resource: Resource) -> None:
    ec2, made = clients("ec2"), described(clients, resource)
    group_id = ec2.create_security_group(GroupName="stranger", Description="x", VpcId=made["VpcId"])["GroupId"]
    first = made["NetworkInterfaces"][0]["NetworkInterfaceId"]
    ec2.modify_network_interface_attribute(NetworkInterfaceId=first, Groups=[group_id])


def read_back(clients: Clients, resource: Resource) -> Any:
    interfaces = described(clients, resource)["NetworkInterfaces"]
    return sorted(sorted(group["GroupName"] for group in one["Groups"]) for one in interfaces)


OPTIONS = {"isolation_groups": GROUPS}

CASES = (
    Bad(
        name="reachable",
        create=_instance(),
        options=OPTIONS,
        fixed=[["isolation"]],
        disturb=_give_a_group_of_its_own,
    ),
    Bad(
        name="reachable by two network interfaces",
        create=_instance(interfaces=2),
        options=OPTIONS,
        fixed=[["isolation"], ["isolation"]],
        disturb=_give_a_group_of_its_own,
    ),
    AlreadyCompliant(name="isolated", create=_instance(isolated=True), options=OPTIONS),
    Refusal(
        name="to be isolated by a group with rules",
        create=_instance(rules=True),
        options=OPTIONS,
        because="is not a group of the VPC",
    ),
    Refusal(
        name="in a VPC that has no isolation group",
        create=_instance(),
        options={"isolation_groups": {"vpc-0": "sg-0"}},
        because="has no group for the VPC",
    ),
    Refusal(name="isolated by an entry that names no group", create=_instance(), because="isolation_groups"),
    Refusal(
        name="a member of an Auto Scaling group",
        create=_instance(tags={"aws:autoscaling:groupName": "web"}),
        options=OPTIONS,
        because="in the Auto Scaling group web",
    ),
    Refusal(
        name="a node of a Kubernetes cluster",
        create=_instance(tags={"Name": "node", "kubernetes.io/cluster/web": "owned"}),
        options=OPTIONS,
        because="its tag kubernetes.io/cluster/web",
    ),
)
