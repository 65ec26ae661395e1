"""Stop sharing an AMI with every AWS account.

What it does
------------
Removes the group ``all`` from the launch permissions of the AMI. Accounts, organizations and organizational units that
it is shared with explicitly keep their access. The AMI's snapshots are shared separately, and are not changed.

Why it matters
--------------
Anyone with an AWS account can start instances from a public AMI and read everything that is on its disks: source
code, keys, histories. The owner's account does not show this access.

What can break
--------------
Accounts that start instances from the AMI only because it is public can no longer do so, their Auto Scaling groups
included. Running instances are not affected. It costs nothing.

Undo
----
Adds the group ``all`` again. AWS refuses this while block public access for AMIs is on in the region; the change then
cannot be undone, and the plan says so.

References
----------
* Making an AMI public: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/sharingamis-intro.html
* Block public access to AMIs:
  https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/block-public-access-to-amis.html
* ModifyImageAttribute: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyImageAttribute.html
"""

from __future__ import annotations

from dataclasses import replace

from runtime.domain.fix import Disruption
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Read, Write
from runtime.fixes.ec2 import IMAGE, IMAGE_READ, OWN
from runtime.fixes.kinds.declared import Guard, one_of
from runtime.fixes.kinds.sharing import Unshare

# As for a snapshot: findings may fill in the account that AWS leaves out.
_IMAGE = "arn:${partition}:ec2:${region}:*:image/${name}"


def _modify(what: str) -> Write:
    return Write(
        call="ec2:ModifyImageAttribute",
        by={"ImageId": "${name}", "LaunchPermission": {what: [{"Group": "all"}]}},
        on=_IMAGE,
    )


FIX = Unshare(
    of=IMAGE,
    id="ec2-image-not-public",
    title="Stop sharing an AMI with every AWS account",
    disruption=Disruption.NONE,
    hazard="Accounts that have access to the AMI only because it is public can no longer launch instances from it.",
    reads=(
        replace(IMAGE_READ, keep=("OwnerId", "CreationDate")),
        Read(
            call="ec2:DescribeImageAttribute",
            by={"ImageId": "${name}", "Attribute": "launchPermission"},
            on=_IMAGE,
            keep={
                "groups": "LaunchPermissions[].Group",
                "others": "LaunchPermissions[].[UserId, OrganizationArn, OrganizationalUnitArn][]",
            },
            sets=("groups", "others"),
        ),
        Read(
            call="ec2:GetImageBlockPublicAccessState",
            by={},
            on="*",
            keep={"block_public_access": "ImageBlockPublicAccessState"},
        ),
    ),
    guards=(OWN,),
    informs=("block_public_access",),
    takes_back=(
        Guard(
            holds=one_of("block_public_access", "unblocked"),
            because="It cannot be undone: Block Public Access for images in the region is ${block_public_access}.",
        ),
    ),
    shared_with="groups",
    stop=_modify("Remove"),
    share=_modify("Add"),
    shows={
        "shared_with_by_name": lambda look: len(look["others"]),
        "block_public_access": lambda look: look["block_public_access"],
    },
    template={
        TemplateTool.CLOUDFORMATION: "remove the custom resource that shares the AMI with the group all; "
        "CloudFormation itself has no property for it",
        TemplateTool.CDK: "remove the AwsCustomResource that shares the AMI with the group all; the CDK itself has no "
        "property for it",
        TemplateTool.TERRAFORM: "remove the aws_ami_launch_permission with group all",
    },
)
