"""The onboarded accounts, and nothing halfway."""

from __future__ import annotations

import pytest
from hypothesis import given

from runtime.domain.errors import RegistryInvalid
from runtime.domain.facts import Account
from runtime.items.accounts import account_from_item, account_key, put_account
from tests.memory.store import MemoryStore
from tests.unit.domain.cases import ACCOUNT, ACCOUNT_ID, OTHER_ACCOUNT_ID
from tests.unit.items.strategies import accounts


@given(account=accounts)
def test_an_account_is_read_as_it_was_put(account: Account) -> None:
    put = put_account(account)
    assert put.key == account_key(account.id)
    assert account_from_item(account_key(account.id), put.item) == account


def test_an_account_that_was_never_registered_is_none(store: MemoryStore) -> None:
    store.commit([put_account(ACCOUNT)])
    keys = [account_key(account_id) for account_id in (ACCOUNT_ID, OTHER_ACCOUNT_ID)]
    stored = store.read(keys)
    assert account_from_item(account_key(ACCOUNT_ID), stored.item(keys[0])) == ACCOUNT
    assert account_from_item(account_key(OTHER_ACCOUNT_ID), stored.item(keys[1])) is None


@pytest.mark.parametrize("missing", ["id", "name", "environment", "owner", "external_id"])
def test_half_an_account_is_not_an_account(missing: str) -> None:
    item = {name: value for name, value in put_account(ACCOUNT).item.items() if name != missing}
    with pytest.raises(RegistryInvalid) as invalid:
        account_from_item(account_key(ACCOUNT_ID), item)
    assert (invalid.value.partition, invalid.value.item) == (f"account#{ACCOUNT_ID}", "account")
    assert invalid.value.problem == f"{missing!r} is missing"


def test_the_wrong_kind_of_attribute_names_the_item() -> None:
    with pytest.raises(RegistryInvalid, match=r"'account'.*owner: '7' should be a str"):
        account_from_item(account_key(ACCOUNT_ID), {**put_account(ACCOUNT).item, "owner": 7})
