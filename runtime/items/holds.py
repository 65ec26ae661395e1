"""The held runs, by account, in the order of their first hold."""

from __future__ import annotations

from runtime.application.ports import AllOf, Delete, Equals, Item, Key, Partition, Put, Table, Write
from runtime.domain.hold import Hold
from runtime.items.codec import from_item, to_item

ACCOUNTS = Partition(Table.HOLDS, "accounts")
"""The accounts with holds, past or present."""


def holds_of(account_id: str) -> Partition:
    return Partition(Table.HOLDS, f"held#{account_id}")


def hold_key(hold: Hold) -> Key:
    return Key(*holds_of(hold.account_id), f"{hold.since.isoformat()}#{hold.correlation_id}")


def held(hold: Hold) -> tuple[Write, ...]:
    """Hold a run, or hold it again."""
    return Put(hold_key(hold), to_item(hold)), Put(Key(*ACCOUNTS, hold.account_id), {})


def noted(seen: Hold, hold: Hold) -> Put:
    """Record a release, if the hold has not changed since it was read."""
    unchanged = AllOf((Equals("attempt", seen.attempt), Equals("releases", seen.releases)))
    return Put(hold_key(hold), to_item(hold), unchanged)


def released_anew(hold: Hold) -> Put:
    """Reset the number of releases, if the hold is the same."""
    return Put(hold_key(hold), to_item(hold), Equals("attempt", hold.attempt))


def ended(hold: Hold) -> Delete:
    """Remove the hold."""
    return Delete(hold_key(hold))


def hold_from_item(key: Key, item: Item) -> Hold:
    """Raises ``RegistryInvalid`` for an incomplete hold."""
    return from_item(Hold, key, item)
