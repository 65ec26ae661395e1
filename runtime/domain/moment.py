"""Whether an allowed change is held at this moment: stops, change windows and freezes."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime

from runtime.domain.change_windows import closed_by
from runtime.domain.guardrails import Stop, stop_for
from runtime.domain.outcome import Reason
from runtime.domain.plan import Busy
from runtime.domain.policy import EnvironmentPolicy, OutsideWindow, Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """Why an allowed change is held now. ``until`` is in UTC, if known."""

    reason: Reason
    sentence: str
    until: datetime | None = None


def obstacle_to(
    policy: Policy, stops: Collection[Stop], *, account_id: str, fix_id: str, environment: str, now: datetime
) -> Obstacle | None:
    """What a change would have to wait for at this moment: that a stop ends, or that the change window opens.

    What has to wait is asked about again by the same function, so nothing waits for what is over.
    """
    stop = stop_for(
        stops,
        account_id=account_id,
        fix_id=fix_id,
        environment=environment,
        former_fix_ids=policy.former_fix_ids(fix_id) if stops else (),
    )
    if stop is not None:
        return Obstacle(
            reason=Reason.STOPPED,
            sentence=f"{stop.stopped_by} stopped {stop.target} ({stop.id}): {stop.reason}",
        )
    if environment not in policy.environments:
        return None  # the policy has changed since the decision: the finding is decided again instead
    closed = closed_window(policy, account_id, environment, now)
    if closed is None or not waits_for(closed, policy.environments[environment]):
        return None
    return replace(closed, sentence=f"{closed.sentence} The run is held.")


def busy(planned: Busy) -> Obstacle:
    """The obstacle of a transitional status."""
    return Obstacle(reason=Reason.RESOURCE_BUSY, sentence=f"{planned.sentence} The run is held.")


def closed_window(policy: Policy, account_id: str, environment: str, now: datetime) -> Obstacle | None:
    """Why no change is allowed in an account and environment now; ``None`` if one is."""
    rules, account = policy.environments[environment], policy.account(account_id)
    closed = closed_by((rules.calendar, account.calendar), account.time_zone, now)
    if closed is None:
        return None
    place = f"{environment} in account {account_id} ({account.time_zone})"
    why = f" ({closed.freeze.reason})" if closed.freeze else ""
    until = f"until {closed.until.isoformat()}" if closed.until else "and no change window opens"
    return Obstacle(
        reason=Reason.CHANGE_FREEZE if closed.freeze else Reason.OUTSIDE_CHANGE_WINDOW,
        sentence=f"No change is allowed now in {place}{why}, {until}.",
        until=closed.until,
    )


def waits_for(closed: Obstacle, rules: EnvironmentPolicy) -> bool:
    """Whether a change waits for its window. For a window that never opens, it needs approval instead."""
    return rules.outside_window is OutsideWindow.WAIT and closed.until is not None
