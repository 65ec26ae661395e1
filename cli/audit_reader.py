"""Reads the audit trail by its indexes, newest first. The function itself only reads one finding at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from itertools import islice
from typing import Any

from botocore.client import BaseClient

from cli.errors import RecordUnreadable
from runtime.aws.errors import platform_errors
from runtime.domain.audit import AuditEvent, event_from_json

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
class Wanted:
    """Which events. An empty text means any; without ``day``, ``since`` and ``until`` all times are meant.

    Times are in UTC. An event at ``since`` is wanted, one at ``until`` is not.
    """

    issue_id: str = ""
    account_id: str = ""
    fix_id: str = ""
    outcome: str = ""
    day: date | None = None
    since: datetime | None = None
    until: datetime | None = None

    def includes(self, event: AuditEvent) -> bool:
        return (
            self.issue_id in ("", event.issue_id)
            and self.account_id in ("", event.account_id)
            and self.fix_id in ("", event.fix_id)
            and self.outcome in ("", event.outcome)
            and self.day in (None, event.at.date())
            and (self.since is None or self.since <= event.at)
            and (self.until is None or event.at < self.until)
        )


class AuditReader:
    """``client`` is a low-level DynamoDB client."""

    def __init__(self, *, client: BaseClient, table: str) -> None:
        self._client = client
        self._table = table

    def list_events(self, wanted: Wanted, *, limit: int, today: date) -> tuple[AuditEvent, ...]:
        """The newest of the wanted events. Raises as ``find_events`` does."""
        return tuple(islice(self.find_events(wanted, today=today), limit))

    def find_events(self, wanted: Wanted, *, today: date) -> Iterator[AuditEvent]:
        """The wanted events, newest first, read as they are asked for.

        Asks the index that leaves the fewest to be passed over; by days, one after the other, if there is no other.
        Raises ``PlatformCallFailed``, or ``RecordUnreadable``.
        """
        return filter(wanted.includes, self._candidates(wanted, today))

    def read_runs(self, issue_id: str) -> tuple[AuditEvent, ...]:
        """Everything recorded for a Wiz issue, run by run, the oldest run first. Raises like ``list_events``."""
        events = list(self._query(Index.BY_FINDING, issue_id))
        started: dict[str, datetime] = {}
        for event in reversed(events):
            started.setdefault(event.correlation_id, event.at)
        return tuple(sorted(events, key=lambda one: (started[one.correlation_id], one.correlation_id, one.sequence)))

    def read_run(self, correlation_id: str) -> tuple[AuditEvent, ...]:
        """Everything recorded under one correlation id, in order. Raises like ``list_events``."""
        return tuple(
            self._pages(
                KeyConditionExpression="correlation_id = :id",
                ExpressionAttributeValues={":id": {"S": correlation_id}},
                ConsistentRead=True,
            )
        )

    def _candidates(self, wanted: Wanted, today: date) -> Iterator[AuditEvent]:
        for index, value in (
            (Index.BY_FINDING, wanted.issue_id),
            (Index.BY_ACCOUNT, wanted.account_id),
            (Index.BY_FIX, wanted.fix_id),
            (Index.BY_OUTCOME, wanted.outcome),
        ):
            if value:
                yield from self._query(index, value, day=wanted.day, since=wanted.since, until=wanted.until)
                return
        day = wanted.day or (min(wanted.until.date(), today) if wanted.until else today)
        first = wanted.since.date() if wanted.since else day
        while day >= first:
            yield from self._query(Index.BY_DAY, day.isoformat())
            day -= timedelta(days=1)

    def _query(
        self,
        index: Index,
        value: str,
        *,
        day: date | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Iterator[AuditEvent]:
        condition, names, values = "#key = :key", {"#key": index.value}, {":key": {"S": value}}
        if day is not None:
            condition += " AND begins_with(#at, :at)"
            names["#at"], values[":at"] = "at", {"S": day.isoformat()}
        elif since is not None or until is not None:
            condition += " AND #at BETWEEN :since AND :until"
            names["#at"] = "at"
            values[":since"] = {"S": (since or _EARLIEST).isoformat()}
            values[":until"] = {"S": (until or _LATEST).isoformat()}
        return self._pages(
            IndexName=index.table_name,
            KeyConditionExpression=condition,
            ExpressionAttributeNames=names,
            ExpressionAttributeValues=values,
            ScanIndexForward=False,
        )

    def _pages(self, **query: Any) -> Iterator[AuditEvent]:
        with platform_errors("dynamodb", "Query"):
            for page in self._client.get_paginator("query").paginate(TableName=self._table, **query):
                yield from map(_event_of, page["Items"])


def _event_of(item: Mapping[str, Any]) -> AuditEvent:
    try:
        return event_from_json(json.loads(item["document"]["S"]))
    except (KeyError, TypeError, ValueError) as error:
        key = "/".join(item.get(name, {}).get("S", "?") for name in ("correlation_id", "sequence"))
        raise RecordUnreadable(
            f"The audit record {key} cannot be read ({type(error).__name__}: {error}). "
            "It may have been written by another version: read it with `aws dynamodb get-item`."
        ) from error
