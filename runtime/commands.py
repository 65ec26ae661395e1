"""Operators' commands: each is a run with one outcome, under the message id that SQS gave to it.

Who may send a command is IAM's to say, on the two queues. Who did send it is SQS's word, its ``SenderId``; the ARN in
the message is the sender's own and has to agree with it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from runtime.aws.exception_register import ExceptionRegister
from runtime.aws.registry import Registry
from runtime.domain.audit import AuditEvent, EventKind, Evidence, History
from runtime.domain.command import (
    FOR_APPROVERS,
    FOR_OPERATORS,
    AnnounceStop,
    ApproveException,
    ApprovePlan,
    ClearBlock,
    Command,
    DenyPlan,
    DryRun,
    Order,
    RequestException,
    RevokeException,
    UndoChange,
    parse_moment,
    parse_order,
)
from runtime.domain.errors import CommandInvalid, CommandRefused, ConditionalWriteConflict
from runtime.domain.exceptions import ExceptionRequest, RegisteredException, Step
from runtime.domain.facts import WaiverStatus
from runtime.domain.followup import run_begun_by
from runtime.domain.guardrails import Past, PastKind
from runtime.domain.outcome import Outcome, Reason
from runtime.domain.policy import Policy
from runtime.domain.review import Review, ReviewStatus, review_of
from runtime.message import Message
from runtime.recorder import Recorder
from runtime.sweep import Sweep

_EXCEPTION_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,63}")
_ACCOUNT_ID = re.compile(r"[0-9]{12}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Done:
    """What a command came to. The fields say what it was about, where it was about something."""

    reason: Reason
    sentence: str
    about: AuditEvent | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Commands:
    """Carries out commands, over what they need."""

    policy: Callable[[], Policy]
    registry: Registry
    exceptions: ExceptionRegister
    recorder: Recorder
    sweep: Sweep

    def handle_operator(self, message: Message) -> None:
        """A message from the commands queue. Raises a ``SutureError`` where it should be tried again."""
        self._handle(message, FOR_OPERATORS)

    def handle_approver(self, message: Message) -> None:
        """A message from the approvals queue. Raises as ``handle_operator`` does."""
        self._handle(message, FOR_APPROVERS)

    def _handle(self, message: Message, allowed: tuple[type[Command], ...]) -> None:
        history = self.recorder.begin(message.id)
        outcome = history.outcome
        policy = self.policy()
        if outcome is None:
            outcome = self._decide(message, allowed, policy)
            self.recorder.conclude(outcome, history)
        else:
            self.recorder.finish(outcome, history)
        self._begin(outcome, policy)

    def _decide(self, message: Message, allowed: tuple[type[Command], ...], policy: Policy) -> AuditEvent:
        """The outcome of a command: it was done, or why it was not."""
        event = replace(self.recorder.blank(message.id), catalog_version=policy.version)
        try:
            order = parse_order(message.body)
            event = replace(event, evidence=Evidence(order=order))
            _check_sender(order, message, allowed)
            done = self._do(order, message.id, policy)
        except (CommandInvalid, CommandRefused) as refused:
            return replace(event, outcome=Outcome.REJECT, reason=refused.reason, sentence=str(refused))
        event = replace(event, outcome=Outcome.DONE, reason=done.reason, sentence=done.sentence)
        if done.about is None:
            return event
        return replace(
            event,
            issue_id=done.about.issue_id,
            account_id=done.about.account_id,
            resource_arn=done.about.resource_arn,
            entry_id=done.about.entry_id,
            fix_id=done.about.fix_id,
            environment=done.about.environment,
            owner=done.about.owner,
            plan_digest=done.about.plan_digest,
            evidence=replace(event.evidence, target_id=done.about.correlation_id),
        )

    def _begin(self, outcome: AuditEvent, policy: Policy) -> None:
        """What an accepted command sets going. Again, if the command comes again: each thing begins once."""
        order = outcome.evidence.order
        if order is None:
            return
        if outcome.reason is Reason.RESUME_ANNOUNCED:
            self.sweep.release(policy)
        run = run_begun_by(order.command, outcome.reason, outcome.correlation_id)
        if run is not None:
            self.recorder.outbox.run(run)

    def _do(self, order: Order, command_id: str, policy: Policy) -> _Done:
        match order.command:
            case ApprovePlan() as approve:
                return self._approve(approve, order, command_id, policy)
            case DenyPlan() as deny:
                return self._deny(deny, order, command_id)
            case UndoChange() as undo:
                return self._undo(undo)
            case DryRun() as dry_run:
                return self._dry_run(dry_run)
            case ClearBlock() as clear:
                return self._clear(clear, order, command_id)
            case RequestException() as request:
                return self._request_exception(request, order, command_id, policy)
            case ApproveException() as approve:
                return self._approve_exception(approve, order, command_id)
            case RevokeException() as revoke:
                return self._revoke_exception(revoke, order, command_id)
            case AnnounceStop() as announce:
                return self._announce(announce)

    # -- reviews ----------------------------------------------------------------------------------------------------

    def _approve(self, command: ApprovePlan, order: Order, command_id: str, policy: Policy) -> _Done:
        review = self._review(command.review_id)
        if command.digest != review.stored.plan_digest:
            raise CommandRefused(
                Reason.PLAN_MISMATCH,
                f"The plan up for review has the digest {review.stored.plan_digest}, not {command.digest}. "
                f"Read it again: suture review show {review.id}.",
            )
        mine = [event for event in review.approvals if event.evidence.command_id == command_id]
        if not mine:
            self._check_pending(review)
            try:
                self._add(review, EventKind.APPROVAL, Reason.APPROVAL_COUNTED, command.reason, order, command_id)
            except ConditionalWriteConflict as error:
                raise CommandRefused(
                    Reason.SAME_PERSON, f"{order.principal.arn} has approved this plan already."
                ) from error
            review = self._review(command.review_id)
        rules = policy.environments.get(review.stored.environment)
        needed, found = rules.approvers if rules else 1, len(review.approval.approvers)
        if found < needed and review.verdict is None:
            return _Done(
                reason=Reason.APPROVAL_COUNTED,
                sentence=f"{found} of {needed} different people have approved the plan of {review.id}.",
                about=review.stored,
            )
        self._give_verdict(review, Reason.APPROVAL_COMPLETE, command.reason, order, command_id)
        return _Done(
            reason=Reason.APPROVAL_COMPLETE,
            sentence=f"The plan of {review.id} is approved by {', '.join(review.approval.approvers)}.",
            about=review.stored,
        )

    def _deny(self, command: DenyPlan, order: Order, command_id: str) -> _Done:
        review = self._review(command.review_id)
        if review.verdict is None or review.verdict.evidence.command_id != command_id:
            self._check_pending(review)
            self._give_verdict(review, Reason.REVIEW_DENIED, command.reason, order, command_id)
        return _Done(
            reason=Reason.REVIEW_DENIED,
            sentence=f"{order.principal.arn} denied the plan of {review.id}: {command.reason}",
            about=review.stored,
        )

    def _review(self, review_id: str) -> Review:
        history = self.recorder.trail.read(review_id)
        review = review_of(history)
        if review is not None:
            return review
        if history.outcome is None:
            raise CommandRefused(Reason.NOTHING_RECORDED, f"No run with the id {review_id!r} has ended.")
        raise CommandRefused(
            Reason.NOT_UNDER_REVIEW,
            f"The run {review_id} ended as {history.outcome.outcome}: its plan is not one that people are asked about.",
        )

    def _check_pending(self, review: Review) -> None:
        match review.status(self.recorder.now()):
            case ReviewStatus.PENDING:
                return
            case ReviewStatus.EXPIRED:
                raise CommandRefused(
                    Reason.REVIEW_EXPIRED,
                    f"The plan of {review.id} could be approved until {review.approval.expires_at.isoformat()}. "
                    "Have Wiz send the finding again.",
                )
            case ReviewStatus.APPROVED | ReviewStatus.DENIED as over:
                raise CommandRefused(Reason.NOT_UNDER_REVIEW, f"The plan of {review.id} was {over} already.")

    def _give_verdict(self, review: Review, reason: Reason, sentence: str, order: Order, command_id: str) -> None:
        """End the review. Raises ``CommandRefused`` if it has ended the other way."""
        try:
            self._add(review, EventKind.VERDICT, reason, sentence, order, command_id)
        except ConditionalWriteConflict:
            verdict = self.recorder.trail.read(review.id).verdict
            if verdict is None or verdict.reason is not reason:
                raise CommandRefused(
                    Reason.NOT_UNDER_REVIEW, f"Somebody else ended the review of {review.id} meanwhile."
                ) from None

    def _add(
        self, review: Review, kind: EventKind, reason: Reason, sentence: str, order: Order, command_id: str
    ) -> None:
        """Add to the record of the run that is reviewed. Raises ``ConditionalWriteConflict`` if that is there."""
        self.recorder.record(
            replace(
                review.stored,
                kind=kind,
                at=self.recorder.now(),
                outcome=Outcome.DONE,
                reason=reason,
                sentence=sentence,
                actor=order.principal.arn,
                code_version=self.recorder.code_version,
                evidence=Evidence(order=order, command_id=command_id),
            )
        )

    # -- runs that are asked for ------------------------------------------------------------------------------------

    def _undo(self, command: UndoChange) -> _Done:
        target = self._target(command.target_id).outcome
        if target is None:
            raise CommandRefused(Reason.NOT_UNDOABLE, f"The run {command.target_id} has not ended yet.")
        plan = target.evidence.plan
        if target.outcome not in (Outcome.REMEDIATE, Outcome.APPROVED) or plan is None:
            raise CommandRefused(
                Reason.NOT_UNDOABLE,
                f"The run {command.target_id} ended as {target.outcome}; what ended as REMEDIATE or APPROVED can be "
                "undone. Its record says what it did.",
            )
        if not plan.reversible or target.evidence.after is None:
            raise CommandRefused(
                Reason.NOT_UNDOABLE,
                f"What {command.target_id} changed cannot be undone ({plan.fix_id}). Its record has the state before.",
            )
        what = "Whether it can be undone is looked at" if command.dry_run else "It is being undone"
        return _Done(reason=Reason.UNDO_ACCEPTED, sentence=f"{what}: {plan.summary}", about=target)

    def _dry_run(self, command: DryRun) -> _Done:
        history = self._target(command.target_id)
        source = history.outcome or history.held
        if source is None or source.evidence.finding is None:
            raise CommandRefused(Reason.NOTHING_RECORDED, f"The run {command.target_id} is not about a finding.")
        sentence = f"The finding {source.issue_id} is decided again, and nothing will be changed."
        return _Done(reason=Reason.DRY_RUN_ACCEPTED, sentence=sentence, about=source)

    def _clear(self, command: ClearBlock, order: Order, command_id: str) -> _Done:
        history = self._target(command.target_id)
        target = history.outcome or history.held
        if target is None or not target.fix_id:
            raise CommandRefused(Reason.NOTHING_RECORDED, f"The run {command.target_id} is not about a fix.")
        self.recorder.ledger.note(
            target.resource_arn,
            Past(
                kind=PastKind.CLEARED,
                fix_id=target.fix_id,
                correlation_id=command_id,
                at=self.recorder.now(),
                by=order.principal.arn,
                reason=command.reason,
            ),
        )
        sentence = f"{target.fix_id} may act on {target.resource_arn} again."
        return _Done(reason=Reason.BLOCK_CLEARED, sentence=sentence, about=target)

    def _target(self, target_id: str) -> History:
        history = self.recorder.trail.read(target_id)
        if not history.events:
            raise CommandRefused(Reason.NOTHING_RECORDED, f"Nothing is recorded under {target_id!r}.")
        return history

    # -- exceptions -------------------------------------------------------------------------------------------------

    def _request_exception(self, command: RequestException, order: Order, command_id: str, policy: Policy) -> _Done:
        now = self.recorder.now()
        expires_at = parse_moment(command.expires_at, "expires_at")
        if problem := _problem_of(command, expires_at, policy, now):
            raise CommandInvalid(problem)
        taken = self.exceptions.find(command.exception_id, command.account_id)
        if taken is not None and taken.request.requested.command_id != command_id:
            raise CommandInvalid(f"exception_id {command.exception_id!r} is taken")
        if taken is None:
            self.exceptions.request(
                ExceptionRequest(
                    id=command.exception_id,
                    control=command.control,
                    account_id=command.account_id,
                    resource=command.resource,
                    environment=command.environment,
                    ticket=command.ticket,
                    expires_at=expires_at,
                    requested=Step(principal=order.principal, reason=command.reason, at=now, command_id=command_id),
                )
            )
        return _Done(
            reason=Reason.EXCEPTION_REQUESTED,
            sentence=f"Exception {command.exception_id} waits for somebody else to approve it.",
        )

    def _approve_exception(self, command: ApproveException, order: Order, command_id: str) -> _Done:
        exception = self._exception(command.exception_id, command.account_id)
        requester = exception.request.requested.principal
        if exception.approved is None or exception.approved.command_id != command_id:
            if exception.status is not WaiverStatus.PENDING or self._has_ended(exception):
                raise CommandRefused(
                    Reason.EXCEPTION_NOT_PENDING, f"Exception {command.exception_id} is {self._state_of(exception)}."
                )
            if requester.person == order.principal.person:
                raise CommandRefused(
                    Reason.SAME_PERSON, f"{requester.arn} requested {command.exception_id}; somebody else approves it."
                )
            self.exceptions.approve(
                command.exception_id,
                command.account_id,
                Step(principal=order.principal, reason=command.reason, at=self.recorder.now(), command_id=command_id),
            )
        end = exception.request.expires_at.isoformat()
        sentence = f"Exception {command.exception_id} is in force until {end}."
        return _Done(reason=Reason.EXCEPTION_GRANTED, sentence=sentence)

    def _revoke_exception(self, command: RevokeException, order: Order, command_id: str) -> _Done:
        exception = self._exception(command.exception_id, command.account_id)
        if exception.revoked is None or exception.revoked.command_id != command_id:
            if exception.status is WaiverStatus.REVOKED or self._has_ended(exception):
                raise CommandRefused(
                    Reason.EXCEPTION_NOT_IN_FORCE, f"Exception {command.exception_id} is {self._state_of(exception)}."
                )
            self.exceptions.revoke(
                command.exception_id,
                command.account_id,
                Step(principal=order.principal, reason=command.reason, at=self.recorder.now(), command_id=command_id),
            )
        sentence = f"Exception {command.exception_id} counts no more: {command.reason}"
        return _Done(reason=Reason.EXCEPTION_REVOKED, sentence=sentence)

    def _exception(self, exception_id: str, account_id: str) -> RegisteredException:
        exception = self.exceptions.find(exception_id, account_id)
        if exception is None:
            where = f"account {account_id}" if account_id else "any account"
            raise CommandRefused(Reason.NOTHING_RECORDED, f"There is no exception {exception_id!r} for {where}.")
        return exception

    def _has_ended(self, exception: RegisteredException) -> bool:
        return exception.request.expires_at <= self.recorder.now()

    def _state_of(self, exception: RegisteredException) -> str:
        return f"{exception.status}{', and has ended' if self._has_ended(exception) else ''}"

    # -- stops ------------------------------------------------------------------------------------------------------

    def _announce(self, command: AnnounceStop) -> _Done:
        switch = next((one for one in self.registry.switches() if one.stop.id == command.stop_id), None)
        if switch is None:
            raise CommandRefused(Reason.NOTHING_RECORDED, f"There is no stop {command.stop_id!r}.")
        stop = switch.stop
        if switch.resumed is None:
            sentence = f"{stop.stopped_by} stopped {stop.target} ({stop.id}): {stop.reason}"
            return _Done(reason=Reason.STOP_ANNOUNCED, sentence=sentence)
        sentence = f"{switch.resumed.by} ended the stop of {stop.target} ({stop.id}): {switch.resumed.reason}"
        return _Done(reason=Reason.RESUME_ANNOUNCED, sentence=sentence)


def _check_sender(order: Order, message: Message, allowed: tuple[type[Command], ...]) -> None:
    """Raises ``CommandRefused`` unless the order is its sender's own, and ``CommandInvalid`` if it is out of place."""
    problem = order.principal.contradiction
    if not problem and order.principal.user_id != message.sender_id:
        problem = f"it names the user id {order.principal.user_id}, and SQS had it from {message.sender_id}"
    if problem:
        raise CommandRefused(Reason.IDENTITY_MISMATCH, f"The command is not its sender's own: {problem}.")
    if order.principal.unnamed and isinstance(order.command, (*FOR_APPROVERS, RequestException)):
        raise CommandRefused(
            Reason.IDENTITY_MISMATCH,
            f"{order.principal.arn} is a session that a tool has named, so nobody knows whose it is. Give it your own "
            "name: role_session_name in the profile, or --role-session-name.",
        )
    if not isinstance(order.command, allowed):
        names = ", ".join(kind.__name__ for kind in allowed)
        raise CommandInvalid(f"{type(order.command).__name__} does not come through this queue, which takes {names}")


def _problem_of(command: RequestException, expires_at: datetime, policy: Policy, now: datetime) -> str:
    """What is wrong with the request for an exception; empty if nothing is."""
    longest = policy.exceptions.max_days
    if not _EXCEPTION_ID.fullmatch(command.exception_id):
        return f"exception_id {command.exception_id!r} should be letters, digits and hyphens, 64 at most"
    if not any((command.control, command.account_id, command.resource, command.environment)):
        return "an exception needs a scope: a control, an account, a resource or an environment"
    if command.account_id and not _ACCOUNT_ID.fullmatch(command.account_id):
        return f"account_id {command.account_id!r} should be 12 digits"
    if command.environment and command.environment not in policy.environments:
        return f"environment {command.environment!r} is not one of {', '.join(sorted(policy.environments))}"
    if not command.ticket.strip():
        return "an exception needs a ticket"
    if expires_at <= now:
        return f"expires_at {expires_at.isoformat()} has passed"
    if expires_at - now > timedelta(days=longest):
        return f"expires_at {expires_at.isoformat()} is more than {longest} days away, which is the longest"
    return ""
