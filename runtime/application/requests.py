"""Operators' commands about runs: undo, dry run, clear a block, retry or end a held run."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from runtime.application.commanded import Commanded, Done
from runtime.application.journal import Journal, wait_of
from runtime.application.ports import Store
from runtime.domain.command import ClearBlock, DryRun, EndRun, RetryRun, UndoChange
from runtime.domain.errors import CommandRefused
from runtime.domain.guardrails import Past, PastKind
from runtime.domain.hold import hold_of
from runtime.domain.outcome import Reason
from runtime.domain.requests import what_is_held, what_to_clear, what_to_decide_again, what_to_end, what_to_undo
from runtime.domain.stages import failed
from runtime.items import holds
from runtime.items.past import past_key, put_past


@dataclass(frozen=True, slots=True, kw_only=True)
class Requests:
    """Each method raises ``CommandRefused``, or another ``SutureError`` if the message should be retried."""

    store: Store
    journal: Journal

    def undo(self, command: UndoChange, commanded: Commanded) -> Done:
        changed = what_to_undo(command.target_id, self.journal.read(command.target_id))
        rules = commanded.policy.environments.get(changed.outcome.environment)
        if rules is not None and changed.outcome.at + timedelta(days=rules.undo_days) < commanded.now:
            raise CommandRefused(
                Reason.NOT_UNDOABLE,
                f"{command.target_id} made its change on {changed.outcome.at.date()}. In {rules.name} a change can be "
                f"undone for {rules.undo_days} days. Its record has the undo calls.",
            )
        what = "The platform checks whether it can be undone" if command.dry_run else "It is being undone"
        return Done(reason=Reason.UNDO_ACCEPTED, sentence=f"{what}: {changed.plan.summary}", about=changed.outcome)

    def dry_run(self, command: DryRun) -> Done:
        source = what_to_decide_again(command.target_id, self.journal.read(command.target_id))
        sentence = f"The finding {source.issue_id} is decided again, without a change."
        return Done(reason=Reason.DRY_RUN_ACCEPTED, sentence=sentence, about=source)

    def clear(self, command: ClearBlock, commanded: Commanded) -> Done:
        target = what_to_clear(command.target_id, self.journal.read(command.target_id))
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
        sentence = f"{target.fix_id} can act on {target.resource_arn} again."
        return Done(reason=Reason.BLOCK_CLEARED, sentence=sentence, about=target, also=(put,))

    def retry(self, command: RetryRun) -> Done:
        history = self.journal.read(command.target_id)
        held = what_is_held(command.target_id, history)
        sentence = f"The run {command.target_id} is released again as soon as nothing holds it."
        return Done(
            reason=Reason.RETRY_ACCEPTED,
            sentence=sentence,
            about=held,
            also=(holds.released_anew(hold_of(history)),),
        )

    def end(self, command: EndRun, commanded: Commanded) -> Done:
        history = self.journal.read(command.target_id)
        held = what_to_end(command.target_id, history)
        why = f"{commanded.principal.arn} ended this run while it was held: {command.reason}"
        ended = history.with_events([failed(held, Reason.ENDED_BY_OPERATOR, why)], commanded.now)
        return Done(
            reason=Reason.RUN_ENDED,
            sentence=f"The run {command.target_id} has ended without a change.",
            about=held,
            also=wait_of(ended),
            events=ended.events[-1:],
        )
