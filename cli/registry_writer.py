"""Writes the accounts into the registry. The function only reads it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator

from runtime.application.ports import Absent, ConditionFailed, Delete, Equals, Key, Partition, Put, Store, Table
from runtime.domain.errors import SutureError
from runtime.domain.facts import Account
from runtime.items.accounts import account_from_item, account_key, put_account

ACCOUNT_LIST = Partition(Table.REGISTRY, "account-list")
"""Holds every account once more, so that they can be listed with a query."""


def listed_key(account_id: str) -> Key:
    return Key(*ACCOUNT_LIST, account_key(account_id).partition)


class AccountRegistered(SutureError):
    """The account is in the registry already, as ``account``. It was left as it is."""

    retryable = False

    def __init__(self, account: Account) -> None:
        self.account = account
        super().__init__(f"account {account.id} is registered already, as {account.name!r}")


def add_account(store: Store, *, account_id: str, name: str, environment: str, owner: str) -> Account:
    """Register an account under a new external id, and never over an existing one.

    Raises ``AccountRegistered`` if it is there already, ``ConditionFailed`` if only its entry in the list is,
    ``RegistryInvalid`` if what is there is not whole, and ``PlatformCallFailed`` if DynamoDB does not take it.
    """
    account = Account(id=account_id, name=name, environment=environment, owner=owner, external_id=new_external_id())
    put = put_account(account)
    keys = (put.key, listed_key(account_id))
    try:
        store.commit([Put(key, put.item, Absent()) for key in keys])
    except ConditionFailed as failed:
        existing = account_from_item(put.key, failed.found.get(put.key))
        if existing is None:
            raise
        raise AccountRegistered(existing) from failed
    return account


def remove_account(store: Store, account: Account) -> None:
    """Take an account out of the registry. Raises ``ConditionFailed`` if it has another external id by now, or none."""
    keys = (account_key(account.id), listed_key(account.id))
    store.commit([Delete(key, Equals("external_id", account.external_id)) for key in keys])


def registered_ids(store: Store) -> tuple[str, ...]:
    """The ids of the registered accounts, whole or not. Raises ``PlatformCallFailed``."""
    return tuple(key.item.rpartition("#")[2] for key, _ in store.find(ACCOUNT_LIST))


def list_accounts(store: Store) -> tuple[Account, ...]:
    """Every registered account, by id. Raises ``PlatformCallFailed``, and ``RegistryInvalid`` for half an account."""
    return tuple(_accounts(store))


def _accounts(store: Store) -> Iterator[Account]:
    for key, item in store.find(ACCOUNT_LIST):
        account = account_from_item(key, item)
        assert account is not None, "there is an item"
        yield account


def new_external_id() -> str:
    """128 random bits. Generated here, never chosen by a customer: two customers must not have the same.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_common-scenarios_third-party.html
    """
    return f"suture-{secrets.token_hex(16)}"
