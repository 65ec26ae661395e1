"""When people are to be reminded of a review: an item for each that is open, sorted by when."""

from __future__ import annotations

from datetime import datetime, timedelta

from runtime.application.ports import Item, Key, Partition, Put, Store, Table
from runtime.domain.policy import Policy
from runtime.domain.review import Review

_REMINDERS = Partition(Table.HOLDS, "reminders")
_ASKED_AT = "asked_at"


def reminded(review: Review, policy: Policy, now: datetime) -> tuple[Put, ...]:
    """Have people reminded of a review the next time after ``now`` (UTC), if there is one."""
    times = [moment for moment in review.reminders(policy) if moment > now]
    return tuple(Put(_key(one.isoformat(), review.id), {_ASKED_AT: review.asked_at.isoformat()}) for one in times[:1])


def reminders_due(store: Store, now: datetime, most: int) -> list[tuple[Key, Item]]:
    """Those whose time has come, the earliest first."""
    return store.find(_REMINDERS, between=("0", now.isoformat()), most=most)


def reminded_of(key: Key) -> str:
    """The id of the review that a reminder is of."""
    return key.item.partition("#")[2]


def is_current(item: Item, review: Review) -> bool:
    """Whether people were not asked anew since: for a review that was reopened there is another reminder."""
    return item.get(_ASKED_AT) == review.asked_at.isoformat()


def put_off(key: Key, item: Item, now: datetime) -> Put:
    """The same reminder an hour later; by the hour, so that there is one, whoever else puts it off."""
    return Put(_key(f"{now + timedelta(hours=1):%Y-%m-%dT%H}", reminded_of(key)), item)


def _key(when: str, review_id: str) -> Key:
    return Key(*_REMINDERS, f"{when}#{review_id}")
