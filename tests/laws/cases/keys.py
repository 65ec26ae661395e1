"""KMS keys for the cases of several fixes."""

from __future__ import annotations

from typing import Any

from tests.laws.cases import ACCOUNT_ID, REGION, Clients

ALIAS = "alias/for-the-cases"
ARN = f"arn:aws:kms:{REGION}:{ACCOUNT_ID}:key/"


def key(clients: Clients, **parameters: Any) -> str:
    """A key of its own, by its ARN."""
    # moto does not answer the usage unless it is given; AWS does.
    return str(clients("kms").create_key(**{"KeyUsage": "ENCRYPT_DECRYPT", **parameters})["KeyMetadata"]["Arn"])


def key_with_alias(clients: Clients, **parameters: Any) -> str:
    """A key that the alias leads to from now on."""
    arn = key(clients, **parameters)
    kms = clients("kms")
    if any(one["AliasName"] == ALIAS for one in kms.list_aliases()["Aliases"]):
        kms.update_alias(AliasName=ALIAS, TargetKeyId=arn)
    else:
        kms.create_alias(AliasName=ALIAS, TargetKeyId=arn)
    return arn


class AnyKey(str):
    """Equal to the ARN of every key: the ids are made up anew."""

    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, str) and other.startswith(ARN)

    def __ne__(self, other: object) -> bool:
        return not self == other


ANY_KEY = AnyKey("any key")
KEYS = {"kms_key": ALIAS}
