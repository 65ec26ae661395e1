"""Plans from a state that nobody has observed just now: one that a person stated, or one that was recorded."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from runtime.domain.case import LiveResourceNeeded
from runtime.domain.fix import options_for
from runtime.domain.plan import Planned, State
from runtime.fixes.contract import Fix


class StateUnreadable(Exception):
    """The state does not have the form that the fix observes. ``detail`` says what is wrong with it."""

    def __init__(self, fix_id: str, detail: str) -> None:
        self.fix_id = fix_id
        self.detail = detail
        super().__init__(f"{fix_id} cannot read this state ({detail})")


def plan_from(needed: LiveResourceNeeded, observed: State, now: datetime, fixes: Mapping[str, Fix]) -> Planned:
    """What the chosen fix makes of a state at a time in UTC. Raises ``StateUnreadable``."""
    fix = fixes[needed.entry.fix.id]
    try:
        return fix.plan(needed.resource, observed, options_for(needed.entry.fix.spec, needed.entry.options, now))
    except (AttributeError, LookupError, TypeError, ValueError) as error:
        # A fix only ever sees what it observed itself, so it does not look whether it has the right form.
        raise StateUnreadable(needed.entry.fix.id, f"{type(error).__name__}: {error}") from error
