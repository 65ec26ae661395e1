"""Writes the registry: accounts and exceptions. The function only reads it."""

from __future__ import annotations

import secrets
from typing import Any

from botocore.client import BaseClient

from runtime.aws.errors import platform_errors
from runtime.aws.registry import Registry, account_from_item, account_to_item, waiver_to_item
from runtime.domain.errors import PlatformCallFailed, SutureError
from runtime.domain.facts import Account, Waiver

ACCOUNT_LIST = "account-list"
"""The partition that holds every account once more, so that they can be listed with a query.

Not the one of the waivers for every account: the function reads that one whole, for each finding.
"""


class AccountRegistered(SutureError):
    """The account is in the registry already, as ``account``. It was left as it is."""

    retryable = False

    def __init__(self, account: Account) -> None:
        self.account = account
        super().__init__(f"account {account.id} is registered already, as {account.name!r}")


def add_account(client: BaseClient, table: str, *, account_id: str, name: str, environment: str, owner: str) -> Account:
    """Register an account under a new external id, and never over an existing one.

    Raises ``AccountRegistered`` if it is there already, ``RegistryInvalid`` if what is there is not whole, and
    ``PlatformCallFailed`` if DynamoDB does not take it.
    """
    account = Account(id=account_id, name=name, environment=environment, owner=owner, external_id=new_external_id())
    item = account_to_item(account)
    listed = {**item, "partition": {"S": ACCOUNT_LIST}, "item": {"S": f"account#{account_id}"}}
    try:
        with platform_errors("dynamodb", "TransactWriteItems"):
            client.transact_write_items(TransactItems=[_put_once(table, item), _put_once(table, listed)])
    except PlatformCallFailed as error:
        if error.code != "TransactionCanceledException":
            raise
        existing = Registry(client=client, table=table).read_facts(account_id).account
        if existing is None:
            raise
        raise AccountRegistered(existing) from error
    return account


def list_accounts(client: BaseClient, table: str) -> tuple[Account, ...]:
    """Every registered account, by id. Raises ``PlatformCallFailed``, and ``RegistryInvalid`` for half an account."""
    with platform_errors("dynamodb", "Query"):
        pages = client.get_paginator("query").paginate(
            TableName=table,
            KeyConditionExpression="#partition = :partition",
            ExpressionAttributeNames={"#partition": "partition"},
            ExpressionAttributeValues={":partition": {"S": ACCOUNT_LIST}},
        )
        return tuple(account_from_item(item) for page in pages for item in page["Items"])


def put_waiver(client: BaseClient, table: str, waiver: Waiver) -> None:
    """Register an exception, in place of an earlier one with its id and account. Raises ``PlatformCallFailed``."""
    with platform_errors("dynamodb", "PutItem"):
        client.put_item(TableName=table, Item=waiver_to_item(waiver))


def new_external_id() -> str:
    """128 random bits. Generated here, never chosen by a customer: two customers must not have the same.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html
    """
    return f"suture-{secrets.token_hex(16)}"


def _put_once(table: str, item: dict[str, Any]) -> dict[str, Any]:
    return {
        "Put": {
            "TableName": table,
            "Item": item,
            "ConditionExpression": "attribute_not_exists(#partition)",
            "ExpressionAttributeNames": {"#partition": "partition"},
        }
    }
