"""The audit trail in DynamoDB: append only. The function's role can put and query, and every put is conditional."""

from __future__ import annotations

import json

from botocore.client import BaseClient

from runtime.aws.table import Item, Table
from runtime.domain.audit import AuditEvent, EventKind, History, event_from_json, event_to_json


class AuditTrail:
    """Reads and appends the events of runs. ``client`` is a low-level DynamoDB client."""

    def __init__(self, *, client: BaseClient, table: str) -> None:
        self._table = Table(client=client, name=table, keys=("correlation_id", "sequence"))

    def read(self, correlation_id: str) -> History:
        """Everything recorded for one run so far, read consistently. Raises ``PlatformCallFailed``."""
        items = self._table.read(correlation_id)
        return History(events=tuple(event_from_json(json.loads(item["document"])) for item in items))

    def append(self, event: AuditEvent) -> None:
        """Write one event, durably, before returning.

        Raises ``ConditionalWriteConflict`` if there is one in its place already, and ``PlatformCallFailed`` if DynamoDB
        does not take it.
        """
        self._table.add(_attributes(event))


def _attributes(event: AuditEvent) -> Item:
    attributes = {
        "correlation_id": event.correlation_id,
        "sequence": event.sequence,
        "at": event.at.isoformat(),
        "issue_id": event.issue_id,
        "document": json.dumps(event_to_json(event), separators=(",", ":")),
    }
    if event.kind is EventKind.OUTCOME:
        attributes |= {
            "day": event.at.date().isoformat(),
            "outcome": event.outcome,
            "account_id": event.account_id,
            "fix_id": event.fix_id,
        }
    # An index key cannot be an empty text; an event without one is not in that index.
    return {name: value for name, value in attributes.items() if value}
