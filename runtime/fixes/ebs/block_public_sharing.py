"""Block public access to EBS snapshots in an account and region.

What it does
------------
Blocks public access to all snapshots of the account in the region, both those that are public now and later ones.
Sharing with named accounts, and the snapshots' own settings, are not changed.

It refuses an account whose organization sets this by a declarative policy.

Why it matters
--------------
A snapshot that is made public, by mistake or not, is copied within minutes. With the block on, the mistake has no
effect.

What can break
--------------
Other accounts can no longer use snapshots that are intentionally public. It costs nothing.

Undo
----
Restores the previous setting of the block. Snapshots that are shared with all accounts are then public again.

References
----------
* Security Hub control EC2.182: https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html#ec2-182
* Blocking public access to snapshots:
  https://docs.aws.amazon.com/ebs/latest/userguide/block-public-access-snapshots.html
* EnableSnapshotBlockPublicAccess:
  https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_EnableSnapshotBlockPublicAccess.html
* Declarative policies:
  https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_declarative.html
"""

from __future__ import annotations

from runtime.domain.fix import Disruption
from runtime.domain.template import TemplateTool
from runtime.fixes.account import ACCOUNT
from runtime.fixes.calls import Read, Value, Write
from runtime.fixes.kinds.attributes import SetAttributes
from runtime.fixes.kinds.declared import Guard, one_of

FIX = SetAttributes(
    of=ACCOUNT,
    id="ebs-block-public-sharing",
    title="Block public access to EBS snapshots in an account and region",
    disruption=Disruption.DATA_PATH,
    hazard="Nobody outside the account can use snapshots that it intentionally shares with everybody.",
    undo_hazard="Re-publishes every snapshot that is shared with everybody.",
    reads=(
        Read(
            call="ec2:GetSnapshotBlockPublicAccessState",
            by={},
            on="*",
            keep={"blocked": "[State][?@ != 'unblocked'] | [0]", "state": "State", "manager": "ManagedBy"},
            or_none=("blocked",),
        ),
    ),
    wanted={"blocked": "block-all-sharing"},
    guards=(
        Guard(
            holds=one_of("manager", "account"),
            because="The organization of ${subject} sets this by a declarative policy.",
        ),
    ),
    informs=("state",),
    write=Write(call="ec2:EnableSnapshotBlockPublicAccess", by={"State": Value("blocked")}, on="*"),
    unset=Write(call="ec2:DisableSnapshotBlockPublicAccess", by={}, on="*"),
    shows={"state": lambda look: look["state"]},
    template={
        TemplateTool.CLOUDFORMATION: "set State of AWS::EC2::SnapshotBlockPublicAccess to block-all-sharing",
        TemplateTool.CDK: "set state of CfnSnapshotBlockPublicAccess to block-all-sharing",
        TemplateTool.TERRAFORM: "set state of aws_ebs_snapshot_block_public_access to block-all-sharing",
    },
)
