"""Undoes the change of an earlier run: with the same lease, session, executor, verification and record."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from runtime.application.announced import Announced
from runtime.application.attempts import attempted
from runtime.application.executor import ChangeFailed, StaleState, Undone
from runtime.application.journal import Journal
from runtime.application.ports import Mail, Message, PolicySource, Store, Together
from runtime.application.verification import Verification
from runtime.application.work import Work
from runtime.domain.audit import AuditEvent, History
from runtime.domain.command import Order, UndoChange
from runtime.domain.errors import AwsError, ResourceNotReady, SutureError
from runtime.domain.facts import Approval
from runtime.domain.guardrails import Past, PastKind
from runtime.domain.outcome import Reason
from runtime.domain.plan import Busy, Plan, State
from runtime.domain.stages import Run, Undoing, failed
from runtime.items.locks import Lease
from runtime.items.past import past_key, put_past

_STALE = (
    "Somebody changed the resource after this change, so it is not undone. The record has the state that the change "
    "had left and the state that was found."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Undo:
    """Undoes one change for one order. Stops do not hold it: an undo may be needed exactly then."""

    store: Store
    journal: Journal
    mail: Mail
    policy: PolicySource
    verification: Verification
    together: Together

    def carry_out(
        self,
        run: Run,
        order: Order,
        command: UndoChange,
        target: AuditEvent,
        message: Message,
        history: History,
        *,
        approval: Approval | None = None,
    ) -> None:
        """Undo the change of ``target``, the outcome of an earlier run. ``message`` starts it.

        If the policy requires approvers, and ``approval`` is not sufficient, the undo waits for approval.

        Raises a ``SutureError`` if the message should be retried.
        """
        plan, left = target.evidence.plan, target.evidence.after or {}
        assert plan is not None, "the command was refused otherwise"
        undoing = Undoing(run=run, order=order, command=command, target=target, observed=left, approval=approval)
        work = self.verification.resume(target, run.id)
        if work is None:
            sentence = "The account is no longer onboarded, or the fix was removed."
            self.journal.record(history, failed(undoing.event, Reason.ACCOUNT_NOT_ONBOARDED, sentence))
            return
        try:
            found = work.executor.observe()
        except AwsError as error:
            if error.retryable:
                raise
            undoing = replace(undoing, sessions=work.sessions)
            self.journal.record(history, failed(undoing.event, error.reason, str(error)))
            return
        hazard = work.fix.spec.undo_hazard
        undoing = replace(undoing, observed=found, sessions=work.sessions, hazard=hazard)
        made = plan.in_place(found)
        if made is None:
            self.journal.record(history, _stale(undoing, work, left, found))
        elif command.dry_run:
            self.journal.record(history, _planned(undoing, plan, work, back=made == 0))
        elif made > 0 and (asked := self._asked(undoing, plan, left)) is not None:
            self.journal.record(history, asked)
        elif isinstance(busy := work.executor.plan(found), Busy):
            raise ResourceNotReady(busy.sentence)
        else:
            self._take_back(undoing, plan, left, work, message, history)

    def _asked(self, undoing: Undoing, plan: Plan, left: State) -> AuditEvent | None:
        """The review of the undo; ``None`` if none is required, or it is approved."""
        policy, environment, approval = self.policy.current(), undoing.target.environment, undoing.approval
        rules = policy.environments.get(environment)
        needed = rules.undo_approvers if rules else 1
        approvers = approval.approvers if approval and undoing.run.at < approval.expires_at else ()
        if len(approvers) >= needed:
            return None
        sentence = (
            f"{undoing.order.principal.arn} requested an undo of the change of {undoing.target.correlation_id}: "
            f"{undoing.command.reason} In {environment} an undo needs the approval of {needed} other people."
        )
        until = undoing.run.at + timedelta(hours=policy.approval_hours)
        return replace(undoing, approval=None).approvable(plan.taken_back(left), sentence, until)

    def _take_back(
        self, undoing: Undoing, plan: Plan, left: State, work: Work, message: Message, history: History
    ) -> None:
        lease = Lease.for_run(plan.resource_arn, undoing.run.id)
        history = self._announce(undoing, plan, lease, history)
        announced = Announced(journal=self.journal, lease=lease, work=work, history=history)
        with lease.given_back(self.store):
            try:
                session = work.open_write()
                found, _ = self.together(work.executor.observe, lambda: self.mail.confirm(message))
            except SutureError as error:
                announced.give_up(error, replace(undoing, sessions=work.sessions).event)
                return
            answers = undoing.target.evidence.answers
            match work.executor.undo(plan, after=left, answers=answers, found=found, session=session):
                case Busy(sentence=sentence):
                    announced.give_up(ResourceNotReady(sentence), undoing.event)
                case Undone(after=after, restored=restored):
                    self.verification.conclude_announced(announced, after, answers, made=restored)
                case StaleState(expected=expected, found=after):
                    announced.withdraw(_STALE, _stale(undoing, work, expected, after))
                case ChangeFailed() as broken:
                    sentence = f"{broken.error}. Of {len(plan.changes)} changes, {broken.changes_left} may be in place."
                    announced.fail(broken.error.reason, sentence, after=broken.left_in)

    def _announce(self, undoing: Undoing, plan: Plan, lease: Lease, history: History) -> History:
        """One transaction, with the entry in the resource's past that blocks the fix for the next finding."""
        key = past_key(plan.resource_arn)

        def commit() -> History:
            now = self.journal.now()
            undone = Past(
                kind=PastKind.UNDONE,
                fix_id=plan.fix_id,
                correlation_id=undoing.run.id,
                at=now,
                by=undoing.order.principal.arn,
                reason=undoing.command.reason,
            )
            mark = put_past(key, self.store.read([key]).item(key), add=[undone])
            return self.journal.record(history, undoing.intended(), also=[lease.taken(now), mark])

        with lease.unless_busy():
            return attempted(commit, on=[key])


def _stale(undoing: Undoing, work: Work, expected: State, found: State) -> AuditEvent:
    event = replace(undoing, sessions=work.sessions).event
    return failed(event, Reason.STALE_STATE, _STALE, after=found, expected=expected)


def _planned(undoing: Undoing, plan: Plan, work: Work, *, back: bool) -> AuditEvent:
    calls = ", then ".join(f"{change.service}:{change.operation}" for change in reversed(plan.undo))
    sentence = "The resource is already as it was." if back else f"It would be undone by {calls}."
    return undoing.planned(work.permissions, f"{sentence}{undoing.besides} Nothing was changed.")
