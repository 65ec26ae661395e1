"""The default security group of a VPC."""

from __future__ import annotations

from runtime.domain.resource import Resource
from tests.laws.cases import ACCOUNT_ID, REGION, AlreadyCompliant, Bad, Clients, Refusal, resource_from
from tests.laws.cases.ec2_groups import every_rule as read_back
from tests.laws.cases.ec2_groups import group, open_another_port

__all__ = ["CASES", "read_back"]


def _default(clients: Clients) -> Resource:
    ec2 = clients("ec2")
    vpc_id = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    filters = [{"Name": "vpc-id", "Values": [vpc_id]}, {"Name": "group-name", "Values": ["default"]}]
    (found,) = ec2.describe_security_groups(Filters=filters)["SecurityGroups"]
    resource = resource_from(f"arn:aws:ec2:{REGION}:{ACCOUNT_ID}:security-group/{found['GroupId']}")
    peers = [{"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": resource.name}]}]
    if not found["IpPermissions"]:  # AWS makes it with this rule
        ec2.authorize_security_group_ingress(GroupId=resource.name, IpPermissions=peers)
    return resource


def _closed(clients: Clients) -> Resource:
    resource = _default(clients)
    ec2 = clients("ec2")
    (found,) = ec2.describe_security_groups(GroupIds=[resource.name])["SecurityGroups"]
    ec2.revoke_security_group_ingress(GroupId=resource.name, IpPermissions=found["IpPermissions"])
    ec2.revoke_security_group_egress(GroupId=resource.name, IpPermissions=found["IpPermissionsEgress"])
    return resource


def _used(clients: Clients) -> Resource:
    resource = _default(clients)
    ec2 = clients("ec2")
    (found,) = ec2.describe_security_groups(GroupIds=[resource.name])["SecurityGroups"]
    subnet_id = ec2.create_subnet(VpcId=found["VpcId"], CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    ec2.create_network_interface(SubnetId=subnet_id, Groups=[resource.name])
    return resource


CASES = (
    Bad(name="as AWS makes it", create=_default, fixed=[], disturb=open_another_port),
    AlreadyCompliant(name="without rules", create=_closed),
    Refusal(name="in use", create=_used, because="in use by 1 network interfaces"),
    Refusal(name="not the default one", create=group(), because="is called web"),
)
