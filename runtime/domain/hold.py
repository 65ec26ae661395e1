"""A run that waits: that a stop ends, that a change window opens, or that a resource's status passes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from runtime.domain.audit import History
from runtime.domain.outcome import Reason

MOST_RELEASES = 5

BUSY_WAITS = 12
_FIRST_WAIT, _LONGEST_WAIT = timedelta(minutes=5), timedelta(hours=4)
"""For a resource whose status passes a run is held longer each time, and about 29 hours in all: a backup takes
hours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """What is known of a waiting run without reading its record. ``since`` is when it first had to wait, in UTC.

    ``attempt`` is how often it had to wait by now, from 1. ``until`` is when it is expected to go on, if that is known.
    ``releases`` is how often it was released since it last had to wait, ``released_at`` when last (UTC). A run that
    does not end after ``MOST_RELEASES`` is ``stuck``, and counts one more: an operator retries it, or ends it.
    """

    correlation_id: str
    since: datetime
    attempt: int
    issue_id: str
    account_id: str
    environment: str
    fix_id: str
    resource_arn: str
    reason: Reason
    sentence: str
    until: datetime | None = None
    releases: int = 0
    released_at: datetime | None = None

    @property
    def stuck(self) -> bool:
        return self.releases > MOST_RELEASES


def hold_of(history: History) -> Hold:
    """The hold of a run that is on record as waiting."""
    first, last = history.holds[0], history.holds[-1]
    return Hold(
        correlation_id=last.correlation_id,
        since=first.at,
        attempt=last.attempt,
        issue_id=last.issue_id,
        account_id=last.account_id,
        environment=last.environment,
        fix_id=last.fix_id,
        resource_arn=last.resource_arn,
        reason=last.reason,
        sentence=last.sentence,
        until=last.expires_at,
    )


def busy_until(history: History, now: datetime) -> datetime | None:
    """Until when a run is held whose resource takes no change at the moment; ``None`` if it has waited long enough."""
    times = sum(held.reason is Reason.RESOURCE_BUSY for held in history.holds)
    return now + min(_FIRST_WAIT * 2**times, _LONGEST_WAIT) if times < BUSY_WAITS else None
