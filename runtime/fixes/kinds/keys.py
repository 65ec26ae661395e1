"""Encrypt a resource with a KMS key that the customer names."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from runtime.domain.fix import OptionSpec
from runtime.fixes import policy_document
from runtime.fixes.calls import Read
from runtime.fixes.kinds.attributes import SetAttributes
from runtime.fixes.kinds.declared import Guard, Look, Named

_OPTION = "kms_key"
_ARN = "key_arn"
_KEY = "key"

_USABLE = {
    "state": "Enabled",
    "spec": "SYMMETRIC_DEFAULT",
    "usage": "ENCRYPT_DECRYPT",
    "manager": "CUSTOMER",
}


_KEYS = "arn:${partition}:kms:${region}:${account_id}:key/*"


def key_arn(look: Look) -> str | None:
    """The ARN of the named key, with an alias resolved; ``None`` if there is none. Raises ``Unset``."""
    look.option(_OPTION)
    found: str | None = look[_ARN]
    return found


def _is_usable(look: Look) -> bool:
    key = look[_KEY]
    return bool(all(key[name] == value for name, value in _USABLE.items()))


def _is_here(look: Look) -> bool:
    here = f"arn:{look.resource.partition}:kms:{look.resource.region}:{look.resource.account_id}:key/"
    return str(look[_ARN]).startswith(here)


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
        description=(
            "The customer managed key: its alias, for a key in each account and region, or its ARN. If null, every "
            "resource is refused."
        ),
    ),
    reads=(
        Read(
            call="kms:DescribeKey",
            by={"KeyId": "${kms_key}"},
            # IAM identifies keys only by ARN, and an alias can refer to any key.
            # https://docs.aws.amazon.com/kms/latest/developerguide/alias-authorization.html
            on=_KEYS,
            keep={
                _ARN: "KeyMetadata.Arn",
                _KEY: "KeyMetadata.{state: KeyState, spec: KeySpec, usage: KeyUsage, manager: KeyManager}",
            },
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
"""What AWS does not check when the key is set: services then fail when they use it."""


def key_for_services(services: Callable[[Look], Iterable[str] | None]) -> Named:
    """As ``KMS_KEY``, for resources that AWS services write to: the key's policy allows those service principals.

    ``services`` returns them; ``None`` if they are unknown.
    """

    def lets_them_in(look: Look) -> bool:
        statements, named = policy_document.statements(look["key_policy"]), services(look)
        known = {"aws:sourceaccount": look.resource.account_id}
        return (
            statements is not None
            and named is not None
            and all(
                policy_document.allows(statements, service, action, "", known)
                for service in named
                for action in ("kms:GenerateDataKey", "kms:Decrypt")
            )
        )

    return replace(
        KMS_KEY,
        reads=(
            *KMS_KEY.reads,
            Read(
                call="kms:GetKeyPolicy",
                by={"KeyId": "${key_arn}", "PolicyName": "default"},
                on=_KEYS,
                keep={"key_policy": "Policy"},
                policies=("key_policy",),
                of=_ARN,
            ),
        ),
        guards=(
            *KMS_KEY.guards,
            Guard(
                holds=lets_them_in,
                because="The policy of the key ${kms_key} does not allow every AWS service that uses ${subject}.",
            ),
        ),
    )


@dataclass(frozen=True, kw_only=True)
class EncryptWith(SetAttributes):
    """Attributes of which one is the key: ``key_arn`` in ``wanted``. Existing encryption is kept."""

    named: tuple[Named, ...] = (KMS_KEY,)


def shown_key(look: Look) -> Any:
    """For the blast radius: the key that is used from now on."""
    return look[_ARN]
