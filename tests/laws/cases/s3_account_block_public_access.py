"""An account and its Block Public Access settings of S3. ministack has none, so this needs moto."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from runtime.domain.resource import Resource
from tests.laws.cases import ACCOUNT_ID, AlreadyCompliant, Bad, Clients, Refusal
from tests.laws.cases.accounts import account

SETTINGS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
ALL_ON = dict.fromkeys(SETTINGS, True)
ALL_OFF = dict.fromkeys(SETTINGS, False)


def _account(settings: dict[str, bool] | None) -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        clients("s3control").delete_public_access_block(AccountId=ACCOUNT_ID)
        if settings is not None:
            _put(clients, settings)
        return account(clients)

    return create


def _put(clients: Clients, settings: dict[str, bool]) -> None:
    clients("s3control").put_public_access_block(AccountId=ACCOUNT_ID, PublicAccessBlockConfiguration=settings)


def _turn_one_on_only(clients: Clients, resource: Resource) -> None:
    _put(clients, {**ALL_OFF, "RestrictPublicBuckets": True})


def read_back(clients: Clients, resource: Resource) -> Any:
    try:
        answer = clients("s3control").get_public_access_block(AccountId=ACCOUNT_ID)
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchPublicAccessBlockConfiguration":
            return "no configuration"
        raise
    return answer["PublicAccessBlockConfiguration"]


CASES = (
    Bad(name="without a configuration", create=_account(None), fixed=ALL_ON, disturb=_turn_one_on_only),
    Bad(name="with all four settings off", create=_account(ALL_OFF), fixed=ALL_ON, disturb=_turn_one_on_only),
    Bad(
        name="with two of four settings on",
        create=_account({**ALL_OFF, "BlockPublicAcls": True, "IgnorePublicAcls": True}),
        fixed=ALL_ON,
        disturb=_turn_one_on_only,
    ),
    AlreadyCompliant(name="with all four settings on", create=_account(ALL_ON)),
    Refusal(
        name="one whose settings are not shown",
        create=account,
        answers={"s3control:GetPublicAccessBlock": {}},
        because="configuration.",
    ),
)
