"""The registry in DynamoDB: accounts, and the switch that stops changes. Operators write it; the function reads it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, fields
from datetime import datetime

from botocore.client import BaseClient

from runtime.aws.table import ITEM, PARTITION, Item, Table, whole
from runtime.domain.facts import Account
from runtime.domain.guardrails import Stop, StopScope

ACCOUNT_ITEM = "account"
SWITCHES = "switches"
_STOP, _RESUME = "#1-stop", "#2-resume"


def account_partition(account_id: str) -> str:
    return f"account#{account_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumption:
    """The end of a stop. ``by`` is an ARN."""

    by: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """A stop, and its end if it has ended."""

    stop: Stop
    resumed: Resumption | None


class Registry:
    """``client`` is a low-level DynamoDB client.

    Each method raises ``PlatformCallFailed`` if DynamoDB does not answer, and ``RegistryInvalid`` for an item that is
    not whole: half a stop could be one that forbids the change.
    """

    def __init__(self, *, client: BaseClient, table: str) -> None:
        self._table = Table(client=client, name=table)

    def account(self, account_id: str) -> Account | None:
        """The account, if it was onboarded."""
        items = self._table.read(account_partition(account_id), begins_with=ACCOUNT_ITEM)
        return account_from_item(items[0]) if items else None

    def switches(self) -> tuple[Switch, ...]:
        """Every stop there ever was, oldest first."""
        return tuple(sorted(_switches(self._table.read(SWITCHES)), key=lambda switch: (switch.stop.at, switch.stop.id)))

    def stops(self) -> tuple[Stop, ...]:
        """The stops that are in effect at this moment."""
        return tuple(switch.stop for switch in self.switches() if switch.resumed is None)

    def stop(self, stop: Stop) -> None:
        """Put a stop into effect, from now on and for everything that has not been written yet.

        Raises ``ConditionalWriteConflict`` if its id is taken.
        """
        texts = {name: value.isoformat() if name == "at" else str(value) for name, value in asdict(stop).items()}
        self._table.add({PARTITION: SWITCHES, ITEM: stop.id + _STOP, **texts})

    def resume(self, stop_id: str, resumption: Resumption) -> None:
        """End a stop. Raises ``ConditionalWriteConflict`` if it has ended already."""
        texts = {"by": resumption.by, "reason": resumption.reason, "at": resumption.at.isoformat()}
        self._table.add({PARTITION: SWITCHES, ITEM: stop_id + _RESUME, **texts})


_ACCOUNT_TEXTS = tuple(field.name for field in fields(Account))


def account_from_item(item: Item) -> Account:
    """Raises ``RegistryInvalid`` if a part is missing: half an account is not an account."""
    with whole(item):
        return Account(**{name: item[name] for name in _ACCOUNT_TEXTS})


def account_to_item(account: Account) -> Item:
    return {PARTITION: account_partition(account.id), ITEM: ACCOUNT_ITEM, **asdict(account)}


def _switches(items: Iterable[Item]) -> Iterator[Switch]:
    by_key = {item[ITEM]: item for item in items}
    for key, item in by_key.items():
        if not key.endswith(_STOP):
            continue
        with whole(item):
            stop = Stop(
                **{name: item[name] for name in ("id", "value", "reason", "stopped_by")},
                scope=StopScope(item["scope"]),
                at=datetime.fromisoformat(item["at"]),
            )
        resumed = None
        if (end := by_key.get(stop.id + _RESUME)) is not None:
            with whole(end):
                resumed = Resumption(by=end["by"], reason=end["reason"], at=datetime.fromisoformat(end["at"]))
        yield Switch(stop=stop, resumed=resumed)
