"""When people are to be reminded of a review: an item for each that is open, sorted by when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from runtime.application.ports import Delete, Equals, Item, Key, Partition, Put, Store, Table
from runtime.domain.policy import Policy
from runtime.domain.review import Review
from runtime.items.codec import from_item, to_item

_REMINDERS = Partition(Table.HOLDS, "reminders")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reminder:
    """Of a review, as people were asked at this time (UTC): for one that was reopened since, there is another."""

    review_id: str
    asked_at: datetime


def reminded(review: Review, policy: Policy, now: datetime) -> tuple[Put, ...]:
    """Have people reminded of a review the next time after ``now`` (UTC), if there is one."""
    reminder = to_item(Reminder(review_id=review.id, asked_at=review.asked_at))
    times = [moment for moment in review.reminders(policy) if moment > now]
    return tuple(Put(Key(*_REMINDERS, f"{one.isoformat()}#{review.id}"), reminder) for one in times[:1])


def reminders_due(store: Store, now: datetime, most: int) -> list[tuple[Key, Item]]:
    """Those whose time has come, the earliest first."""
    return store.find(_REMINDERS, between=("0", now.isoformat()), most=most)


def reminder_from_item(key: Key, item: Item) -> Reminder:
    """Raises ``RegistryInvalid`` for half a reminder."""
    return from_item(Reminder, key, item)


def given(key: Key, reminder: Reminder) -> Delete:
    """It was given, if nobody else gave it at the same time."""
    return Delete(key, Equals("review_id", reminder.review_id))
