"""A run that waits: that a stop ends, or that a change window opens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from runtime.domain.audit import History
from runtime.domain.outcome import Reason

MOST_RELEASES = 5


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
