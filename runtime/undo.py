"""Takes back what an earlier run changed: through the same lock, session, executor, verification and audit."""

from __future__ import annotations

from dataclasses import dataclass, replace

from runtime.aws.executor import ChangeFailed, StaleState, Undone
from runtime.domain.audit import AuditEvent, EventKind, Evidence, History
from runtime.domain.command import Order, UndoChange
from runtime.domain.errors import AwsError
from runtime.domain.guardrails import Past, PastKind
from runtime.domain.outcome import Outcome, Reason
from runtime.domain.plan import Plan, State, same_state
from runtime.recorder import Recorder, failed, stale, with_after
from runtime.work import Work, Workshop

_STALE = (
    "Somebody changed the resource since this change was made, so it is not taken back. The record has both the state "
    "that the change had left and the one that was found."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Undoing:
    """Undoes one change for one order. It passes through stops: taking back is what one may need then."""

    workshop: Workshop
    recorder: Recorder

    def carry_out(self, run: AuditEvent, target: AuditEvent, history: History) -> None:
        """Take back what ``target``, the outcome of an earlier run, changed.

        ``run`` is the blank event of this one, with an order that holds an ``UndoChange``. Raises a ``SutureError``
        where it should be tried again.
        """
        order = run.evidence.order
        assert order is not None, "an undo is somebody's"
        assert isinstance(order.command, UndoChange), "that is the only command that undoes"
        event = _about(run, order, order.command, target)
        plan, left = target.evidence.plan, target.evidence.after
        assert plan is not None, "the command was refused otherwise"
        assert left is not None, "for a change that was seen to take effect has left some state"
        work = self.workshop.resume(event)
        if work is None:
            sentence = "The account is not onboarded any more, or the fix is gone."
            self.recorder.conclude(failed(event, Reason.ACCOUNT_NOT_ONBOARDED, sentence), history)
            return
        try:
            found = work.executor.observe()
            event = replace(event, evidence=replace(event.evidence, observed=found))
            back = same_state(found, plan.before, plan.volatile)
            if not back and not same_state(found, left, plan.volatile):
                self._conclude_changed(left, found, work, event, history)
            elif order.command.dry_run:
                self.recorder.conclude(_only_planned(plan, found, work, event, back=back), history)
            else:
                self._take_back(plan, left, work, event, history)
        except AwsError as error:
            if error.retryable:
                raise
            self.recorder.fail(work.witnessed(event), error, history)

    def _conclude_changed(self, left: State, found: State, work: Work, event: AuditEvent, history: History) -> None:
        """The resource is neither as the change left it nor as it was before."""
        if history.intent is None:
            self.recorder.conclude(stale(work.witnessed(event), expected=left, found=found, sentence=_STALE), history)
        else:  # an interrupted delivery of this run may have begun to take the change back: it may be under way
            self.recorder.wait(history.events[-1], history, attempt=1)

    def _take_back(self, plan: Plan, left: State, work: Work, event: AuditEvent, history: History) -> None:
        with self.recorder.alone(plan.resource_arn, event.correlation_id, history):
            # Noted before it is done: or a finding that comes right after it would have the fix made again.
            self.recorder.ledger.note(plan.resource_arn, self._undone(plan, event))
            if history.intent is None:
                self.recorder.intend(work.witnessed(event))
            result = work.executor.undo(plan, after=left, answers=event.evidence.answers)
            event = work.witnessed(event)
            match result:
                case Undone(after=after, restored=True):
                    self.recorder.conclude(with_after(event, after), history)
                case Undone(after=after):
                    self.recorder.wait(with_after(event, after), history, attempt=1)
                case StaleState(expected=expected, found=found):
                    self.recorder.conclude(stale(event, expected=expected, found=found, sentence=_STALE), history)
                case ChangeFailed() as broken:
                    sentence = f"{broken.error}. Of {len(plan.changes)} changes, {broken.changes_left} may be in place."
                    event = with_after(event, broken.left_in)
                    self.recorder.conclude(failed(event, broken.error.reason, sentence), history)

    def _undone(self, plan: Plan, event: AuditEvent) -> Past:
        order = event.evidence.order
        assert order is not None, "an undo is somebody's"
        assert isinstance(order.command, UndoChange), "that is the only command that undoes"
        return Past(
            kind=PastKind.UNDONE,
            fix_id=plan.fix_id,
            correlation_id=event.correlation_id,
            at=self.recorder.now(),
            by=order.principal.arn,
            reason=order.command.reason,
        )


def _about(run: AuditEvent, order: Order, command: UndoChange, target: AuditEvent) -> AuditEvent:
    """The event of an undo of what ``target`` records."""
    recorded = target.evidence
    return replace(
        target,
        correlation_id=run.correlation_id,
        kind=EventKind.OUTCOME,
        at=run.at,
        outcome=Outcome.UNDO,
        reason=Reason.UNDO_REQUESTED,
        sentence=f"{order.principal.arn} had the change of {target.correlation_id} undone: {command.reason}",
        actor=run.actor,
        code_version=run.code_version,
        catalog_version=run.catalog_version,
        waiver_id="",
        expires_at=None,
        evidence=Evidence(
            finding=recorded.finding,
            payload_sha256=recorded.payload_sha256,
            resource=recorded.resource,
            options=recorded.options,
            owner_path=recorded.owner_path,
            plan=recorded.plan,
            answers=recorded.answers,
            order=order,
            command_id=run.evidence.command_id,
            target_id=target.correlation_id,
        ),
    )


def _only_planned(plan: Plan, found: State, work: Work, event: AuditEvent, *, back: bool) -> AuditEvent:
    calls = ", then ".join(f"{change.service}:{change.operation}" for change in reversed(plan.undo))
    sentence = "The resource is back as it was already." if back else f"It would be undone by {calls}."
    event = replace(
        with_after(work.witnessed(event), found),
        outcome=Outcome.DRY_RUN,
        reason=Reason.DRY_RUN_BY_COMMAND,
        sentence=f"{sentence} Nothing was changed.",
    )
    return replace(event, evidence=replace(event.evidence, permissions=work.permissions))
