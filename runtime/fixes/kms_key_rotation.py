"""Turn on yearly rotation of a customer managed KMS key.

What it does
------------
Turns on automatic rotation of the key material, with AWS's default period of 365 days. The key keeps its id, its ARN,
its aliases, its policy and all earlier key material, so what was encrypted before can still be decrypted.

AWS rotates only enabled symmetric encryption keys whose material KMS itself made. Keys of any other kind, keys that
AWS manages, and replicas of multi-Region keys (which follow their primary key) are refused.

Why it matters
--------------
Key material that is never changed protects ever more data. If it becomes known, all of that data is lost at once; with
rotation it is what was encrypted in one year.

What can break
--------------
Nothing in AWS notices a rotation. Copies of a data key that were made outside of KMS are not renewed. Each of the
first two rotations of a key adds to its monthly price.

Undo
----
Turns rotation off. Key material that was rotated meanwhile stays, and the newest of it stays in use.

References
----------
* Security Hub control KMS.4: https://docs.aws.amazon.com/securityhub/latest/userguide/kms-controls.html#kms-4
* Rotating KMS keys: https://docs.aws.amazon.com/kms/latest/developerguide/rotate-keys.html
* EnableKeyRotation: https://docs.aws.amazon.com/kms/latest/APIReference/API_EnableKeyRotation.html
"""

from __future__ import annotations

from dataclasses import dataclass

from runtime.domain.fix import Disruption, FixSpec, Options, Permission, Stage
from runtime.domain.plan import Change, Compliant, Plan, Planned, Refused, State
from runtime.domain.resource import Resource
from runtime.domain.template import TemplateTool
from runtime.fixes.contract import Call, Reader

_ROTATABLE = {
    "KeyManager": "CUSTOMER",
    "KeySpec": "SYMMETRIC_DEFAULT",
    "KeyUsage": "ENCRYPT_DECRYPT",
    "Origin": "AWS_KMS",
    "KeyState": "Enabled",
}
_NOT_MULTI_REGION = "NONE"
_REPLICA = "REPLICA"

SPEC = FixSpec(
    id="kms-key-rotation",
    title="Turn on yearly rotation of a customer managed KMS key",
    resource_types=("AWS::KMS::Key",),
    reads=(
        Permission(action="kms:DescribeKey", operation="kms:DescribeKey"),
        Permission(action="kms:GetKeyRotationStatus", operation="kms:GetKeyRotationStatus"),
    ),
    writes=(
        Permission(action="kms:EnableKeyRotation", operation="kms:EnableKeyRotation"),
        Permission(action="kms:DisableKeyRotation", operation="kms:DisableKeyRotation"),
    ),
    reversible=True,
    stage=Stage.STABLE,
    disruption=Disruption.NONE,
    hazard="The first two rotations of the key each add to its monthly price.",
    template_properties={
        TemplateTool.CLOUDFORMATION: "set EnableKeyRotation of AWS::KMS::Key to true",
        TemplateTool.CDK: "set enableKeyRotation of Key to true",
        TemplateTool.TERRAFORM: "set enable_key_rotation of aws_kms_key to true",
    },
)


@dataclass(frozen=True, slots=True)
class KmsKeyRotation:
    spec: FixSpec = SPEC

    def calls(self, resource: Resource) -> tuple[Call, ...]:
        return (Call("kms", "DescribeKey", {"KeyId": resource.name}),)

    def observe(self, aws: Reader, resource: Resource) -> State:
        metadata = aws.read("kms", "DescribeKey", KeyId=resource.name).get("KeyMetadata", {})
        state = {name: metadata[name] for name in _ROTATABLE if name in metadata}
        match metadata:
            case {"MultiRegion": False}:
                state["MultiRegionKeyType"] = _NOT_MULTI_REGION
            case {"MultiRegionConfiguration": {"MultiRegionKeyType": str(kind)}}:
                state["MultiRegionKeyType"] = kind
        if _why_not(state) is None:  # for other keys KMS answers UnsupportedOperationException
            status = aws.read("kms", "GetKeyRotationStatus", KeyId=resource.name)
            if "KeyRotationEnabled" in status:
                state["KeyRotationEnabled"] = status["KeyRotationEnabled"]
        return state

    def plan(self, resource: Resource, state: State, options: Options) -> Planned:  # noqa: ARG002  the contract's
        if (reason := _why_not(state)) is not None:
            return Refused(sentence=f"The key {resource.name} is left as it is: {reason}.")
        if "KeyRotationEnabled" not in state:
            return Refused(sentence=f"Whether the key {resource.name} is rotated could not be read.")
        if state["KeyRotationEnabled"]:
            return Compliant(sentence=f"The key {resource.name} is rotated.")
        return Plan(
            fix_id=SPEC.id,
            resource_arn=resource.arn,
            summary=f"Turn on yearly rotation of the key {resource.name}.",
            before=state,
            changes=(_change("EnableKeyRotation", resource),),
            undo=(_change("DisableKeyRotation", resource),),
        )


def _why_not(state: State) -> str | None:
    """What stands in the way of rotating the key."""
    for name, wanted in _ROTATABLE.items():
        if name not in state:
            return f"its {name} could not be read"
        if state[name] != wanted:
            return f"its {name} is {state[name]}, not {wanted}"
    if "MultiRegionKeyType" not in state:
        return "its MultiRegionKeyType could not be read"
    if state["MultiRegionKeyType"] == _REPLICA:
        return "its MultiRegionKeyType is REPLICA, and its primary key decides"
    return None


def _change(operation: str, resource: Resource) -> Change:
    return Change(service="kms", operation=operation, parameters={"KeyId": resource.name})
