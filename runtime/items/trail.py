"""The audit trail's items: an event each, its evidence packed, and beside it what the indexes and lists show."""

from __future__ import annotations

from runtime.application.ports import Absent, Item, Key, Partition, Put, Table
from runtime.domain.audit import AuditEvent, EventKind, History, event_from_json, event_to_json
from runtime.items.codec import MAX_ITEM_BYTES, pack, size_of, unpack

LISTED = ("kind", "issue_id", "account_id", "fix_id", "outcome", "reason", "resource_arn", "environment", "owner")
"""What an index keeps of an outcome besides its keys, so that a list needs no documents."""


def run_partition(run_id: str) -> Partition:
    return Partition(Table.AUDIT, run_id)


def event_key(event: AuditEvent) -> Key:
    return Key(Table.AUDIT, event.correlation_id, event.sequence)


def append(event: AuditEvent) -> Put:
    """Add an event, if there is none in its place."""
    return Put(event_key(event), _to_item(event), Absent())


def fits(event: AuditEvent, *, spare_bytes: int = 0) -> bool:
    """Whether an event can be stored, with so many bytes more."""
    return size_of(_to_item(event)) + len(event.correlation_id) + spare_bytes <= MAX_ITEM_BYTES


def history_of(found: list[tuple[Key, Item]]) -> History:
    """Raises ``KeyError``, ``TypeError`` or ``ValueError`` for what no version of this code has written."""
    return History(events=tuple(event_from_json(unpack(item["document"])) for _, item in found))


def _to_item(event: AuditEvent) -> Item:
    item: dict[str, str | bytes] = {
        "at": event.at.isoformat(),
        "issue_id": event.issue_id,
        "document": pack(event_to_json(event)),
    }
    if event.kind is EventKind.OUTCOME:
        item |= {"day": event.at.date().isoformat(), **{name: str(getattr(event, name)) for name in LISTED}}
    # An index key cannot be an empty text; an event without one is not in that index.
    return {name: value for name, value in item.items() if value}
