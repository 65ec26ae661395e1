"""When people are to be reminded of a review: an item for each that is open, sorted by when."""

from __future__ import annotations

from datetime import datetime, timedelta

from runtime.application.ports import Key, Partition, Put, Store, Table
from runtime.domain.policy import Policy
from runtime.domain.review import Review

_REMINDERS = Partition(Table.HOLDS, "reminders")


def reminded(review: Review, policy: Policy, now: datetime) -> tuple[Put, ...]:
    """Have people reminded of a review the next time after ``now`` (UTC), if there is one."""
    times = [moment for moment in review.reminders(policy) if moment > now]
    return tuple(_reminder(one.isoformat(), review.id) for one in times[:1])


def put_off(review_id: str, now: datetime) -> Put:
    """Remind people an hour later; by the hour, so that there is one reminder, whoever else puts it off."""
    return _reminder(f"{now + timedelta(hours=1):%Y-%m-%dT%H}", review_id)


def reminders_due(store: Store, now: datetime, most: int) -> list[tuple[Key, str]]:
    """Those whose time has come, the earliest first, and the review of each."""
    due = store.find(_REMINDERS, between=("0", now.isoformat()), most=most)
    return [(key, key.item.partition("#")[2]) for key, _ in due]


def _reminder(when: str, review_id: str) -> Put:
    return Put(Key(*_REMINDERS, f"{when}#{review_id}"), {})
