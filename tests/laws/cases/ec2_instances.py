"""Instances for the cases."""

from __future__ import annotations

from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import ACCOUNT_ID, REGION, Clients, resource_from


def instance(clients: Clients, *, vpc: bool = False, tags: dict[str, str] | None = None, **given: Any) -> Resource:
    """A running instance, in a VPC of its own if that is asked for."""
    ec2 = clients("ec2")
    if vpc:
        vpc_id = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        given["SubnetId"] = ec2.create_subnet(VpcId=vpc_id, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    if tags:
        named = [{"Key": key, "Value": value} for key, value in tags.items()]
        given["TagSpecifications"] = [{"ResourceType": "instance", "Tags": named}]
    (made,) = ec2.run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1, **given)["Instances"]
    return resource_from(f"arn:aws:ec2:{REGION}:{ACCOUNT_ID}:instance/{made['InstanceId']}")


def described(clients: Clients, resource: Resource) -> Any:
    (reservation,) = clients("ec2").describe_instances(InstanceIds=[resource.name])["Reservations"]
    return reservation["Instances"][0]


def terminated(clients: Clients) -> Resource:
    resource = instance(clients)
    clients("ec2").terminate_instances(InstanceIds=[resource.name])
    return resource
