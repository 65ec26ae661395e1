"""Whether a change that may be made may be made at this moment: stops, change windows and freezes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from runtime.domain.change_windows import Freeze, closed_by
from runtime.domain.guardrails import Stop, stop_for
from runtime.domain.obstacle import Obstacle
from runtime.domain.outcome import Reason
from runtime.domain.policy import OutsideWindow, Policy


def obstacle_to(
    policy: Policy, stops: Iterable[Stop], *, account_id: str, fix_id: str, environment: str, now: datetime
) -> Obstacle | None:
    """What a change would have to wait for at this moment: that a stop ends, or that the change window opens.

    What has to wait is asked about again by the same function, so nothing waits for what is over.
    """
    stop = stop_for(stops, account_id=account_id, fix_id=fix_id, environment=environment)
    if stop is not None:
        return Obstacle(
            reason=Reason.STOPPED,
            sentence=f"{stop.stopped_by} stopped {stop.target} ({stop.id}): {stop.reason}",
        )
    if environment not in policy.environments:
        return None  # the policy has changed since it was decided: it is decided again, and not waited for
    closed = closed_window(policy, account_id, environment, now)
    if closed is None or not closed.waits:
        return None
    return Obstacle(reason=closed.reason, sentence=f"{closed} It waits.", until=closed.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosedWindow:
    """No change may be made in an account and environment now. ``until`` is in UTC, ``None`` for one without an end."""

    place: str
    until: datetime | None
    freeze: Freeze | None
    outside: OutsideWindow

    @property
    def waits(self) -> bool:
        """Whether a change is to wait. Not for a window that never opens: that is for people to decide."""
        return self.outside is OutsideWindow.WAIT and self.until is not None

    @property
    def reason(self) -> Reason:
        return Reason.OUTSIDE_CHANGE_WINDOW if self.freeze is None else Reason.CHANGE_FREEZE

    def __str__(self) -> str:
        why = f" ({self.freeze.reason})" if self.freeze else ""
        until = f"until {self.until.isoformat()}" if self.until else "and no change window opens"
        return f"No change may be made now in {self.place}{why}, {until}."


def closed_window(policy: Policy, account_id: str, environment: str, now: datetime) -> ClosedWindow | None:
    """Why no change may be made in an account and environment now; ``None`` if one may."""
    rules, account = policy.environments[environment], policy.account(account_id)
    closed = closed_by((rules.calendar, account.calendar), account.time_zone, now)
    if closed is None:
        return None
    place = f"{environment} in account {account_id} ({account.time_zone})"
    return ClosedWindow(place=place, until=closed.until, freeze=closed.freeze, outside=rules.outside_window)
