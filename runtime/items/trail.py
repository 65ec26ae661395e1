"""Items of the audit trail: one event each, with packed evidence and the attributes for indexes and lists."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from runtime.application.ports import Absent, Item, Key, Partition, Put, Table
from runtime.domain.audit import AuditEvent, EventKind, History, event_from_json, event_to_text
from runtime.domain.errors import RecordTooLarge
from runtime.items.codec import MOST_BYTES, pack_text, size_of, unpack

LISTED = ("kind", "issue_id", "account_id", "fix_id", "outcome", "reason", "resource_arn", "environment", "owner")
"""What an index keeps of an outcome besides its keys, so that a list needs no documents."""

_IN_THE_INTENT: dict[str, Any] = {"tags": {}, "waivers": (), "guardrails": None, "checks": (), "approval": None}


def run_partition(run_id: str) -> Partition:
    return Partition(Table.AUDIT, run_id)


def event_key(event: AuditEvent) -> Key:
    return Key(Table.AUDIT, event.correlation_id, event.sequence)


def append(event: AuditEvent, *, spare_bytes: int = 0) -> Put:
    """Add an event, if its number is free.

    An outcome that is too large omits what the run's intent has. Raises ``RecordTooLarge`` if an event cannot be
    stored, with ``spare_bytes`` more.
    """
    item = _to_item(event)
    if size_of(item) + spare_bytes > MOST_BYTES and event.kind is EventKind.OUTCOME:
        item = _to_item(replace(event, evidence=replace(event.evidence, **_IN_THE_INTENT)))
    if size_of(item) + spare_bytes > MOST_BYTES:
        raise RecordTooLarge(event.correlation_id)
    return Put(event_key(event), item, Absent())


def history_of(found: list[tuple[Key, Item]]) -> History:
    """Raises ``KeyError``, ``TypeError`` or ``ValueError`` for an item that no version of this code has written."""
    return History(events=tuple(event_from_json(unpack(item["document"])) for _, item in found))


def _to_item(event: AuditEvent) -> Item:
    item: dict[str, str | bytes] = {
        "at": event.at.isoformat(),
        "issue_id": event.issue_id,
        "document": pack_text(event_to_text(event)),
    }
    if event.kind is EventKind.OUTCOME:
        item |= {"day": event.at.date().isoformat(), **{name: str(getattr(event, name)) for name in LISTED}}
    # An index key cannot be an empty text; an event without one is not in that index.
    return {name: value for name, value in item.items() if value}
