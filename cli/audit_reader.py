"""Reads the audit trail by its indexes, newest first. The function itself only reads one finding at a time.

An index shows of an outcome what lists show. Whoever wants more of the events has their documents read by their keys.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from heapq import merge
from itertools import batched, dropwhile, groupby, islice
from typing import Any, Self

from botocore.client import BaseClient

from cli.errors import RecordUnreadable, Unusable
from cli.rows import Row, Wanted
from runtime.application.ports import Item, Key, Store, Table
from runtime.aws.errors import platform_errors
from runtime.aws.store import BATCH, KEY_NAMES
from runtime.domain.audit import AuditEvent
from runtime.items.trail import LISTED, history_of, run_partition

RECENT_DAYS = 7
"""How far back an id is looked for by its beginning: no index has ids in order, and each day is a query."""
MOST_RECENT = 10_000

MOST_EXAMINED = 500
"""Rows that are looked at for one page."""
MOST_DAYS = 31
"""Days that are asked for one page, each by one query at least."""

_EARLIEST, _LATEST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


class Index(Enum):
    """The table's indexes, each sorted by ``at``. The value is the attribute that is its partition key.

    An event stands in ``by-finding`` whatever its kind, in the others only if it is a finding's outcome.
    """

    BY_FINDING = "issue_id"
    BY_DAY = "day"
    BY_ACCOUNT = "account_id"
    BY_OUTCOME = "outcome"
    BY_FIX = "fix_id"

    @property
    def table_name(self) -> str:
        return self.name.lower().replace("_", "-")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Some of the wanted rows, newest first. ``after`` is where the next page begins; empty if there are no more.

    ``examined`` counts the rows that were looked at for it: an index does not have every filter.
    """

    rows: tuple[Row, ...]
    after: str
    examined: int


@dataclass(frozen=True, slots=True)
class _Place:
    """After which row of an index to go on; without a key, at the beginning of a day."""

    at: str
    key: Key | None = None

    @property
    def text(self) -> str:
        return "~".join((self.at, *((self.key.partition, self.key.item) if self.key else ())))

    @classmethod
    def parse(cls, text: str) -> Self:
        """The inverse of ``text``. Raises ``Unusable``."""
        at, *key = text.split("~", 2)
        try:
            datetime.fromisoformat(at)
        except ValueError as error:
            raise Unusable(f"{text!r} is no place in the audit trail.") from error
        return cls(at, Key(Table.AUDIT, *key) if len(key) == 2 else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """Which rows of an index to ask for."""

    index: Index
    value: str
    day: date | None = None
    since: datetime | None = None
    until: datetime | None = None

    def not_after(self, place: _Place | None) -> _Source:
        """The rows that are not newer than a place."""
        if place is None:
            return self
        since = datetime.combine(self.day, datetime.min.time(), UTC) if self.day else self.since
        return replace(self, day=None, since=since, until=datetime.fromisoformat(place.at))


class AuditReader:
    """``client`` is a low-level DynamoDB client for the indexes; everything else is read through the ``store``.

    ``tell`` is told how far it is.
    """

    def __init__(
        self, *, client: BaseClient, table: str, store: Store, tell: Callable[[str], None] = lambda _: None
    ) -> None:
        self._client = client
        self._table = table
        self._store = store
        self._tell = tell
        self._rows_read = 0

    def list_rows(self, wanted: Wanted, *, limit: int, today: date) -> tuple[Row, ...]:
        """The newest of the wanted events, as lists show them. Raises as ``find_events`` does."""
        return tuple(islice(self.find_rows(wanted, today=today), limit))

    def find_rows(self, wanted: Wanted, *, today: date) -> Iterator[Row]:
        """The wanted events, newest first, as lists show them, read as they are asked for. Raises the same."""
        if wanted.issue_id:  # its index has events of every kind, and shows those of outcomes only
            return map(_row_of, self.find_events(wanted, today=today))
        return filter(wanted.includes, (_row_in(key, item) for key, item in self._candidates(wanted, today)))

    def read_page(self, wanted: Wanted, *, size: int, today: date, after: str = "") -> Page:
        """The next of the wanted rows, ``size`` at most, by a bounded number of queries: fewer if too many differ.

        ``wanted`` names no issue: read that issue's runs. Raises ``Unusable`` for what is no ``Page.after``, and as
        ``find_events`` does.
        """
        place, rows, examined = _Place.parse(after) if after else None, list[Row](), 0
        for asked, (begin, found) in enumerate(self._found_from(wanted, today, place, page=size + 1), start=1):
            if asked > MOST_DAYS:
                return Page(rows=tuple(rows), after=begin.text, examined=examined)
            for key, item in found:
                if len(rows) == size or examined == MOST_EXAMINED:
                    assert place is not None, "at least one was looked at"
                    return Page(rows=tuple(rows), after=place.text, examined=examined)
                place, examined, row = _Place(str(item["at"]), key), examined + 1, _row_in(key, item)
                rows += [row] if wanted.includes(row) else []
        return Page(rows=tuple(rows), after="", examined=examined)

    def _found_from(
        self, wanted: Wanted, today: date, place: _Place | None, *, page: int
    ) -> Iterator[tuple[_Place, Iterator[tuple[Key, Item]]]]:
        """What the sources have that a place is not past, and where each of them begins."""
        if _several_ids(wanted):
            yield _Place(_LATEST.isoformat()), self._under_every_id(wanted, page=page, after=place)
            return
        for source in _sources(wanted, today):
            if place is None or source.index is not Index.BY_DAY or source.value <= place.at[: len(source.value)]:
                yield _Place(source.value), self._query(source, page=page, after=place)
                place = None

    def _under_every_id(
        self, wanted: Wanted, *, page: int | None = None, after: _Place | None = None
    ) -> Iterator[tuple[Key, Item]]:
        """What a fix has under each of its ids, newest first.

        A place in one id's rows is none in another's: each is asked from the place's time on, and what was there before
        is passed over. For that, rows of one time have an order of their own, which an index does not give them.
        """
        sources = [
            _Source(index=Index.BY_FIX, value=fix_id, day=wanted.day, since=wanted.since, until=wanted.until).not_after(
                after
            )
            for fix_id in (wanted.fix_id, *wanted.former_fix_ids)
        ]
        found = merge(*(_ordered(self._query(one, page=page)) for one in sources), key=_order, reverse=True)
        if after is None:
            return found
        last = (after.at, *((after.key.partition, after.key.item) if after.key else ()))
        return dropwhile(lambda one: _order(one) >= last, found)

    def list_events(self, wanted: Wanted, *, limit: int, today: date) -> tuple[AuditEvent, ...]:
        """The newest of the wanted events. Raises as ``find_events`` does."""
        return tuple(self.find_events(wanted, today=today, limit=limit))

    def find_events(self, wanted: Wanted, *, today: date, limit: int | None = None) -> Iterator[AuditEvent]:
        """The wanted events, newest first, read as they are asked for; all of them without a ``limit``.

        Asks the index that leaves the fewest to be passed over; by days, one after the other, if there is no other.
        Raises ``PlatformCallFailed``, or ``RecordUnreadable``.
        """
        found = self._candidates(wanted, today)
        if not wanted.issue_id:  # so no document is read that is not wanted
            found = islice(((key, item) for key, item in found if wanted.includes(_row_in(key, item))), limit)
        return islice(filter(wanted.includes, self._events(key for key, _ in found)), limit)

    def has_any(self, *, account_id: str = "", fix_id: str = "") -> bool:
        """Whether any outcome is on record for this. Reads one row. Raises ``PlatformCallFailed``."""
        wanted = Wanted(account_id=account_id, fix_id=fix_id)
        return any(True for _ in self._candidates(wanted, date.max, page=1))

    def recent_runs(self, today: date) -> Iterator[str]:
        """The ids of the runs that ended within ``RECENT_DAYS``, newest first, ``MOST_RECENT`` at most."""
        since = datetime.combine(today - timedelta(days=RECENT_DAYS), datetime.min.time(), UTC)
        found = self._candidates(Wanted(since=since), today)
        return (key.partition for key, _ in islice(found, MOST_RECENT))

    def read_runs(self, issue_id: str) -> tuple[AuditEvent, ...]:
        """Everything recorded for a Wiz issue, run by run, the oldest run first. Raises like ``list_events``."""
        events = list(self._events(key for key, _ in self._query(_Source(index=Index.BY_FINDING, value=issue_id))))
        started: dict[str, datetime] = {}
        for event in reversed(events):
            started.setdefault(event.correlation_id, event.at)
        return tuple(sorted(events, key=lambda one: (started[one.correlation_id], one.correlation_id, one.sequence)))

    def read_run(self, correlation_id: str) -> tuple[AuditEvent, ...]:
        """Everything recorded under one run id, in order. Raises like ``list_events``."""
        return tuple(_event_of(key, item) for key, item in self._store.find(run_partition(correlation_id)))

    def _events(self, keys: Iterable[Key]) -> Iterator[AuditEvent]:
        """The events with these keys, in this order."""
        for batch in batched(keys, BATCH, strict=False):
            stored = self._store.read(batch)
            yield from (_event_of(key, stored.item(key) or {}) for key in batch)

    def _candidates(self, wanted: Wanted, today: date, *, page: int | None = None) -> Iterator[tuple[Key, Item]]:
        if _several_ids(wanted):
            yield from self._under_every_id(wanted, page=page)
            return
        for source in _sources(wanted, today):
            yield from self._query(source, page=page)

    def _query(
        self, source: _Source, *, page: int | None = None, after: _Place | None = None
    ) -> Iterator[tuple[Key, Item]]:
        """``page`` is how many rows to read at a time; as many as one answer holds without it."""
        condition, names, values = "#key = :key", {"#key": source.index.value}, {":key": {"S": source.value}}
        if source.day is not None:
            condition += " AND begins_with(#at, :at)"
            names["#at"], values[":at"] = "at", {"S": source.day.isoformat()}
        elif source.since is not None or source.until is not None:
            condition += " AND #at BETWEEN :since AND :until"
            names["#at"] = "at"
            values[":since"] = {"S": (source.since or _EARLIEST).isoformat()}
            values[":until"] = {"S": (source.until or _LATEST).isoformat()}
        query = {
            "IndexName": source.index.table_name,
            "KeyConditionExpression": condition,
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": values,
            "ScanIndexForward": False,
            **({"Limit": page} if page else {}),
            **({"ExclusiveStartKey": _start_key(source, after)} if after and after.key else {}),
        }
        with platform_errors("dynamodb", "Query"):
            for answer in self._client.get_paginator("query").paginate(TableName=self._table, **query):
                self._rows_read += len(answer["Items"])
                self._tell(f"Reading the audit trail: {self._rows_read} rows")
                yield from map(_found, answer["Items"])


def _sources(wanted: Wanted, today: date) -> Iterator[_Source]:
    """The index that leaves the fewest to be passed over; a day after the other if there is no other."""
    for index, value in (
        (Index.BY_FINDING, wanted.issue_id),
        (Index.BY_ACCOUNT, wanted.account_id),
        (Index.BY_FIX, wanted.fix_id),
        (Index.BY_OUTCOME, wanted.outcome),
    ):
        if value:
            yield _Source(index=index, value=value, day=wanted.day, since=wanted.since, until=wanted.until)
            return
    day = wanted.day or (min(wanted.until.date(), today) if wanted.until else today)
    first = wanted.since.date() if wanted.since else day
    while day >= first:
        yield _Source(index=Index.BY_DAY, value=day.isoformat(), since=wanted.since, until=wanted.until)
        day -= timedelta(days=1)


def _several_ids(wanted: Wanted) -> bool:
    """Whether its rows stand under several fixes' ids in the index that has them."""
    return bool(wanted.former_fix_ids) and not wanted.issue_id and not wanted.account_id


def _ordered(found: Iterable[tuple[Key, Item]]) -> Iterator[tuple[Key, Item]]:
    """Rows as an index gives them, with those of one time by their keys."""
    for _, same in groupby(found, key=lambda one: str(one[1]["at"])):
        yield from sorted(same, key=_order, reverse=True)


def _order(found: tuple[Key, Item]) -> tuple[str, ...]:
    key, item = found
    return (str(item["at"]), key.partition, key.item)


def _start_key(source: _Source, after: _Place) -> dict[str, dict[str, str]]:
    assert after.key is not None, "it is a row of this index"
    partition, item = KEY_NAMES[Table.AUDIT]
    keys = {partition: after.key.partition, item: after.key.item, source.index.value: source.value, "at": after.at}
    return {name: {"S": value} for name, value in keys.items()}


def _found(attributes: Mapping[str, Any]) -> tuple[Key, Item]:
    """What an index has of an event, as texts, its keys among them."""
    item = {name: str(*value.values()) for name, value in attributes.items()}
    return Key(Table.AUDIT, item.pop("correlation_id"), item.pop("sequence")), item


def _row_in(key: Key, item: Item) -> Row:
    """An outcome as an index shows it."""
    return Row(
        at=datetime.fromisoformat(str(item["at"])),
        correlation_id=key.partition,
        **{name: str(item.get(name, "")) for name in LISTED},
    )


def _row_of(event: AuditEvent) -> Row:
    return Row(at=event.at, correlation_id=event.correlation_id, **{name: str(getattr(event, name)) for name in LISTED})


def _event_of(key: Key, item: Item) -> AuditEvent:
    try:
        (event,) = history_of([(key, item)]).events
    except (KeyError, TypeError, ValueError) as error:
        raise RecordUnreadable(
            f"The audit record {key.partition}/{key.item} cannot be read ({type(error).__name__}: {error}). "
            "It may have been written by another version: read it with `aws dynamodb get-item`."
        ) from error
    return event
