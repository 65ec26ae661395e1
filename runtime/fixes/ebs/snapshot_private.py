"""Stop sharing an EBS snapshot with every AWS account.

What it does
------------
Removes the group ``all`` from the accounts that may create volumes from the snapshot. Accounts that the snapshot is
shared with by their number keep their access.

It refuses a snapshot that the account does not own: the ARN of a snapshot names no account, so this is looked up.

Why it matters
--------------
Anyone with an AWS account can copy a public snapshot and read every block of the disk it was made from, deleted
files and credentials included. The owner's account does not show this access.

What can break
--------------
Accounts that restore from the snapshot only because it is public can no longer do so. Volumes and copies already made
from it are not affected, including those in other accounts.

Undo
----
Adds the group ``all`` again. AWS refuses this if Block Public Access for snapshots is on in the region: if it is
already on, the plan has no undo and needs approval; if it was turned on meanwhile, the undo fails and says so.

References
----------
* Security Hub control EC2.1:
  https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html#ec2-1
* Sharing a snapshot: https://docs.aws.amazon.com/ebs/latest/userguide/ebs-modifying-snapshot-permissions.html
* Block Public Access for snapshots:
  https://docs.aws.amazon.com/ebs/latest/userguide/block-public-access-snapshots.html
* ModifySnapshotAttribute: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifySnapshotAttribute.html
"""

from __future__ import annotations

from runtime.domain.fix import Disruption, Stage
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Read, Write
from runtime.fixes.ec2 import SNAPSHOT
from runtime.fixes.kinds.declared import Guard, one_of
from runtime.fixes.kinds.sharing import Unshare

# The account field of a snapshot's ARN is empty, even if the ARN of a finding fills it in. A * in IAM also matches the
# empty string, so this matches both forms; the snapshot's id limits it.
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
_SNAPSHOT = "arn:${partition}:ec2:${region}:*:snapshot/${name}"


def _modify(operation_type: str) -> Write:
    return Write(
        call="ec2:ModifySnapshotAttribute",
        by={
            "SnapshotId": "${name}",
            "Attribute": "createVolumePermission",
            "OperationType": operation_type,
            "GroupNames": ["all"],
        },
        on=_SNAPSHOT,
    )


FIX = Unshare(
    of=SNAPSHOT,
    id="ebs-snapshot-private",
    title="Stop sharing an EBS snapshot with every AWS account",
    stage=Stage.STABLE,
    disruption=Disruption.NONE,
    hazard="Accounts that have access to the snapshot only because it is public can no longer restore volumes from it.",
    reads=(
        Read(
            call="ec2:DescribeSnapshots",
            by={"SnapshotIds": ["${name}"], "OwnerIds": ["self"]},
            on="*",
            at="Snapshots[0]",
            keep=("OwnerId",),
        ),
        Read(
            call="ec2:DescribeSnapshotAttribute",
            by={"SnapshotId": "${name}", "Attribute": "createVolumePermission"},
            on=_SNAPSHOT,
            keep={"groups": "CreateVolumePermissions[].Group", "accounts": "CreateVolumePermissions[].UserId"},
            sets=("groups", "accounts"),
        ),
        Read(call="ec2:GetSnapshotBlockPublicAccessState", by={}, on="*", keep={"block_public_access": "State"}),
    ),
    guards=(
        Guard(
            holds=lambda look: bool(look["OwnerId"] == look.resource.account_id),
            because="${subject} is owned by the account ${OwnerId}.",
            first=True,
        ),
    ),
    informs=("block_public_access",),
    takes_back=(
        Guard(
            holds=one_of("block_public_access", "unblocked"),
            because="It cannot be undone: Block Public Access for snapshots in the region is ${block_public_access}.",
        ),
    ),
    shared_with="groups",
    stop=_modify("remove"),
    share=_modify("add"),
    shows={
        "accounts_shared_with_by_number": lambda look: len(look["accounts"]),
        "block_public_access": lambda look: look["block_public_access"],
    },
    template={
        TemplateTool.CLOUDFORMATION: "remove the custom resource that shares the snapshot with the group all; "
        "CloudFormation itself has no property for it",
        TemplateTool.CDK: "remove the AwsCustomResource that shares the snapshot with the group all; the "
        "CDK itself has no property for it",
        TemplateTool.TERRAFORM: "remove the provisioner that shares the snapshot with the group all; "
        "aws_snapshot_create_volume_permission cannot do it, because its account_id is one account",
    },
)
