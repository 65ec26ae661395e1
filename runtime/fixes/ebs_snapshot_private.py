"""Stop sharing an EBS snapshot with every AWS account.

What it does
------------
Removes the group ``all`` from the accounts that may create volumes from the snapshot. Accounts that the snapshot is
shared with by their number keep their access.

It refuses a snapshot that the account does not own: the ARN of a snapshot names no account, so this is looked up.

Why it matters
--------------
Anybody with an AWS account can copy a public snapshot and read every block of the disk it was made from, deleted
files and credentials included. Nothing in the owner's account shows that it happened.

What can break
--------------
Whoever restores from the snapshot only because it is public can no longer do so. Volumes and copies that were made
from it already stay as they are, also those in other accounts.

Undo
----
Adds the group ``all`` again. AWS refuses that if block public access for snapshots was turned on for the region
meanwhile.

References
----------
* Security Hub control EC2.1:
  https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html#ec2-1
* Sharing a snapshot: https://docs.aws.amazon.com/ebs/latest/userguide/ebs-modifying-snapshot-permissions.html
* ModifySnapshotAttribute: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifySnapshotAttribute.html
"""

from __future__ import annotations

from dataclasses import dataclass

from runtime.domain.fix import Disruption, FixSpec, Options, Permission, Stage
from runtime.domain.plan import Change, Compliant, Plan, Planned, Refused, State
from runtime.domain.resource import Resource
from runtime.domain.template import TemplateTool
from runtime.fixes.contract import Call, Reader

# The account field of a snapshot's ARN is empty, also where a finding's own ARN fills it in. A * in IAM matches
# nothing too, so this matches both spellings; it is the snapshot's id that narrows it.
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
_SNAPSHOT = "arn:${partition}:ec2:${region}:*:snapshot/${name}"

SPEC = FixSpec(
    id="ebs-snapshot-private",
    title="Stop sharing an EBS snapshot with every AWS account",
    resource_types=("AWS::EC2::Snapshot",),
    reads=(
        Permission(action="ec2:DescribeSnapshots", operation="ec2:DescribeSnapshots", resource="*"),
        Permission(
            action="ec2:DescribeSnapshotAttribute", operation="ec2:DescribeSnapshotAttribute", resource=_SNAPSHOT
        ),
    ),
    writes=(
        Permission(action="ec2:ModifySnapshotAttribute", operation="ec2:ModifySnapshotAttribute", resource=_SNAPSHOT),
    ),
    reversible=True,
    stage=Stage.STABLE,
    disruption=Disruption.NONE,
    hazard="Whoever restores volumes from the snapshot only because it is public can no longer do so.",
    template_properties={
        TemplateTool.CLOUDFORMATION: "remove the custom resource that shares the snapshot with the group all; "
        "CloudFormation itself has no property for it",
        TemplateTool.CDK: "remove the AwsCustomResource that shares the snapshot with the group all; the "
        "CDK itself has no property for it",
        TemplateTool.TERRAFORM: "remove the provisioner that shares the snapshot with the group all; "
        "aws_snapshot_create_volume_permission cannot do it, because its account_id is one account",
    },
)


@dataclass(frozen=True, slots=True)
class EbsSnapshotPrivate:
    """The state holds the accounts that keep their access too: whoever approves sees them, and a change is noticed."""

    spec: FixSpec = SPEC

    def calls(self, resource: Resource) -> tuple[Call, ...]:
        return (Call("ec2", "DescribeSnapshots", {"SnapshotIds": [resource.name], "OwnerIds": ["self"]}),)

    def observe(self, aws: Reader, resource: Resource) -> State:
        mine = aws.read("ec2", "DescribeSnapshots", SnapshotIds=[resource.name], OwnerIds=["self"])
        if "Snapshots" not in mine:
            return {}
        if not any(snapshot.get("OwnerId") == resource.account_id for snapshot in mine["Snapshots"]):
            return {"owned": False}
        answer = aws.read(
            "ec2", "DescribeSnapshotAttribute", SnapshotId=resource.name, Attribute="createVolumePermission"
        )
        if "CreateVolumePermissions" not in answer:
            return {"owned": True}
        permissions = answer["CreateVolumePermissions"]
        return {
            "owned": True,
            "groups": sorted(permission["Group"] for permission in permissions if "Group" in permission),
            "accounts": sorted(permission["UserId"] for permission in permissions if "UserId" in permission),
        }

    def plan(self, resource: Resource, state: State, options: Options) -> Planned:  # noqa: ARG002  the contract's
        if "owned" not in state:
            return Refused(sentence=f"Who owns the snapshot {resource.name} could not be read.")
        if not state["owned"]:
            return Refused(sentence=f"The account {resource.account_id} does not own the snapshot {resource.name}.")
        if "groups" not in state or "accounts" not in state:
            return Refused(sentence=f"Who may create volumes from the snapshot {resource.name} could not be read.")
        if "all" not in state["groups"]:
            return Compliant(sentence=f"The snapshot {resource.name} is not public.")
        return Plan(
            fix_id=SPEC.id,
            resource_arn=resource.arn,
            summary=f"Stop sharing the snapshot {resource.name} with every AWS account.",
            before=state,
            changes=(_modify_group_all(resource, "remove"),),
            undo=(_modify_group_all(resource, "add"),),
            blast_radius={"accounts_shared_with_by_number": len(state["accounts"])},
        )


def _modify_group_all(resource: Resource, operation_type: str) -> Change:
    return Change(
        service="ec2",
        operation="ModifySnapshotAttribute",
        parameters={
            "SnapshotId": resource.name,
            "Attribute": "createVolumePermission",
            "OperationType": operation_type,
            "GroupNames": ["all"],
        },
    )
