"""An internet gateway and the VPC that it is attached to. moto does not look for public addresses."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import ACCOUNT_ID, REGION, AlreadyCompliant, Bad, Clients, Refusal, resource_from


def _gateway(clients: Clients) -> Resource:
    gateway_id = clients("ec2").create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    return resource_from(f"arn:aws:ec2:{REGION}:{ACCOUNT_ID}:internet-gateway/{gateway_id}")


def _attached(clients: Clients) -> Resource:
    resource, ec2 = _gateway(clients), clients("ec2")
    vpc_id = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    ec2.attach_internet_gateway(InternetGatewayId=resource.name, VpcId=vpc_id)
    table_id = ec2.create_route_table(VpcId=vpc_id)["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=table_id, DestinationCidrBlock="0.0.0.0/0", GatewayId=resource.name)
    return resource


def _attach_to_another_vpc(clients: Clients, resource: Resource) -> None:
    ec2 = clients("ec2")
    for vpc_id in read_back(clients, resource):
        ec2.detach_internet_gateway(InternetGatewayId=resource.name, VpcId=vpc_id)
    vpc_id = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    ec2.attach_internet_gateway(InternetGatewayId=resource.name, VpcId=vpc_id)


def read_back(clients: Clients, resource: Resource) -> Any:
    answer = clients("ec2").describe_internet_gateways(InternetGatewayIds=[resource.name])
    return [one["VpcId"] for one in answer["InternetGateways"][0]["Attachments"]]


CASES = (
    Bad(name="attached to a VPC", create=_attached, fixed=[], disturb=_attach_to_another_vpc),
    AlreadyCompliant(name="attached to none", create=_gateway),
    Refusal(
        name="owned by another account",
        create=lambda clients: replace(_attached(clients), account_id="111111111111"),
        because="belongs to the account 123456789012",
    ),
)
