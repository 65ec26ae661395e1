"""Encrypt a resource with a KMS key that the customer names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from runtime.domain.fix import OptionSpec
from runtime.fixes.calls import Read
from runtime.fixes.kinds.attributes import SetAttributes
from runtime.fixes.kinds.declared import Guard, Look, Named

_OPTION = "kms_key"
_KEY = "key"

_USABLE = {
    "state": "Enabled",
    "spec": "SYMMETRIC_DEFAULT",
    "usage": "ENCRYPT_DECRYPT",
    "manager": "CUSTOMER",
}


def key_arn(look: Look) -> str | None:
    """The ARN of the key that is named, an alias being followed; ``None`` if there is none. Raises ``Unset``."""
    look.option(_OPTION)
    key = look[_KEY]
    return str(key["arn"]) if key else None


def _is_usable(look: Look) -> bool:
    key = look[_KEY]
    return bool(all(key[name] == value for name, value in _USABLE.items()))


def _is_here(look: Look) -> bool:
    here = f"arn:{look.resource.partition}:kms:{look.resource.region}:{look.resource.account_id}:key/"
    return str(look[_KEY]["arn"]).startswith(here)


KMS_KEY = Named(
    option=_OPTION,
    spec=OptionSpec(
        schema={
            "anyOf": [
                {"type": "null"},
                {"type": "string", "pattern": r"^(alias/(?!aws/)[\w/-]+|arn:[\w-]+:kms:[\w-]+:\d{12}:key/[\w-]+)$"},
            ]
        },
        default=None,
        description="The customer managed key: its alias, which stands for a key in each account and region, or its "
        "ARN. While it is null, every resource is refused.",
    ),
    reads=(
        Read(
            call="kms:DescribeKey",
            by={"KeyId": "${kms_key}"},
            # IAM knows keys by their ARN only, and an alias leads to any.
            # https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html
            on="arn:${partition}:kms:${region}:${account_id}:key/*",
            keep={_KEY: "KeyMetadata.{arn: Arn, state: KeyState, spec: KeySpec, usage: KeyUsage, manager: KeyManager}"},
            absent="NotFoundException",
        ),
    ),
    guards=(
        Guard(holds=lambda look: look[_KEY] is not None, because="There is no key ${kms_key} where ${subject} is."),
        Guard(
            holds=_is_usable,
            because="The key ${kms_key} is not an enabled, symmetric, customer managed key for encryption.",
        ),
        Guard(holds=_is_here, because="The key ${kms_key} is in another account or region than ${subject}."),
    ),
)
"""What else AWS does not look at when the key is set: services then fail when they use it."""


@dataclass(frozen=True, kw_only=True)
class EncryptWith(SetAttributes):
    """Attributes of which one is the key: ``key_arn`` in what is ``wanted``. What is encrypted already stays so."""

    named: tuple[Named, ...] = (KMS_KEY,)


def shown_key(look: Look) -> Any:
    """For the blast radius: the key that is used from now on."""
    return look[_KEY]["arn"]
