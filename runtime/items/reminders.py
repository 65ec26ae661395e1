"""Reminders of reviews: one item per open review, sorted by due time."""

from __future__ import annotations

from datetime import datetime

from runtime.application.ports import Key, Partition, Put, Store, Table
from runtime.domain.policy import Policy
from runtime.domain.review import Review

_REMINDERS = Partition(Table.HOLDS, "reminders")


def reminder(review_id: str, when: datetime) -> Put:
    """Schedule a reminder (UTC)."""
    return Put(Key(*_REMINDERS, f"{when.isoformat()}#{review_id}"), {})


def reminded(review: Review, policy: Policy, now: datetime) -> tuple[Put, ...]:
    """Schedule the next reminder of a review after ``now`` (UTC), if there is one."""
    times = [moment for moment in review.reminders(policy) if moment > now]
    return tuple(reminder(review.id, one) for one in times[:1])


def reminders_due(store: Store, now: datetime, most: int) -> list[tuple[Key, str]]:
    """The due reminders, the earliest first, and the review of each."""
    due = store.find(_REMINDERS, between=("0", now.isoformat()), most=most)
    return [(key, key.item.rpartition("#")[2]) for key, _ in due]
