"""A subnet and whether what starts there gets a public address."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import ACCOUNT_ID, REGION, AlreadyCompliant, Bad, Clients, Refusal, resource_from


def _subnet(*, public: bool, used: bool = False) -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        ec2 = clients("ec2")
        vpc_id = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnet_id = ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
        ec2.modify_subnet_attribute(SubnetId=subnet_id, MapPublicIpOnLaunch={"Value": public})
        if used:
            ec2.create_network_interface(SubnetId=subnet_id)
        return resource_from(f"arn:aws:ec2:{REGION}:{ACCOUNT_ID}:subnet/{subnet_id}")

    return create


def _give_ipv6_addresses_too(clients: Clients, resource: Resource) -> None:
    clients("ec2").modify_subnet_attribute(SubnetId=resource.name, AssignIpv6AddressOnCreation={"Value": True})


def read_back(clients: Clients, resource: Resource) -> Any:
    (subnet,) = clients("ec2").describe_subnets(SubnetIds=[resource.name])["Subnets"]
    return subnet["MapPublicIpOnLaunch"], subnet["AssignIpv6AddressOnCreation"]


CASES = (
    Bad(
        name="giving public addresses",
        create=_subnet(public=True, used=True),
        fixed=(False, False),
        disturb=_give_ipv6_addresses_too,
    ),
    AlreadyCompliant(name="giving no public addresses", create=_subnet(public=False)),
    Refusal(
        name="on an Outpost",
        create=_subnet(public=True),
        answers={
            "ec2:DescribeSubnets": {
                "Subnets": [
                    {
                        "MapPublicIpOnLaunch": True,
                        "AssignIpv6AddressOnCreation": False,
                        "OwnerId": ACCOUNT_ID,
                        "VpcId": "vpc-1",
                        "OutpostArn": "arn:aws:outposts:us-east-1:123456789012:outpost/op-1",
                    }
                ]
            }
        },
        because="is on the Outpost",
    ),
)
