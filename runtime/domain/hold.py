"""A held run: by a stop, a change window, or a transitional status of its resource."""

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
    """A held run without its record. ``since`` is when it was first held, in UTC.

    ``attempt`` is how often it was held, from 1. ``until`` is its expected release, if known. ``releases`` is how often
    it was released since it was last held, ``released_at`` the last release (UTC). A run without an outcome after
    ``MOST_RELEASES`` is ``stuck``, and counts one more: an operator retries or ends it.
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
    """The hold of a run that is recorded as held."""
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
    """Until when a run is held whose resource has a transitional status; ``None`` if it has waited long enough."""
    times = sum(held.reason is Reason.RESOURCE_BUSY for held in history.holds)
    return now + min(_FIRST_WAIT * 2**times, _LONGEST_WAIT) if times < BUSY_WAITS else None
