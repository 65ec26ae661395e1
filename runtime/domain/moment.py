"""Whether a change that may be made may be made at this moment: stops, change windows and freezes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from runtime.domain.change_windows import Closed, closed_by
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
    window = Window.of(policy, account_id, environment, now)
    if window.closed is None or not window.waits:
        return None
    return Obstacle(reason=window.reason, sentence=f"{window.sentence} It waits.", until=window.closed.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Whether changes may be made in an account and environment now, and what becomes of those that may not."""

    closed: Closed | None
    outside: OutsideWindow
    place: str

    @classmethod
    def of(cls, policy: Policy, account_id: str, environment: str, now: datetime) -> Window:
        account, rules = policy.account(account_id), policy.environments[environment]
        return cls(
            closed=closed_by((rules.calendar, account.calendar), account.time_zone, now),
            outside=rules.outside_window,
            place=f"{environment} in account {account_id} ({account.time_zone})",
        )

    @property
    def waits(self) -> bool:
        """Whether a change is to wait. Not for a window that never opens: that is for people to decide."""
        return self.closed is not None and self.outside is OutsideWindow.WAIT and self.closed.until is not None

    @property
    def reason(self) -> Reason:
        frozen = self.closed is not None and self.closed.freeze is not None
        return Reason.CHANGE_FREEZE if frozen else Reason.OUTSIDE_CHANGE_WINDOW

    @property
    def sentence(self) -> str:
        if self.closed is None:
            return f"Changes may be made now in {self.place}."
        why = f" ({self.closed.freeze.reason})" if self.closed.freeze else ""
        until = f"until {self.closed.until.isoformat()}" if self.closed.until else "and no change window opens"
        return f"No change may be made now in {self.place}{why}, {until}."
