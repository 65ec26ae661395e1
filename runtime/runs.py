"""What goes on without a new finding: held runs, approved plans, undos and dry runs; and looks at slow changes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from runtime.domain.audit import AuditEvent, Evidence, History
from runtime.domain.command import UndoChange
from runtime.domain.errors import MessageInvalid
from runtime.domain.followup import (
    Approved,
    GoOn,
    Ordered,
    Run,
    Tick,
    Verify,
    parse_follow_up,
    parse_run,
    run_begun_by,
    run_id,
)
from runtime.domain.review import ReviewStatus, review_of
from runtime.message import Message
from runtime.pipeline import Pipeline
from runtime.recorder import Recorder
from runtime.sweep import Sweep
from runtime.undo import Undoing
from runtime.verification import Verification


@dataclass(frozen=True, slots=True, kw_only=True)
class Runs:
    """Takes the messages that the platform sends to itself to where they are handled."""

    recorder: Recorder
    pipeline: Pipeline
    undoing: Undoing
    verification: Verification
    sweep: Sweep

    def handle_follow_up(self, message: Message) -> None:
        """A message from the follow-up queue. Raises a ``SutureError`` where it should be tried again."""
        match parse_follow_up(message.body):
            case Tick():
                self.sweep.sweep()
            case Verify() as verify:
                history = self.recorder.begin(verify.correlation_id)
                if history.outcome is not None:
                    self.recorder.finish(history.outcome, history)
                elif history.intent is None:
                    raise MessageInvalid(f"no change was ever intended for {verify.correlation_id}")
                else:
                    self.verification.look(history.events[-1], history, attempt=verify.attempt)

    def handle_run(self, message: Message) -> None:
        """A message from the queue of runs. Raises a ``SutureError`` where it should be tried again."""
        run = parse_run(message.body)
        history = self.recorder.begin(run_id(run))
        if self.pipeline.take_up(history):
            return
        match run:
            case GoOn():
                self._go_on(run, history)
            case Approved():
                self._carry_out_approved(run, history)
            case Ordered():
                self._carry_out_order(run, history)

    def _go_on(self, run: GoOn, history: History) -> None:
        held = history.held
        if held is None:
            raise MessageInvalid(f"{run.correlation_id} is not waiting for anything")
        if held.attempt == run.attempt:
            blank = self._blank(run, target_id=held.evidence.target_id)
            self.pipeline.decide_again(held, blank, history, approval=held.evidence.approval)
        else:  # it had to wait again since this message was sent
            self.recorder.keep_holding(history)

    def _carry_out_approved(self, run: Approved, history: History) -> None:
        if history.held is not None:
            self.recorder.keep_holding(history)
            return
        review = review_of(self.recorder.trail.read(run.review_id))
        if review is None or review.status(self.recorder.now()) is not ReviewStatus.APPROVED:
            raise MessageInvalid(f"people have not approved a plan of {run.review_id}")
        blank = self._blank(run, target_id=review.id)
        self.pipeline.decide_again(review.stored, blank, history, approval=review.approval)

    def _carry_out_order(self, run: Ordered, history: History) -> None:
        command = self.recorder.trail.read(run.command_id).outcome
        order = command.evidence.order if command else None
        if command is None or order is None or run_begun_by(order.command, command.reason, run.command_id) != run:
            raise MessageInvalid(f"{run.command_id} is not the record of an accepted command that begins a run")
        target = self.recorder.trail.read(command.evidence.target_id)
        source = target.outcome or target.held
        if source is None:
            raise MessageInvalid(f"nothing is recorded for {command.evidence.target_id}")
        blank = self._blank(run, target_id=source.correlation_id, order=order, command_id=run.command_id)
        if isinstance(order.command, UndoChange):
            self.undoing.carry_out(blank, source, history)
        else:  # the only other one is DryRun
            self.pipeline.decide_again(source, blank, history, dry_run=True)

    def _blank(self, run: Run, **evidence: Any) -> AuditEvent:
        return replace(self.recorder.blank(run_id(run)), evidence=Evidence(**evidence))
