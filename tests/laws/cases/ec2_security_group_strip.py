"""A security group of which every rule is to go."""

from __future__ import annotations

from runtime.domain.resource import Resource
from tests.laws.cases import AlreadyCompliant, Bad, Clients, Refusal
from tests.laws.cases.ec2_groups import every_rule as read_back
from tests.laws.cases.ec2_groups import group, open_another_port, rule

__all__ = ["CASES", "read_back"]

SSH = rule("tcp", 22, 22, ("0.0.0.0/0", "ssh"), ("10.0.0.0/8", ""))
OUT = ("out", "-1", -1, -1, "0.0.0.0/0", "", "[]")


def _with_peers(clients: Clients) -> Resource:
    """Let in by its own id, and with a tag at a rule."""
    resource = group(SSH)(clients)
    clients("ec2").authorize_security_group_ingress(
        GroupId=resource.name,
        IpPermissions=[
            {"IpProtocol": "tcp", "FromPort": 80, "ToPort": 80, "UserIdGroupPairs": [{"GroupId": resource.name}]}
        ],
        TagSpecifications=[{"ResourceType": "security-group-rule", "Tags": [{"Key": "Name", "Value": "peers"}]}],
    )
    return resource


def _empty(clients: Clients) -> Resource:
    resource = group()(clients)
    everything = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
    clients("ec2").revoke_security_group_egress(GroupId=resource.name, IpPermissions=everything)
    return resource


CASES = (
    Bad(name="with rules that nobody uses", create=_with_peers, fixed=[], disturb=open_another_port),
    Bad(
        name="with inbound rules that are to go",
        create=group(SSH),
        options={"direction": "ingress"},
        fixed=[OUT],
        disturb=open_another_port,
    ),
    Bad(
        name="in use, and to be emptied all the same",
        create=group(SSH, used=True),
        options={"even_if_used": True},
        fixed=[],
        disturb=open_another_port,
    ),
    AlreadyCompliant(name="without rules", create=_empty),
    AlreadyCompliant(name="without inbound rules", create=group(), options={"direction": "ingress"}),
    Refusal(name="in use", create=group(SSH, used=True), because="in use by 1 network interfaces"),
    Refusal(name="one whose rules EMR keeps", create=group(SSH, name="ElasticMapReduce-master"), because="Amazon EMR"),
)
