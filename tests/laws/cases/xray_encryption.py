"""A region of an account and the key of its traces. moto does not have it: what X-Ray answers is made up here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import AlreadyCompliant, Bad, Clients, Refusal
from tests.laws.cases.accounts import account
from tests.laws.cases.keys import ANY_KEY, KEYS, key_with_alias

CONFIG: dict[str, str] = {}


def _put(Type: str, KeyId: str | None = None) -> dict[str, Any]:  # noqa: N803  the API's names
    assert (Type == "KMS") is (KeyId is not None), "X-Ray takes a key for this type, and for no other"
    CONFIG.clear()
    CONFIG.update({"Type": Type, "Status": "ACTIVE"} | ({} if KeyId is None else {"KeyId": KeyId}))
    return {"EncryptionConfig": dict(CONFIG)}


ANSWERS = {
    "xray:GetEncryptionConfig": lambda: {"EncryptionConfig": dict(CONFIG)},
    "xray:PutEncryptionConfig": _put,
}


def _account(key: str | None = None, status: str = "ACTIVE", *, named: bool = True) -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        if named:
            key_with_alias(clients)
        _put("NONE" if key is None else "KMS", key)
        CONFIG["Status"] = status
        return account(clients)

    return create


def _without_a_symmetric_key(clients: Clients) -> Resource:
    key_with_alias(clients, KeyUsage="SIGN_VERIFY", KeySpec="RSA_2048")
    return _account(named=False)(clients)


def _let_the_alias_lead_elsewhere(clients: Clients, resource: Resource) -> None:
    key_with_alias(clients)
    _put("NONE")


def read_back(clients: Clients, resource: Resource) -> Any:
    return CONFIG.get("KeyId", "X-Ray's own")


CASES = (
    Bad(
        name="without a key",
        create=_account(),
        options=KEYS,
        fixed=ANY_KEY,
        disturb=_let_the_alias_lead_elsewhere,
    ),
    AlreadyCompliant(name="with a key", create=_account("arn:aws:kms:us-east-1:123456789012:key/k"), options=KEYS),
    Refusal(name="without a key that is named", create=_account(), because="does not set the option kms_key"),
    Refusal(name="whose key is for signing", create=_without_a_symmetric_key, options=KEYS, because="not an enabled"),
    Refusal(
        name="whose encryption is being changed",
        create=_account(status="UPDATING"),
        options=KEYS,
        because="is being changed",
    ),
)
