"""Whether a command about a run is allowed: for the command line before it sends, and for the platform.

Each function raises ``CommandRefused`` if it is not.
"""

from __future__ import annotations

from dataclasses import dataclass

from runtime.domain.audit import AuditEvent, History
from runtime.domain.errors import CommandRefused
from runtime.domain.outcome import Reason
from runtime.domain.plan import Plan, State, answered


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """The change of a run: its outcome, its plan, and the state that it left, if known."""

    outcome: AuditEvent
    plan: Plan
    left: State | None


def recorded(run_id: str, history: History) -> History:
    """The history, if there is one."""
    if not history.events:
        raise CommandRefused(Reason.NOTHING_RECORDED, f"Nothing is recorded under {run_id!r}.")
    return history


def what_to_undo(run_id: str, history: History) -> Changed:
    """The change of a run, if it can be undone."""
    outcome = recorded(run_id, history).outcome
    if outcome is None:
        raise CommandRefused(Reason.NOT_UNDOABLE, f"The run {run_id} has not ended yet.")
    plan, left = outcome.evidence.plan, outcome.evidence.after
    if plan is None or not history.may_have_changed:
        raise CommandRefused(
            Reason.NOT_UNDOABLE,
            f"The run {run_id} ended as {outcome.outcome} without a change that can be undone. `suture audit show "
            f"{run_id}` shows what it did.",
        )
    if not plan.reversible or not answered(plan, outcome.evidence.answers):
        raise CommandRefused(
            Reason.NOT_UNDOABLE,
            f"What {run_id} changed cannot be undone ({plan.fix_id}). "
            f"`suture audit show {run_id}` shows the state before.",
        )
    return Changed(outcome=outcome, plan=plan, left=left)


def what_to_decide_again(run_id: str, history: History) -> AuditEvent:
    """The event of a run that is about a finding."""
    source = _source(run_id, history)
    if source is None or source.evidence.finding is None:
        raise CommandRefused(Reason.NOTHING_RECORDED, f"The run {run_id} is not about a finding.")
    return source


def what_to_clear(run_id: str, history: History) -> AuditEvent:
    """The event of a run that is about a fix on a resource."""
    source = _source(run_id, history)
    if source is None or not source.fix_id:
        raise CommandRefused(Reason.NOTHING_RECORDED, f"The run {run_id} is not about a fix.")
    return source


def what_is_held(run_id: str, history: History) -> AuditEvent:
    """The event with what holds a run."""
    held = recorded(run_id, history).held
    if held is None:
        raise CommandRefused(Reason.NOT_HELD, f"The run {run_id} is not held: `suture status` lists those that are.")
    return held


def what_to_end(run_id: str, history: History) -> AuditEvent:
    """The event with what holds a run, if the run certainly changed nothing."""
    held = what_is_held(run_id, history)
    if history.waiting is None:
        raise CommandRefused(
            Reason.NOT_HELD,
            f"The run {run_id} has an intent, and its change is not verified yet. To verify it: suture retry {run_id}.",
        )
    return held


def _source(run_id: str, history: History) -> AuditEvent | None:
    """The event with the subject of a run."""
    return recorded(run_id, history).outcome or history.waiting
