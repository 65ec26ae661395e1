"""Turn on automatic backups of an EFS file system.

What it does
------------
Turns on the backup policy of the file system. AWS Backup then makes a backup each day in the vault
``aws/efs/automatic-backup-vault`` and keeps it for 35 days; it creates its plan, its vault and its service-linked role
in an account that has none yet.

It refuses a file system whose status is not ``available``, and one whose backups are being turned off. It does not
detect a file system that is already in another backup plan: that one is backed up twice.

Why it matters
--------------
Without a backup, data that is deleted by mistake or by an intruder is lost.

What can break
--------------
Nothing. AWS charges for backups by their content.

Undo
----
Turns the policy off. Backups that were made are kept until they expire.

References
----------
* Security Hub control EFS.7: https://docs.aws.amazon.com/securityhub/latest/userguide/efs-controls.html#efs-7
* Automatic backups: https://docs.aws.amazon.com/efs/latest/ug/automatic-backups.html
* PutBackupPolicy: https://docs.aws.amazon.com/efs/latest/APIReference/API_PutBackupPolicy.html
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from runtime.domain.fix import Disruption, Options
from runtime.domain.plan import State
from runtime.domain.resource import Resource
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Read, Write
from runtime.fixes.contract import Reader
from runtime.fixes.elasticfilesystem import AVAILABLE, BY_FILE_SYSTEM, FILE_SYSTEM
from runtime.fixes.kinds.attributes import AnyOf, SetAttributes
from runtime.fixes.kinds.declared import Guard, one_of

_BACKUPS = "backups"
_OFF = "DISABLED"


@dataclass(frozen=True, kw_only=True)
class _BackUp(SetAttributes):
    """A file system that never had a backup policy counts as one with the policy off."""

    def observe(self, aws: Reader, resource: Resource, options: Options, only: Collection[str] = ()) -> State:
        state = super().observe(aws, resource, options, only)
        return {**state, _BACKUPS: state[_BACKUPS] or _OFF} if _BACKUPS in state else state


def _put(status: str) -> Write:
    return Write(
        call="efs:PutBackupPolicy",
        action="elasticfilesystem:PutBackupPolicy",
        by={**BY_FILE_SYSTEM, "BackupPolicy": {"Status": status}},
    )


FIX = _BackUp(
    of=FILE_SYSTEM,
    id="efs-automatic-backups",
    title="Turn on automatic backups of an EFS file system",
    disruption=Disruption.NONE,
    hazard="AWS charges for backups by size, and a file system in another backup plan is backed up twice.",
    undo_hazard="Data that is deleted by mistake or by an intruder cannot be restored.",
    reads=(
        Read(
            call="efs:DescribeBackupPolicy",
            action="elasticfilesystem:DescribeBackupPolicy",
            by=BY_FILE_SYSTEM,
            at="BackupPolicy",
            keep={_BACKUPS: "Status"},
            absent="PolicyNotFound",
        ),
        Read(
            call="efs:DescribeFileSystems",
            action="elasticfilesystem:DescribeFileSystems",
            by=BY_FILE_SYSTEM,
            at="FileSystems[0]",
            keep={"bytes": "SizeInBytes.Value"},
        ),
    ),
    informs=("bytes",),
    wanted={_BACKUPS: AnyOf("ENABLED", ("ENABLING",))},
    guards=(Guard(holds=one_of(_BACKUPS, _OFF), because="The backups of ${subject} are ${backups}."), AVAILABLE),
    write=_put("ENABLED"),
    back=_put(_OFF),
    shows={"bytes": lambda look: look["bytes"]},
    template={
        TemplateTool.CLOUDFORMATION: "set Status in BackupPolicy of AWS::EFS::FileSystem to ENABLED",
        TemplateTool.CDK: "set enableAutomaticBackups of FileSystem to true",
        TemplateTool.TERRAFORM: "set status in backup_policy of aws_efs_backup_policy to ENABLED",
    },
)
