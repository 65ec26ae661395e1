"""Turn on yearly rotation of a customer managed KMS key.

What it does
------------
Turns on automatic rotation of the key material, with AWS's default period of 365 days. The key keeps its id, its ARN,
its aliases, its policy and all earlier key material, so existing ciphertexts can still be decrypted.

AWS rotates only enabled symmetric encryption keys whose material KMS generated. The fix refuses keys of any other kind,
AWS managed keys, and replicas of multi-Region keys (which follow their primary key).

Why it matters
--------------
Key material that is never changed protects ever more data. If it is disclosed, all of that data is exposed at once;
with rotation, only the data that was encrypted in one year.

What can break
--------------
No AWS service is affected by a rotation. Copies of a data key outside of KMS are not renewed. Each of the first two
rotations of a key adds to its monthly price.

Undo
----
Turns rotation off. Rotated key material is kept, and the newest stays in use.

References
----------
* Security Hub control KMS.4: https://docs.aws.amazon.com/securityhub/latest/userguide/kms-controls.html#kms-4
* Rotating KMS keys: https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html
* EnableKeyRotation: https://docs.aws.amazon.com/kms/latest/APIReference/API_EnableKeyRotation.html
"""

from __future__ import annotations

from runtime.domain.fix import Disruption, Stage
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Read, Write
from runtime.fixes.kinds.attributes import SetAttributes
from runtime.fixes.kinds.declared import Guard, Look
from runtime.fixes.kms import KEY

_ROTATABLE = {
    "KeyManager": "CUSTOMER",
    "KeySpec": "SYMMETRIC_DEFAULT",
    "KeyUsage": "ENCRYPT_DECRYPT",
    "Origin": "AWS_KMS",
    "KeyState": "Enabled",
}


def _only(name: str, value: str) -> Guard:
    return Guard(
        holds=lambda look: bool(look[name] == value),
        because=f"${{subject}} has the {name} ${{{name}}}; AWS rotates only keys with {value}.",
        first=True,
    )


def _is_primary(look: Look) -> bool:
    # AWS omits the configuration of a key in one region, and sets MultiRegion to false.
    return bool(look["MultiRegion"] is False or (look["multi_region_type"] not in (None, "REPLICA")))


FIX = SetAttributes(
    of=KEY,
    id="kms-key-rotation",
    title="Turn on yearly rotation of a customer managed KMS key",
    stage=Stage.STABLE,
    disruption=Disruption.NONE,
    hazard="The first two rotations of the key each add to its monthly price.",
    undo_hazard="Stops the rotation: data that is encrypted later stays under the same key material.",
    reads=(
        Read(
            call="kms:DescribeKey",
            by={"KeyId": "${name}"},
            at="KeyMetadata",
            keep={
                **{name: name for name in _ROTATABLE},
                "MultiRegion": "MultiRegion",
                "multi_region_type": "MultiRegionConfiguration.MultiRegionKeyType",
            },
            or_none=("multi_region_type",),
        ),
        # KMS returns UnsupportedOperationException for keys of another kind.
        Read(call="kms:GetKeyRotationStatus", by={"KeyId": "${name}"}, keep=("KeyRotationEnabled",), last=True),
    ),
    wanted={"KeyRotationEnabled": True},
    guards=(
        *(_only(name, value) for name, value in _ROTATABLE.items()),
        Guard(
            holds=_is_primary,
            because="${subject} is a replica of a multi-Region key, which follows its primary key.",
            first=True,
        ),
    ),
    write=Write(call="kms:EnableKeyRotation", by={"KeyId": "${name}"}),
    back=Write(call="kms:DisableKeyRotation", by={"KeyId": "${name}"}),
    template={
        TemplateTool.CLOUDFORMATION: "set EnableKeyRotation of AWS::KMS::Key to true",
        TemplateTool.CDK: "set enableKeyRotation of Key to true",
        TemplateTool.TERRAFORM: "set enable_key_rotation of aws_kms_key to true",
    },
)
