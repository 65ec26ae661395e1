"""Cancel the scheduled deletion of a KMS key.

What it does
------------
Cancels the deletion. The key is then disabled, whatever its earlier state: AWS does not return it. A person who knows
what the key is used for must enable it.

Why it matters
--------------
Once a key is deleted, everything encrypted under it is permanently lost: objects, volumes, database snapshots, secrets.
Intruders delete keys to destroy data that cannot be deleted otherwise.

What can break
--------------
Nothing that works now: a key whose deletion is scheduled cannot be used either. AWS charges for the key again.

Undo
----
There is none: the former date of deletion cannot be set again. To delete the key, schedule its deletion again.

References
----------
* Security Hub control KMS.3: https://docs.aws.amazon.com/securityhub/latest/userguide/kms-controls.html#kms-3
* Deleting keys: https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html
* CancelKeyDeletion: https://docs.aws.amazon.com/kms/latest/APIReference/API_CancelKeyDeletion.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from runtime.domain.fix import Disruption
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Read, Write
from runtime.fixes.kinds.attributes import Exactly, SetAttributes
from runtime.fixes.kinds.declared import Guard, Look, one_of
from runtime.fixes.kms import KEY

_PENDING = ("PendingDeletion", "PendingReplicaDeletion")


@dataclass(frozen=True, slots=True)
class _NotPending(Exactly):
    """Any state except pending deletion; ``value`` is the state after the deletion is canceled."""

    def accepts(self, found: Any, look: Look) -> bool:  # noqa: ARG002  others need it
        return found not in _PENDING


FIX = SetAttributes(
    of=KEY,
    id="kms-cancel-key-deletion",
    title="Cancel the scheduled deletion of a KMS key",
    disruption=Disruption.NONE,
    hazard="The key is kept, disabled, and AWS charges for it again.",
    reads=(
        Read(
            call="kms:DescribeKey",
            by={"KeyId": "${name}"},
            at="KeyMetadata",
            keep=("KeyState", "KeyManager", "DeletionDate"),
            or_none=("DeletionDate",),
        ),
    ),
    wanted={"KeyState": _NotPending("Disabled")},
    guards=(Guard(holds=one_of("KeyManager", "CUSTOMER"), because="${subject} is managed by AWS."),),
    write=Write(call="kms:CancelKeyDeletion", by={"KeyId": "${name}"}),
    # AWS removes the date when the deletion is canceled.
    informs=("DeletionDate",),
    shows={"deletion_date": lambda look: look["DeletionDate"]},
    reversible=False,
    template={
        TemplateTool.CLOUDFORMATION: "keep the AWS::KMS::Key in the template",
        TemplateTool.CDK: "keep the Key in the stack, with removalPolicy RETAIN",
        TemplateTool.TERRAFORM: "keep the aws_kms_key in the configuration",
    },
)
