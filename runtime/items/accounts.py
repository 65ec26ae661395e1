"""The onboarded accounts, in the registry."""

from __future__ import annotations

from runtime.application.ports import Item, Key, Put, Table
from runtime.domain.facts import Account
from runtime.items.codec import from_item, to_item


def account_key(account_id: str) -> Key:
    return Key(Table.REGISTRY, f"account#{account_id}", "account")


def account_from_item(key: Key, item: Item | None) -> Account | None:
    """``None`` if it is not onboarded. Raises ``RegistryInvalid`` for an incomplete item."""
    return None if item is None else from_item(Account, key, item)


def put_account(account: Account) -> Put:
    return Put(account_key(account.id), to_item(account))
