"""The runs that wait, by account, in the order in which they began to."""

from __future__ import annotations

from runtime.application.ports import AllOf, Delete, Equals, Item, Key, Partition, Put, Table, Write
from runtime.domain.hold import Hold
from runtime.items.codec import from_item, to_item

ACCOUNTS = Partition(Table.HOLDS, "accounts")
"""The accounts in which runs have waited."""


def holds_of(account_id: str) -> Partition:
    return Partition(Table.HOLDS, f"held#{account_id}")


def hold_key(hold: Hold) -> Key:
    return Key(*holds_of(hold.account_id), f"{hold.since.isoformat()}#{hold.correlation_id}")


def held(hold: Hold) -> tuple[Write, ...]:
    """Have a run wait, or wait again."""
    return Put(hold_key(hold), to_item(hold)), Put(Key(*ACCOUNTS, hold.account_id), {})


def noted(seen: Hold, hold: Hold) -> Put:
    """Note that a run was released, if it still waits for the same and nobody has noted anything since it was seen."""
    unchanged = AllOf((Equals("attempt", seen.attempt), Equals("releases", seen.releases)))
    return Put(hold_key(hold), to_item(hold), unchanged)


def released_anew(hold: Hold) -> Put:
    """Have none of a run's releases count any more, if it still waits for the same."""
    return Put(hold_key(hold), to_item(hold), Equals("attempt", hold.attempt))


def ended(hold: Hold) -> Delete:
    """The run waits no more."""
    return Delete(hold_key(hold))


def hold_from_item(key: Key, item: Item) -> Hold:
    """Raises ``RegistryInvalid`` for half a hold."""
    return from_item(Hold, key, item)
