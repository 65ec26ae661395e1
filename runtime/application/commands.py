"""Operators' commands: each is a run with one outcome, under its SQS message id.

IAM enforces on the two queues who can send a command. SQS provides the sender, as ``SenderId``; the ARN in the message
comes from the sender and must agree with it. The effect of a command and its outcome are one transaction.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from runtime.application.attempts import attempted
from runtime.application.commanded import Commanded, Done
from runtime.application.exceptions import Exceptions
from runtime.application.journal import Journal
from runtime.application.ports import Mail, Message, PolicySource, RunMessage
from runtime.application.requests import Requests
from runtime.application.resume import Resume
from runtime.application.reviews import Reviews
from runtime.application.roles import Roles
from runtime.application.stops import Stops
from runtime.domain.audit import AuditEvent, History
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
    EndRun,
    Order,
    ReopenReview,
    RequestException,
    RetryRun,
    RevokeException,
    UndoChange,
    VerifyAccount,
    parse_order,
)
from runtime.domain.errors import CommandInvalid, CommandRefused
from runtime.domain.followup import run_begun_by, run_id
from runtime.domain.outcome import Outcome, Reason
from runtime.domain.people import People
from runtime.domain.policy import Policy
from runtime.items.trail import append


@dataclass(frozen=True, slots=True, kw_only=True)
class Commands:
    """Each method raises a ``SutureError`` if the message should be retried."""

    journal: Journal
    mail: Mail
    policy: PolicySource
    reviews: Reviews
    requests: Requests
    exceptions: Exceptions
    stops: Stops
    resume: Resume
    people: People
    roles: Roles

    def handle_operator(self, message: Message) -> None:
        """A message from the commands queue."""
        self._handle(message, FOR_OPERATORS)

    def handle_approver(self, message: Message) -> None:
        """A message from the approvals queue."""
        self._handle(message, FOR_APPROVERS)

    def _handle(self, message: Message, allowed: tuple[type[Command], ...]) -> None:
        self.journal.telemetry.follow(message.id)
        history = self.journal.read(message.id)
        if history.outcome is not None:
            self.journal.tell(history.outcome)
        else:
            self.mail.confirm(message)
            history = self._carry_out(message, allowed, self.policy.current())
        self._begin(history.events[-1])

    def _carry_out(self, message: Message, allowed: tuple[type[Command], ...], policy: Policy) -> History:
        """In one transaction with its effect, and again if others change the same items at the same time."""
        run = self.journal.run(message.id, policy.version)
        try:
            sender = self.people.sender(message.sender_id, approver=allowed is FOR_APPROVERS)
            order = parse_order(message.body, sender)
            run = replace(run, order=order)
            self._check_sender(order, message, allowed)
            return attempted(lambda: self._commit(Commanded(run=run, order=order, policy=policy, now=run.at)))
        except (CommandInvalid, CommandRefused) as refused:
            return self.journal.record(History(), run.command_ended(Outcome.REJECT, refused.reason, str(refused)))

    def _commit(self, commanded: Commanded) -> History:
        done = self._do(commanded)
        ended = commanded.run.command_ended(Outcome.DONE, done.reason, done.sentence, done.about)
        ended = replace(ended, evidence=replace(ended.evidence, roles=done.roles))
        history = self.journal.record(History(), ended, also=[*done.also, *map(append, done.events)])
        for event in done.events:
            self.journal.telemetry.recorded(event)
        return history

    def _begin(self, outcome: AuditEvent) -> None:
        """Start the run of an accepted command. A redelivered command starts it again, but it begins once."""
        match outcome.reason:
            case Reason.RESUME_ANNOUNCED:
                self.resume.sweep()
            case Reason.RETRY_ACCEPTED:
                self.resume.release_next(outcome.account_id)
            case Reason.RUN_ENDED:
                self.journal.tell(self.journal.read(outcome.evidence.target_id).events[-1])
                self.resume.release_next(outcome.account_id)
        begun = run_begun_by(outcome)
        if begun is not None:
            once = run_id(begun)
            self.mail.start([RunMessage(run=begun, once=once, in_order_with=once)])

    def _do(self, commanded: Commanded) -> Done:
        match commanded.order.command:
            case ApprovePlan() as command:
                return self.reviews.approve(command, commanded)
            case DenyPlan() as command:
                return self.reviews.deny(command, commanded)
            case ReopenReview() as command:
                return self.reviews.reopen(command, commanded)
            case UndoChange() as command:
                return self.requests.undo(command, commanded)
            case DryRun() as command:
                return self.requests.dry_run(command)
            case ClearBlock() as command:
                return self.requests.clear(command, commanded)
            case RetryRun() as command:
                return self.requests.retry(command)
            case EndRun() as command:
                return self.requests.end(command, commanded)
            case RequestException() | ApproveException() | RevokeException() as command:
                return self._about_exception(command, commanded)
            case AnnounceStop() as command:
                return self.stops.announce(command)
            case VerifyAccount() as command:
                return self.roles.verify(command, commanded)

    def _about_exception(
        self, command: RequestException | ApproveException | RevokeException, commanded: Commanded
    ) -> Done:
        match command:
            case RequestException():
                return self.exceptions.request(command, commanded)
            case ApproveException():
                return self.exceptions.approve(command, commanded)
            case RevokeException():
                return self.exceptions.revoke(command, commanded)

    def _check_sender(self, order: Order, message: Message, allowed: tuple[type[Command], ...]) -> None:
        """Raises ``CommandInvalid`` for an order in the wrong queue, ``CommandRefused`` for a sender without
        permission."""
        if not isinstance(order.command, allowed):
            names = ", ".join(kind.__name__ for kind in allowed)
            raise CommandInvalid(f"{type(order.command).__name__} is not accepted in this queue, which accepts {names}")
        problem = self.people.problem_with(order)
        if order.principal.user_id != message.sender_id:
            problem = (
                f"it names the user id {order.principal.user_id}, but the sender according to SQS is "
                f"{message.sender_id}"
            )
        if problem:
            raise CommandRefused(Reason.IDENTITY_MISMATCH, f"The command is not accepted from its sender: {problem}.")
