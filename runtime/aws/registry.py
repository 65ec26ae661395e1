"""The registry in DynamoDB: accounts and exceptions. The function reads it; the operator's command writes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from botocore.client import BaseClient

from runtime.aws.errors import platform_errors
from runtime.domain.errors import RegistryInvalid
from runtime.domain.facts import Account, Facts, Waiver, WaiverStatus

EVERY_ACCOUNT = "accounts"
"""The partition of waivers that are not for one account."""

ACCOUNT_ITEM = "account"
WAIVER_PREFIX = "waiver#"


def account_partition(account_id: str) -> str:
    return f"account#{account_id}"


class Registry:
    """Reads what was registered. ``client`` is a low-level DynamoDB client."""

    def __init__(self, *, client: BaseClient, table: str) -> None:
        self._client = client
        self._table = table

    def read_facts(self, account_id: str) -> Facts:
        """The account and every waiver that may concern it, effective or not.

        Raises ``PlatformCallFailed``, and ``RegistryInvalid`` for an item that is not whole: half an exception could
        be one that forbids the change.
        """
        items = [*self._items(account_partition(account_id)), *self._items(EVERY_ACCOUNT)]
        accounts = [account_from_item(item) for item in items if item["item"]["S"] == ACCOUNT_ITEM]
        waivers = [waiver_from_item(item) for item in items if item["item"]["S"].startswith(WAIVER_PREFIX)]
        return Facts(account=accounts[0] if accounts else None, waivers=tuple(waivers))

    def _items(self, partition: str) -> list[Mapping[str, Any]]:
        with platform_errors("dynamodb", "Query"):
            pages = self._client.get_paginator("query").paginate(
                TableName=self._table,
                KeyConditionExpression="#partition = :partition",
                ExpressionAttributeNames={"#partition": "partition"},
                ExpressionAttributeValues={":partition": {"S": partition}},
                ConsistentRead=True,
            )
            return [item for page in pages for item in page["Items"]]


_ACCOUNT_TEXTS = ("id", "name", "environment", "owner", "external_id")


def account_from_item(item: Mapping[str, Any]) -> Account:
    """Raises ``RegistryInvalid`` if a part is missing: half an account is not an account."""
    with _whole(item):
        return Account(**{name: item[name]["S"] for name in _ACCOUNT_TEXTS})


def account_to_item(account: Account) -> dict[str, Any]:
    fields = {name: getattr(account, name) for name in _ACCOUNT_TEXTS}
    return _strings({"partition": account_partition(account.id), "item": ACCOUNT_ITEM, **fields})


_WAIVER_TEXTS = (
    "id",
    "control",
    "account_id",
    "resource",
    "environment",
    "reason",
    "ticket",
    "requested_by",
    "approved_by",
)


def waiver_from_item(item: Mapping[str, Any]) -> Waiver:
    """Raises ``RegistryInvalid`` for an item that is not a whole waiver."""
    with _whole(item):
        expires_at = datetime.fromisoformat(item["expires_at"]["S"])
        if expires_at.tzinfo is None:
            raise ValueError(f"{expires_at.isoformat()} does not say in which time zone")
        return Waiver(
            status=WaiverStatus(item["status"]["S"].casefold()),
            expires_at=expires_at,
            **{name: item[name]["S"] for name in _WAIVER_TEXTS},
        )


def waiver_to_item(waiver: Waiver) -> dict[str, Any]:
    partition = account_partition(waiver.account_id) if waiver.account_id else EVERY_ACCOUNT
    fields = {name: getattr(waiver, name) for name in _WAIVER_TEXTS}
    return _strings(
        {
            "partition": partition,
            "item": WAIVER_PREFIX + waiver.id,
            "status": waiver.status.value,
            "expires_at": waiver.expires_at.isoformat(),
            **fields,
        }
    )


@contextmanager
def _whole(item: Mapping[str, Any]) -> Iterator[None]:
    """Within it, a part that is missing or of the wrong form is an error that names the item."""
    try:
        yield
    except (KeyError, ValueError) as error:
        problem = f"{error.args[0]!r} is missing" if isinstance(error, KeyError) else str(error)
        raise RegistryInvalid(partition=item["partition"]["S"], item=item["item"]["S"], problem=problem) from error


def _strings(fields: Mapping[str, str]) -> dict[str, Any]:
    return {name: {"S": value} for name, value in fields.items()}
