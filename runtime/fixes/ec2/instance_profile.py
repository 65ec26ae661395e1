"""Attach an instance profile to an EC2 instance.

What it does
------------
Associates the instance profile that the option ``instance_profile`` names, if the instance has none. An existing one is
never replaced: that would change the identity of the applications on it.

It refuses a profile that does not exist, or whose one role has another name: ``iam:PassRole`` is limited to the
profile's name.

Why it matters
--------------
An instance without a role gets long-lived access keys instead, in files that are copied and forgotten; and Systems
Manager cannot reach it.

What can break
--------------
Nothing stops working. Every process on the instance gets the role's permissions: name a role that has few. It costs
nothing.

Undo
----
Disassociates the profile. Credentials that were issued remain valid for up to six hours.

References
----------
* Instance profiles: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_switch-role-ec2_instance-profiles.html
* AssociateIamInstanceProfile:
  https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AssociateIamInstanceProfile.html
"""

from __future__ import annotations

from dataclasses import replace

from runtime.domain.fix import Disruption, OptionSpec, Permission
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Read, Value, Write
from runtime.fixes.ec2 import INSTANCE, INSTANCE_READ, MANAGED_BY, NOT_MANAGED, NOT_TERMINATED
from runtime.fixes.kinds.attributes import Anything, SetAttributes
from runtime.fixes.kinds.declared import Guard, Look, Named

_ASSOCIATE = "ec2:AssociateIamInstanceProfile"


def _role(look: Look) -> str:
    name = look.option("instance_profile")
    return f"arn:{look.resource.partition}:iam::{look.resource.account_id}:role/{name}"


_PROFILE = Named(
    option="instance_profile",
    spec=OptionSpec(
        schema={"type": ["string", "null"], "pattern": r"^[\w+=,.@-]{1,128}$"},
        default=None,
        description="The name of the instance profile, and of its role. If null, every instance is refused.",
    ),
    reads=(
        Read(
            call="iam:GetInstanceProfile",
            by={"InstanceProfileName": "${instance_profile}"},
            on="arn:${partition}:iam::${account_id}:instance-profile/${instance_profile}",
            absent="NoSuchEntity",
            keep={"profile_arn": "InstanceProfile.Arn", "profile_roles": "InstanceProfile.Roles[].Arn"},
        ),
    ),
    guards=(
        Guard(
            holds=lambda look: look["profile_arn"] is not None,
            because="There is no instance profile ${instance_profile}.",
        ),
        Guard(
            holds=lambda look: look["profile_roles"] == [_role(look)],
            because="The instance profile ${instance_profile} does not have one role of the same name.",
        ),
    ),
)

FIX = SetAttributes(
    of=INSTANCE,
    id="ec2-instance-profile",
    title="Attach an instance profile to an EC2 instance",
    disruption=Disruption.NONE,
    hazard="Every process on the instance gets the permissions of the profile's role.",
    undo_hazard="Processes on the instance lose the permissions of the profile's role.",
    reads=(
        replace(
            INSTANCE_READ,
            keep={"profile": "IamInstanceProfile.Arn", "type": "InstanceType", "managed_by": MANAGED_BY},
            or_none=("profile",),
        ),
    ),
    named=(_PROFILE,),
    guards=(NOT_TERMINATED, NOT_MANAGED),
    wanted={"profile": Anything(lambda look: look.option("instance_profile") and look["profile_arn"])},
    write=Write(call=_ASSOCIATE, by={"InstanceId": "${name}", "IamInstanceProfile": {"Arn": Value("profile")}}),
    back=Write(
        call="ec2:DisassociateIamInstanceProfile",
        by={"AssociationId": {"$answer": [0, "IamInstanceProfileAssociation.AssociationId"]}},
    ),
    extra_writes=(
        Permission(
            action="iam:PassRole",
            operation=_ASSOCIATE,
            resource="arn:${partition}:iam::${account_id}:role/${instance_profile}",
        ),
    ),
    shows={"instance_type": lambda look: look["type"]},
    template={
        TemplateTool.CLOUDFORMATION: "set IamInstanceProfile of AWS::EC2::Instance to the profile",
        TemplateTool.CDK: "set role of Instance to the role of the profile",
        TemplateTool.TERRAFORM: "set iam_instance_profile of aws_instance to the profile",
    },
)
