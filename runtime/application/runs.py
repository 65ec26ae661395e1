"""Routes the messages that the platform sends to itself."""

from __future__ import annotations

from dataclasses import dataclass

from runtime.application.findings import Findings
from runtime.application.journal import Journal
from runtime.application.ports import Message
from runtime.application.resume import Resume
from runtime.application.undo import Undo
from runtime.application.verification import Verification
from runtime.domain.audit import History
from runtime.domain.command import UndoChange
from runtime.domain.errors import MessageInvalid
from runtime.domain.followup import (
    Approved,
    ResumeHeld,
    RunCommand,
    Tick,
    Verify,
    parse_follow_up,
    parse_run,
    run_begun_by,
    run_id,
)
from runtime.domain.review import ReviewStatus, review_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Runs:
    """A message only refers to records. Each method raises a ``SutureError`` if it should be retried."""

    journal: Journal
    findings: Findings
    undo: Undo
    verification: Verification
    resume: Resume

    def handle_follow_up(self, message: Message) -> None:
        """A message from the follow-up queue."""
        match parse_follow_up(message.body):
            case Tick():
                self.resume.sweep()
            case Verify(correlation_id=correlation_id):
                self.journal.telemetry.follow(correlation_id)
                history = self.journal.read(correlation_id)
                if history.outcome is not None:
                    self.journal.tell(history.outcome)
                elif history.pending is None:
                    raise MessageInvalid(f"no change of {correlation_id} is to be looked at")
                else:
                    self.verification.look(history)

    def handle_run(self, message: Message) -> None:
        """A message from the queue of runs."""
        run = parse_run(message.body)
        self.journal.telemetry.follow(run_id(run))
        before = self.journal.read(run_id(run))
        history = self.findings.resume(before)
        if history is not None:
            match run:
                case ResumeHeld():
                    self._resume_held(run, message, history)
                case Approved():
                    self._carry_out_approved(run, message, history)
                case RunCommand():
                    self._carry_out_command(run, message, history)
        if before.holds:
            self.resume.release_next(before.holds[-1].account_id)

    def _resume_held(self, run: ResumeHeld, message: Message, history: History) -> None:
        if not history.holds:
            raise MessageInvalid(f"{run.correlation_id} is not waiting for anything")
        held = history.holds[-1]
        if held.attempt != run.attempt:
            return  # it had to wait again since this message was sent
        this = self.journal.run(run.correlation_id, target_id=held.evidence.target_id)
        self.findings.decide_again(held, this, message, history, approval=held.evidence.approval)

    def _carry_out_approved(self, run: Approved, message: Message, history: History) -> None:
        if self.findings.waits(history):
            return
        review = review_of(self.journal.read(run.review_id))
        if review is None or review.status(self.journal.now()) is not ReviewStatus.APPROVED:
            raise MessageInvalid(f"people have not approved a plan of {run.review_id}")
        asked = review.stored.evidence
        if asked.order is not None and isinstance(asked.order.command, UndoChange):
            target = self.journal.read(asked.target_id).outcome
            assert target is not None, "people were asked about what it changed"
            this = self.journal.run(
                run_id(run), target_id=asked.target_id, order=asked.order, command_id=asked.command_id
            )
            command = asked.order.command
            self.undo.carry_out(this, asked.order, command, target, message, history, approval=review.approval)
            return
        this = self.journal.run(run_id(run), target_id=review.id)
        self.findings.decide_again(review.stored, this, message, history, approval=review.approval)

    def _carry_out_command(self, run: RunCommand, message: Message, history: History) -> None:
        command = self.journal.read(run.command_id).outcome
        order = command.evidence.order if command else None
        if command is None or order is None or run_begun_by(command) != run:
            raise MessageInvalid(f"{run.command_id} is not the record of an accepted command that begins a run")
        target = self.journal.read(command.evidence.target_id)
        source = target.outcome or (target.holds[-1] if target.holds else None)
        if source is None:
            raise MessageInvalid(f"nothing is recorded for {command.evidence.target_id}")
        this = self.journal.run(run_id(run), target_id=source.correlation_id, order=order, command_id=run.command_id)
        if isinstance(order.command, UndoChange):
            self.undo.carry_out(this, order, order.command, source, message, history)
        else:  # the only other one is DryRun
            self.findings.decide_again(source, this, message, history, dry_run=True)
