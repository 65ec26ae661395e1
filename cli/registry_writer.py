"""Writes the accounts into the registry. The function only reads it."""

from __future__ import annotations

import secrets

from botocore.client import BaseClient

from runtime.aws.registry import Registry, account_from_item, account_to_item
from runtime.aws.table import ITEM, PARTITION, Table
from runtime.domain.errors import ConditionalWriteConflict, SutureError
from runtime.domain.facts import Account

ACCOUNT_LIST = "account-list"
"""The partition that holds every account once more, so that they can be listed with a query."""


class AccountRegistered(SutureError):
    """The account is in the registry already, as ``account``. It was left as it is."""

    retryable = False

    def __init__(self, account: Account) -> None:
        self.account = account
        super().__init__(f"account {account.id} is registered already, as {account.name!r}")


def add_account(client: BaseClient, table: str, *, account_id: str, name: str, environment: str, owner: str) -> Account:
    """Register an account under a new external id, and never over an existing one.

    Raises ``AccountRegistered`` if it is there already, ``ConditionalWriteConflict`` if only its entry in the list is,
    ``RegistryInvalid`` if what is there is not whole, and ``PlatformCallFailed`` if DynamoDB does not take it.
    """
    account = Account(id=account_id, name=name, environment=environment, owner=owner, external_id=new_external_id())
    item = account_to_item(account)
    listed = {**item, PARTITION: ACCOUNT_LIST, ITEM: f"account#{account_id}"}
    try:
        Table(client=client, name=table).replace({one[PARTITION]: (one, None) for one in (item, listed)})
    except ConditionalWriteConflict as error:
        existing = Registry(client=client, table=table).account(account_id)
        if existing is None:
            raise
        raise AccountRegistered(existing) from error
    return account


def list_accounts(client: BaseClient, table: str) -> tuple[Account, ...]:
    """Every registered account, by id. Raises ``PlatformCallFailed``, and ``RegistryInvalid`` for half an account."""
    return tuple(map(account_from_item, Table(client=client, name=table).read(ACCOUNT_LIST)))


def new_external_id() -> str:
    """128 random bits. Generated here, never chosen by a customer: two customers must not have the same.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html
    """
    return f"suture-{secrets.token_hex(16)}"
