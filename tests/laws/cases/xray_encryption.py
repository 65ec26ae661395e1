"""A region of an account and the key of its traces. moto does not have it: what X-Ray answers is made up here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import AlreadyCompliant, Bad, Clients, Refusal
from tests.laws.cases.accounts import account
from tests.laws.cases.keys import ANY_KEY
from tests.laws.customer_account import client

THEIRS = "arn:aws:kms:us-east-1:123456789012:alias/theirs"
CONFIG: dict[str, str] = {}


def _put(Type: str, KeyId: str | None = None) -> dict[str, Any]:  # noqa: N803  the API's names
    assert (Type == "KMS") is (KeyId is not None), "X-Ray takes a key for this type, and for no other"
    CONFIG.clear()
    CONFIG.update({"Type": Type, "Status": "ACTIVE"})
    if KeyId == "alias/aws/xray":
        CONFIG["KeyId"] = client("kms").describe_key(KeyId=KeyId)["KeyMetadata"]["Arn"]
    elif KeyId:
        CONFIG["KeyId"] = KeyId
    return {"EncryptionConfig": dict(CONFIG)}


ANSWERS = {
    "xray:GetEncryptionConfig": lambda: {"EncryptionConfig": dict(CONFIG)},
    "xray:PutEncryptionConfig": _put,
}


def _account(key: str | None = None, status: str = "ACTIVE") -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        _put("NONE" if key is None else "KMS", key)
        CONFIG["Status"] = status
        return account(clients)

    return create


def _set_their_key(clients: Clients, resource: Resource) -> None:
    _put("KMS", THEIRS)


def _change_it_again(clients: Clients, resource: Resource) -> None:
    """Somebody else's change that is under way: of which key, X-Ray does not say yet."""
    _put("KMS", "")
    CONFIG["Status"] = "UPDATING"


def read_back(clients: Clients, resource: Resource) -> Any:
    return CONFIG.get("KeyId", "X-Ray's own")


CASES = (
    Bad(
        name="without a key",
        create=_account(),
        fixed=ANY_KEY,
        disturb=_change_it_again,
        instead=_set_their_key,
    ),
    AlreadyCompliant(name="with a key", create=_account(THEIRS)),
    Refusal(
        name="whose encryption is being changed",
        create=_account(status="UPDATING"),
        because="is being changed",
    ),
    Refusal(
        name="of which nothing is told",
        create=_account(),
        answers={"xray:GetEncryptionConfig": {}},
        because="Missing evidence of",
    ),
)
