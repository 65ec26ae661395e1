"""A KMS key and the rotation of its material."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import AlreadyCompliant, Bad, Clients, Refusal, resource_from

DEFAULTS = {"KeyUsage": "ENCRYPT_DECRYPT", "MultiRegion": False}
"""AWS's own. moto answers nothing for what it was not given."""


def _key(*, rotated: bool = False, disabled: bool = False, **parameters: Any) -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        kms = clients("kms")
        metadata = kms.create_key(**{**DEFAULTS, **parameters})["KeyMetadata"]
        if rotated:
            kms.enable_key_rotation(KeyId=metadata["KeyId"])
        if disabled:
            kms.disable_key(KeyId=metadata["KeyId"])
        return resource_from(metadata["Arn"])

    return create


def _replica(clients: Clients) -> Resource:
    primary = clients("kms").create_key(**{**DEFAULTS, "MultiRegion": True})["KeyMetadata"]["KeyId"]
    replica = clients("kms").replicate_key(KeyId=primary, ReplicaRegion="eu-west-1")["ReplicaKeyMetadata"]
    return resource_from(replica["Arn"])


def _disable(clients: Clients, resource: Resource) -> None:
    clients("kms").disable_key(KeyId=resource.name)


def read_back(clients: Clients, resource: Resource) -> Any:
    kms = clients("kms", resource.region)
    return {
        "rotated": kms.get_key_rotation_status(KeyId=resource.name)["KeyRotationEnabled"],
        "state": kms.describe_key(KeyId=resource.name)["KeyMetadata"]["KeyState"],
    }


FIXED = {"rotated": True, "state": "Enabled"}

CASES = (
    Bad(name="not rotated", create=_key(), fixed=FIXED, disturb=_disable),
    Bad(name="a primary key that is not rotated", create=_key(MultiRegion=True), fixed=FIXED, disturb=_disable),
    AlreadyCompliant(name="rotated", create=_key(rotated=True)),
    Refusal(name="asymmetric", create=_key(KeySpec="RSA_2048"), because="KeySpec RSA_2048"),
    Refusal(
        name="for message codes", create=_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC"), because="HMAC_256"
    ),
    Refusal(name="made of imported material", create=_key(Origin="EXTERNAL"), because="Origin EXTERNAL"),
    Refusal(name="disabled", create=_key(disabled=True), because="KeyState Disabled"),
    Refusal(name="a replica", create=_replica, because="replica"),
)
