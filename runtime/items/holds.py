"""The runs that wait, by account, in the order in which they began to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime

from runtime.application.ports import Delete, Equals, Item, Key, Partition, Put, Table, Write
from runtime.domain.hold import Hold
from runtime.domain.outcome import Reason
from runtime.items.codec import number, text, texts, whole

ACCOUNTS = Partition(Table.HOLDS, "accounts")
"""The accounts in which runs have waited."""

_TEXTS = ("correlation_id", "issue_id", "account_id", "environment", "fix_id", "resource_arn", "sentence")


def holds_of(account_id: str) -> Partition:
    return Partition(Table.HOLDS, f"held#{account_id}")


def hold_key(hold: Hold) -> Key:
    return Key(*holds_of(hold.account_id), f"{hold.since.isoformat()}#{hold.correlation_id}")


def held(hold: Hold) -> tuple[Write, ...]:
    """Have a run wait, or wait again."""
    return Put(hold_key(hold), _to_item(hold)), Put(Key(*ACCOUNTS, hold.account_id), {})


def noted(hold: Hold) -> Put:
    """Note what was done about a run, if it still waits for the same."""
    return Put(hold_key(hold), _to_item(hold), Equals("attempt", hold.attempt))


def ended(hold: Hold) -> Delete:
    """The run waits no more."""
    return Delete(hold_key(hold))


def hold_from_item(key: Key, item: Item) -> Hold:
    """Raises ``RegistryInvalid`` for half a hold."""
    with whole(key):
        return Hold(
            since=datetime.fromisoformat(text(item, "since")),
            attempt=number(item, "attempt"),
            reason=Reason(text(item, "reason")),
            until=_moment(item, "until"),
            releases=number(item, "releases"),
            released_at=_moment(item, "released_at"),
            **texts(item, _TEXTS),
        )


def _to_item(hold: Hold) -> Mapping[str, str | int]:
    moments = {
        name: value.isoformat()
        for name in ("since", "until", "released_at")
        if (value := getattr(hold, name)) is not None
    }
    others = {name: value for name, value in asdict(hold).items() if name not in ("since", "until", "released_at")}
    return {**others, **moments, "reason": str(hold.reason)}


def _moment(item: Item, name: str) -> datetime | None:
    return datetime.fromisoformat(text(item, name)) if name in item else None
