"""Schedule the deletion of an unused secret.

What it does
------------
Schedules the deletion of the secret in 30 days, the longest that Secrets Manager allows. From then on no one can read
it, so a client that still needs it fails at once, while the secret can be restored.

A secret that was read or changed within a number of days, or that is not older than that, is not changed. It refuses a
secret with rotation, one that another service manages, a replica (which would be deleted at once) and a secret with
replicas.

Why it matters
--------------
A secret that no one uses still grants access, and no one notices who reads it.

What can break
--------------
Clients that read the secret less often than that can no longer do so.

Undo
----
Restores the secret, with its values and its policy, within 30 days. After that there is no undo.

References
----------
* Security Hub control SecretsManager.3:
  https://docs.aws.amazon.com/securityhub/latest/userguide/secretsmanager-controls.html#secretsmanager-3
* Deleting secrets: https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_delete-secret.html
* DeleteSecret: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from runtime.domain.fix import Disruption, OptionSpec
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Read, Write
from runtime.fixes.kinds.attributes import Exactly, SetAttributes
from runtime.fixes.kinds.declared import Guard, Look, one_of
from runtime.fixes.secretsmanager import SECRET


@dataclass(frozen=True, slots=True)
class _UnlessInUse(Exactly):
    def accepts(self, found: Any, look: Look) -> bool:
        since = max(look["CreatedDate"], look["LastChangedDate"] or "", look["LastAccessedDate"] or "")
        idle = look.options.now - datetime.fromisoformat(since)
        return idle.days <= look.option("unused_days") or Exactly.accepts(self, found, look)


FIX = SetAttributes(
    of=SECRET,
    id="secretsmanager-schedule-deletion",
    title="Schedule the deletion of an unused secret",
    disruption=Disruption.DATA_PATH,
    hazard=(
        "Readers that use the secret less often than the number of days are denied, and it is deleted after 30 days."
    ),
    undo_hazard="The secret can be read again, and AWS charges for it.",
    reads=(
        Read(
            call="secretsmanager:DescribeSecret",
            by={"SecretId": "${arn}"},
            keep={
                "scheduled": "DeletedDate && `true` || `false`",
                "CreatedDate": "CreatedDate",
                "LastChangedDate": "LastChangedDate",
                "LastAccessedDate": "LastAccessedDate",
                "OwningService": "OwningService",
                "PrimaryRegion": "PrimaryRegion",
                "replicas": "length(ReplicationStatus || `[]`)",
                "RotationEnabled": "RotationEnabled || `false`",
            },
            or_none=("LastChangedDate", "LastAccessedDate", "OwningService", "PrimaryRegion"),
        ),
    ),
    wanted={"scheduled": _UnlessInUse(True)},
    options={
        "unused_days": OptionSpec(
            schema={"type": "integer", "minimum": 30},
            default=90,
            description="The number of days without a read or change of the secret.",
        )
    },
    guards=(
        Guard(holds=one_of("OwningService", None), because="${subject} is managed by ${OwningService}."),
        Guard(
            holds=lambda look: look["PrimaryRegion"] in (None, look.resource.region),
            because="${subject} is a replica of one in ${PrimaryRegion}, and would be deleted at once.",
        ),
        Guard(holds=one_of("replicas", 0), because="${subject} has replicas in other regions."),
        Guard(holds=one_of("RotationEnabled", False), because="${subject} has rotation configured."),
    ),
    # Scheduling and restoring the deletion also count as changes.
    informs=("LastChangedDate",),
    write=Write(call="secretsmanager:DeleteSecret", by={"SecretId": "${arn}", "RecoveryWindowInDays": 30}),
    back=Write(call="secretsmanager:RestoreSecret", by={"SecretId": "${arn}"}),
    shows={"last_accessed": lambda look: look["LastAccessedDate"]},
    template={
        TemplateTool.CLOUDFORMATION: "remove the AWS::SecretsManager::Secret",
        TemplateTool.CDK: "remove the Secret",
        TemplateTool.TERRAFORM: "remove the aws_secretsmanager_secret, with a recovery_window_in_days of 30",
    },
)
