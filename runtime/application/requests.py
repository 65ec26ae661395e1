"""What operators ask about runs: to undo, to dry-run, to clear a block, to retry or to end what is held."""

from __future__ import annotations

from dataclasses import dataclass

from runtime.application.commanded import Commanded, Done
from runtime.application.journal import Journal, wait_of
from runtime.application.ports import Store
from runtime.domain.audit import AuditEvent, History
from runtime.domain.command import ClearBlock, DryRun, EndRun, RetryRun, UndoChange
from runtime.domain.errors import CommandRefused
from runtime.domain.guardrails import Past, PastKind
from runtime.domain.hold import hold_of
from runtime.domain.outcome import Outcome, Reason
from runtime.domain.plan import refers_to_answers
from runtime.domain.stages import failed
from runtime.items import holds
from runtime.items.past import past_key, put_past


@dataclass(frozen=True, slots=True, kw_only=True)
class Requests:
    """Each method raises ``CommandRefused``, or another ``SutureError`` where the message should be tried again."""

    store: Store
    journal: Journal

    def undo(self, command: UndoChange) -> Done:
        target = self._target(command.target_id).outcome
        if target is None:
            raise CommandRefused(Reason.NOT_UNDOABLE, f"The run {command.target_id} has not ended yet.")
        plan, recorded = target.evidence.plan, target.evidence
        if target.outcome not in (Outcome.REMEDIATE, Outcome.APPROVED) or plan is None:
            raise CommandRefused(
                Reason.NOT_UNDOABLE,
                f"The run {command.target_id} ended as {target.outcome}; what ended as REMEDIATE or APPROVED can be "
                "undone. Its record says what it did.",
            )
        unanswered = refers_to_answers(plan.undo) and len(recorded.answers) < len(plan.changes)
        if not plan.reversible or recorded.after is None or unanswered:
            raise CommandRefused(
                Reason.NOT_UNDOABLE,
                f"What {command.target_id} changed cannot be undone ({plan.fix_id}). Its record has the state before.",
            )
        what = "Whether it can be undone is looked at" if command.dry_run else "It is being undone"
        return Done(reason=Reason.UNDO_ACCEPTED, sentence=f"{what}: {plan.summary}", about=target)

    def dry_run(self, command: DryRun) -> Done:
        source = _source(self._target(command.target_id))
        if source is None or source.evidence.finding is None:
            raise CommandRefused(Reason.NOTHING_RECORDED, f"The run {command.target_id} is not about a finding.")
        sentence = f"The finding {source.issue_id} is decided again, and nothing will be changed."
        return Done(reason=Reason.DRY_RUN_ACCEPTED, sentence=sentence, about=source)

    def clear(self, command: ClearBlock, commanded: Commanded) -> Done:
        target = _source(self._target(command.target_id))
        if target is None or not target.fix_id:
            raise CommandRefused(Reason.NOTHING_RECORDED, f"The run {command.target_id} is not about a fix.")
        cleared = Past(
            kind=PastKind.CLEARED,
            fix_id=target.fix_id,
            correlation_id=commanded.run.id,
            at=commanded.now,
            by=commanded.principal.arn,
            reason=command.reason,
        )
        key = past_key(target.resource_arn)
        put = put_past(key, self.store.read([key]).item(key), add=[cleared])
        sentence = f"{target.fix_id} may act on {target.resource_arn} again."
        return Done(reason=Reason.BLOCK_CLEARED, sentence=sentence, about=target, also=(put,))

    def retry(self, command: RetryRun) -> Done:
        held, history = self._held(command.target_id)
        sentence = f"The run {command.target_id} is released again, as soon as nothing stands in its way."
        return Done(
            reason=Reason.RETRY_ACCEPTED,
            sentence=sentence,
            about=held,
            also=(holds.released_anew(hold_of(history)),),
        )

    def end(self, command: EndRun, commanded: Commanded) -> Done:
        held, history = self._held(command.target_id)
        if history.waiting is None:
            raise CommandRefused(
                Reason.NOT_HELD,
                f"The run {command.target_id} announced a change, and nobody has seen yet whether it was made. Have "
                f"that looked at: suture retry {command.target_id}.",
            )
        why = f"{commanded.principal.arn} ended this run while it was held: {command.reason}"
        ended = history.with_events([failed(held, Reason.ENDED_BY_OPERATOR, why)], commanded.now)
        return Done(
            reason=Reason.RUN_ENDED,
            sentence=f"The run {command.target_id} has ended; nothing was changed for it.",
            about=held,
            also=wait_of(ended),
            events=ended.events[-1:],
        )

    def _held(self, target_id: str) -> tuple[AuditEvent, History]:
        history = self._target(target_id)
        if history.held is None:
            raise CommandRefused(Reason.NOT_HELD, f"The run {target_id} is not held: `suture status` lists those.")
        return history.held, history

    def _target(self, target_id: str) -> History:
        history = self.journal.read(target_id)
        if not history.events:
            raise CommandRefused(Reason.NOTHING_RECORDED, f"Nothing is recorded under {target_id!r}.")
        return history


def _source(history: History) -> AuditEvent | None:
    """The event that says what a run is about."""
    return history.outcome or history.waiting
