"""The runs that wait, in DynamoDB: so that they can be listed, in order, and let go when their time comes."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime

from botocore.client import BaseClient

from runtime.aws.table import ITEM, PARTITION, Item, Table, whole
from runtime.domain.hold import Hold
from runtime.domain.outcome import Reason

_HELD = "held"
_TEXTS = (
    "correlation_id",
    "issue_id",
    "account_id",
    "environment",
    "fix_id",
    "resource_arn",
    "sentence",
)


class Holds:
    """``client`` is a low-level DynamoDB client. Methods raise ``PlatformCallFailed`` if DynamoDB does not answer."""

    def __init__(self, *, client: BaseClient, table: str) -> None:
        self._table = Table(client=client, name=table)

    def put(self, hold: Hold) -> None:
        """Let a run wait, or go on waiting."""
        fields = asdict(hold) | {
            "since": hold.since.isoformat(),
            "attempt": str(hold.attempt),
            "until": hold.until.isoformat() if hold.until else "",
        }
        self._table.put({PARTITION: _HELD, ITEM: _key(hold), **fields})

    def remove(self, hold: Hold) -> None:
        """The run waits no more."""
        self._table.delete(_HELD, _key(hold))

    def read_all(self) -> tuple[Hold, ...]:
        """Every run that waits, the one that has waited longest first. Raises ``RegistryInvalid`` for half a hold."""
        return tuple(map(_from_item, self._table.read(_HELD)))


def _key(hold: Hold) -> str:
    return f"{hold.since.isoformat()}#{hold.correlation_id}"


def _from_item(item: Item) -> Hold:
    with whole(item):
        return Hold(
            since=datetime.fromisoformat(item["since"]),
            attempt=int(item["attempt"]),
            reason=Reason(item["reason"]),
            until=datetime.fromisoformat(item["until"]) if item["until"] else None,
            **{name: item[name] for name in _TEXTS},
        )
