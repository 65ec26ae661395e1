"""Isolate an EC2 instance with a security group without rules.

What it does
------------
Replaces the security groups of each network interface of the instance with one: the group that the option
``isolation_groups`` names for the VPC. That group must exist in the same VPC, without any inbound or outbound rule; it
is not created.

It refuses a member of an Auto Scaling group, of an EC2 Fleet, of Amazon EMR or of a Kubernetes cluster, which would be
replaced, and terminated with its evidence; and an instance with interfaces that another account owns or another service
manages.

Why it matters
--------------
A compromised instance is cut off from its neighbours and from the attacker, and is preserved for the investigation.

What can break
--------------
Everything that the instance does over the network, Systems Manager included. Open connections may continue for as long
as they are tracked, an attacker's too. Stolen credentials of its role continue to work: quarantine the role as well. It
costs nothing.

Undo
----
Restores the previous groups of each network interface, if they still exist.

References
----------
* Isolating an instance:
  https://docs.aws.amazon.com/whitepapers/latest/aws-security-incident-response-guide/infrastructure-domain-incidents.html
* Connection tracking:
  https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/security-group-connection-tracking.html
* ModifyNetworkInterfaceAttribute:
  https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyNetworkInterfaceAttribute.html
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from runtime.domain.fix import Disruption, Options, OptionSpec, Permission
from runtime.domain.plan import Change, Compliant, Refused, State
from runtime.domain.resource import Resource
from runtime.domain.template import TemplateTool
from runtime.fixes.contract import Reader
from runtime.fixes.ec2 import (
    INSTANCE,
    INSTANCE_READ,
    MANAGED_BY,
    NOT_MANAGED,
    NOT_REPLACED,
    NOT_TERMINATED,
    REPLACED_BY,
)
from runtime.fixes.kinds.declared import Declared, Found, Guard, Look, Steps, one_of

_MODIFY = "ec2:ModifyNetworkInterfaceAttribute"
_IN_ACCOUNT = "arn:${partition}:ec2:${region}:${account_id}:"


@dataclass(frozen=True, kw_only=True)
class IsolateInstance(Declared):
    """The state holds every network interface with its groups, and the rules of the isolation group."""

    @property
    def writes(self) -> tuple[Permission, ...]:
        resources = (
            "${arn}",
            *(f"{_IN_ACCOUNT}{kind}/*" for kind in ("network-interface", "security-group", "subnet")),
        )
        return tuple(Permission(action=_MODIFY, operation=_MODIFY, resource=one) for one in resources)

    def observe(self, aws: Reader, resource: Resource, options: Options, only: Collection[str] = ()) -> State:
        state = dict(super().observe(aws, resource, options, only))
        group_id = (options["isolation_groups"] or {}).get(state.get("vpc"))
        if group_id is not None and not only:
            answer = aws.find("ec2", "DescribeSecurityGroups", ("InvalidGroup.NotFound",), GroupIds=[group_id])
            state["isolation"] = [
                {
                    "vpc": group.get("VpcId"),
                    "is_empty": group.get("IpPermissions") == [] and group.get("IpPermissionsEgress") == [],
                }
                for group in (answer or {}).get("SecurityGroups", ())
            ]
        return state

    def offending(self, look: Look) -> Found | Compliant | Refused:
        group_id = look.option("isolation_groups").get(look["vpc"])
        if group_id is None:
            return Refused(sentence=look.said("The option isolation_groups has no group for the VPC ${vpc}."))
        if look["isolation"] != [{"vpc": look["vpc"], "is_empty": True}]:
            return Refused(
                sentence=f"The security group {group_id} is not a group of the VPC {look['vpc']} without rules."
            )
        reached = [one for one in look["interfaces"] if one["groups"] != [group_id]]
        if not reached:
            return Compliant(sentence=look.said(f"${{subject}} has no other group than {group_id}."))
        return Found(f"network interfaces with {group_id} alone: {len(reached)}", (reached, group_id))

    def changes(self, look: Look, found: Found) -> tuple[Steps, Steps]:
        reached, group_id = found.detail
        changes: list[Change] = []
        undo: list[Change] = []
        now = list(look["interfaces"])
        for interface in reached:
            now = [{**one, "groups": [group_id]} if one == interface else one for one in now]
            changes.append(_modify(interface, [group_id], {"interfaces": now}))
            undo.append(_modify(interface, interface["groups"]))
        return tuple(changes), tuple(undo)


def _modify(interface: Mapping[str, Any], groups: list[str], leaves: State | None = None) -> Change:
    return Change(
        service="ec2",
        operation="ModifyNetworkInterfaceAttribute",
        parameters={"NetworkInterfaceId": interface["id"], "Groups": groups},
        leaves=leaves or {},
    )


FIX = IsolateInstance(
    of=INSTANCE,
    id="ec2-instance-isolate",
    title="Isolate an EC2 instance with a security group without rules",
    disruption=Disruption.DATA_PATH,
    hazard="The instance has no network access, including Systems Manager.",
    undo_hazard="Connects the suspicious instance to the network again.",
    reads=(
        replace(
            INSTANCE_READ,
            keep={
                "vpc": "VpcId",
                "interfaces": "sort_by(NetworkInterfaces, &NetworkInterfaceId)[].{id: NetworkInterfaceId, "
                "owner: OwnerId, type: InterfaceType || 'interface', managed: Operator.Managed || `false`, "
                "groups: sort(Groups[].GroupId)}",
                "managed_by": MANAGED_BY,
                "replaced_by": REPLACED_BY,
                "auto_scaling_group": "Tags[?Key=='aws:autoscaling:groupName'].Value | [0] || ''",
                "role": "IamInstanceProfile.Arn",
            },
            or_none=("role",),
        ),
    ),
    extra_reads=(
        Permission(action="ec2:DescribeSecurityGroups", operation="ec2:DescribeSecurityGroups", resource="*"),
    ),
    guards=(
        NOT_TERMINATED,
        NOT_MANAGED,
        Guard(
            holds=one_of("auto_scaling_group", ""),
            because=(
                "${subject} is in the Auto Scaling group ${auto_scaling_group}, which would replace and terminate it: "
                "remove it from the group first."
            ),
        ),
        NOT_REPLACED,
        Guard(
            holds=lambda look: all(
                (one["owner"], one["type"], one["managed"]) == (look.resource.account_id, "interface", False)
                for one in look["interfaces"]
            ),
            because="${subject} has network interfaces of another account or under the management of a service.",
        ),
    ),
    shows={
        "network_interfaces": lambda look: len(look.found.detail[0]),
        "groups": lambda look: sorted({group for one in look.found.detail[0] for group in one["groups"]}),
        "role": lambda look: look["role"],
    },
    template={
        TemplateTool.CLOUDFORMATION: "set SecurityGroupIds of AWS::EC2::Instance to the isolation group",
        TemplateTool.CDK: "set securityGroup of Instance to the isolation group",
        TemplateTool.TERRAFORM: "set vpc_security_group_ids of aws_instance to the isolation group",
    },
    options={
        "isolation_groups": OptionSpec(
            schema={
                "anyOf": [
                    {"type": "null"},
                    {
                        "type": "object",
                        "minProperties": 1,
                        "patternProperties": {
                            "^vpc-[0-9a-f]+$": {"type": "string", "pattern": "^sg-[0-9a-f]+$"},
                        },
                        "additionalProperties": False,
                    },
                ]
            },
            default=None,
            description=(
                "A map from VPC id to the id of a security group in it without rules. If null, every instance is "
                "refused."
            ),
        )
    },
)
