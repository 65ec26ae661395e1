"""Load balancers for the cases."""

from __future__ import annotations

from itertools import count

from runtime.domain.resource import Resource
from tests.laws.cases import ACCOUNT_ID, REGION, Clients, resource_from

NUMBERS = count(1)


def load_balancer(clients: Clients, kind: str = "application", **attributes: str) -> Resource:
    """An attribute's name has ``__`` for a dot."""
    ec2, elb = clients("ec2"), clients("elbv2")
    vpc_id = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=vpc_id, CidrBlock=f"10.0.{index}.0/24", AvailabilityZone=f"{REGION}{zone}")["Subnet"]
        for index, zone in enumerate("abc")
    ]
    (made,) = elb.create_load_balancer(
        Name=f"web-{next(NUMBERS)}", Type=kind, Subnets=[subnet["SubnetId"] for subnet in subnets]
    )["LoadBalancers"]
    if attributes:
        set_attributes(clients, made["LoadBalancerArn"], **attributes)
    return resource_from(made["LoadBalancerArn"])


def set_attributes(clients: Clients, arn: str, **attributes: str) -> None:
    written = [{"Key": name.replace("__", "."), "Value": value} for name, value in attributes.items()]
    clients("elbv2").modify_load_balancer_attributes(LoadBalancerArn=arn, Attributes=written)


def attribute(clients: Clients, resource: Resource, key: str) -> str:
    found = clients("elbv2").describe_load_balancer_attributes(LoadBalancerArn=resource.arn)["Attributes"]
    return {one["Key"]: one["Value"] for one in found}.get(key, "false")


def leave_a_zone(clients: Clients, resource: Resource) -> None:
    elb = clients("elbv2")
    (found,) = elb.describe_load_balancers(LoadBalancerArns=[resource.arn])["LoadBalancers"]
    elb.set_subnets(LoadBalancerArn=resource.arn, Subnets=[zone["SubnetId"] for zone in found["AvailabilityZones"][:2]])


def enter_a_zone(clients: Clients, resource: Resource) -> None:
    """For a Classic Load Balancer."""
    clients("elb").enable_availability_zones_for_load_balancer(
        LoadBalancerName=resource.name, AvailabilityZones=[f"{REGION}b"]
    )


def classic(clients: Clients) -> Resource:
    name = f"classic-{next(NUMBERS)}"
    clients("elb").create_load_balancer(
        LoadBalancerName=name,
        Listeners=[{"Protocol": "tcp", "LoadBalancerPort": 80, "InstancePort": 80}],
        AvailabilityZones=[f"{REGION}a"],
    )
    return resource_from(f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT_ID}:loadbalancer/{name}")
