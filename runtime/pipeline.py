"""The way of a finding, from the message to its one terminal audit event. Readable from top to bottom.

What may fail here for a while raises, and the message comes back: the trail says how far the run had come, and every
step can be taken twice. What fails for good becomes the outcome ``FAILED``. What has to wait is held, and goes on as a
message of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import assert_never

from runtime.aws.exception_register import ExceptionRegister
from runtime.aws.executor import AlreadyApplied, Applied, ChangeFailed, StaleState
from runtime.aws.ledger import Counted
from runtime.aws.registry import Registry
from runtime.domain.audit import AuditEvent, Evidence, History, with_decision, with_facts
from runtime.domain.case import Decision, LiveResourceNeeded, Wait
from runtime.domain.decision import decide
from runtime.domain.errors import (
    AwsError,
    ChangeStopped,
    MessageInvalid,
    PolicyChanged,
    SutureError,
)
from runtime.domain.facts import Approval, Facts, Waivers
from runtime.domain.finding import Dismissed, Finding
from runtime.domain.guardrails import Guardrails
from runtime.domain.moment import obstacle_to
from runtime.domain.outcome import Outcome, Reason
from runtime.domain.plan import Plan
from runtime.domain.policy import Policy
from runtime.intake import parse_message
from runtime.message import Message
from runtime.recorder import Recorder, failed, stale, with_after
from runtime.verification import Verification
from runtime.work import Work, Workshop

_MADE_BY_SOMEBODY = "The resource is compliant: made so by the interrupted run that announced the change, or by others."


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """The use case, over what it needs."""

    policy: Callable[[], Policy]
    registry: Registry
    exceptions: ExceptionRegister
    workshop: Workshop
    recorder: Recorder
    verification: Verification

    def handle_finding(self, message: Message) -> None:
        """A message from the findings queue: decide it, act where the decision says so, record and tell.

        Raises a ``SutureError`` where the message should be tried again.
        """
        intake = parse_message(message.body)
        correlation_id = intake.correlation_id or message.id
        history = self.recorder.begin(correlation_id)
        if self.take_up(history):
            return
        if history.held is not None:
            self.recorder.keep_holding(history)
            return
        policy = self.policy()
        blank = self.recorder.blank(correlation_id)
        event = replace(blank, catalog_version=policy.version, evidence=Evidence(payload_sha256=intake.sha256))
        match intake.result:
            case Dismissed() as dismissed:
                ended = replace(
                    event,
                    outcome=dismissed.outcome,
                    reason=dismissed.reason,
                    sentence=dismissed.sentence,
                    issue_id=dismissed.issue_id,
                    account_id=dismissed.account_id,
                )
                self.recorder.conclude(ended, history)
            case Finding() as finding:
                self._decide_and_act(_about(event, finding), policy, history, approval=None, dry_run=False)

    def take_up(self, history: History) -> bool:
        """Go on where an earlier delivery of the same run left off after its change, and say whether it did.

        Raises as ``handle_finding`` does.
        """
        if history.outcome is not None:
            self.recorder.finish(history.outcome, history)  # a crash may have come between recording and telling
        elif history.pending is not None:
            self.verification.look(history.pending, history, attempt=history.pending.attempt)
        else:
            return False
        return True

    def decide_again(
        self,
        source: AuditEvent,
        blank: AuditEvent,
        history: History,
        *,
        approval: Approval | None = None,
        dry_run: bool = False,
    ) -> None:
        """Decide a recorded finding again, on everything as it is now, and act where the decision says so.

        ``source`` is the event that holds the finding, ``blank`` the one of this run. With people's ``approval`` their
        plan is carried out, if it is what would be done now. Raises as ``handle_finding`` does.
        """
        finding = source.evidence.finding
        if finding is None:
            raise MessageInvalid(f"nothing recorded for {source.correlation_id} is a finding")
        event = _about(blank, finding)
        event = replace(event, evidence=replace(event.evidence, payload_sha256=source.evidence.payload_sha256))
        policy = self.policy()
        event = replace(event, catalog_version=policy.version)
        self._decide_and_act(event, policy, history, approval=approval, dry_run=dry_run)

    # -- deciding ---------------------------------------------------------------------------------------------------

    def _decide_and_act(
        self,
        event: AuditEvent,
        policy: Policy,
        history: History,
        *,
        approval: Approval | None,
        dry_run: bool,
    ) -> None:
        finding = event.evidence.finding
        assert finding is not None, "that is what is decided"
        facts = Facts(
            account=self.registry.account(finding.account_id),
            waivers=Waivers(registered=self.exceptions.waivers(finding.account_id)),
            approval=approval,
            dry_run=dry_run,
        )
        event = with_facts(event, facts)
        decision = decide(finding, facts, policy, event.at)
        if isinstance(decision, Decision):
            self._conclude_decision(decision, event, policy, history)
            return
        assert isinstance(decision, LiveResourceNeeded), "nothing is waited for before the resource was read"
        work = self.workshop.prepare(decision, event)
        event = with_decision(event, decision)
        event = replace(event, evidence=replace(event.evidence, options=decision.entry.options))
        try:
            facts = replace(facts, live=work.read_live(), guardrails=self._guardrails(decision, event))
            event = with_facts(event, facts)
            decision = decide(finding, facts, policy, event.at)
            match decision:
                case Wait():
                    event = with_decision(work.witnessed(event), decision.decision)
                    self.recorder.hold(event, decision.obstacle, history)
                case Decision(outcome=Outcome.REMEDIATE | Outcome.APPROVED, plan=Plan() as plan):
                    self._change(plan, work, with_decision(event, decision), policy, history)
                case Decision():
                    event = work.witnessed(event)
                    if decision.plan is not None:
                        event = replace(event, evidence=replace(event.evidence, permissions=work.permissions))
                    self._conclude_decision(decision, event, policy, history)
                case _:
                    raise AssertionError("with the live resource and the guardrails there is always a decision")
        except SutureError as error:
            if error.retryable:
                raise
            self.recorder.fail(work.witnessed(event), error, history)

    def _guardrails(self, needed: LiveResourceNeeded, event: AuditEvent) -> Guardrails:
        counted = Counted(correlation_id=event.correlation_id, account_id=needed.account.id, fix_id=needed.entry.fix.id)
        return Guardrails(
            stops=self.registry.stops(),
            past=self.recorder.ledger.past(needed.resource.arn),
            usage=self.recorder.ledger.usage(counted, event.at),
        )

    def _conclude_decision(self, decision: Decision, event: AuditEvent, policy: Policy, history: History) -> None:
        """End the run as decided, unless an earlier delivery of it may have changed something already."""
        event = with_decision(event, decision)
        if history.intent is None:
            if decision.outcome is Outcome.APPROVE:
                event = replace(event, expires_at=event.at + timedelta(hours=policy.approval_hours))
            self.recorder.conclude(event, history)
        elif decision.reason is Reason.ALREADY_COMPLIANT:
            sentence = (
                "The resource is compliant: the interrupted run that announced the change made it, or somebody else."
            )
            self.verification.look(replace(history.events[-1], sentence=sentence), history, attempt=1)
        elif decision.reason is Reason.FIX_REFUSED:
            # The change that was intended may be under way: a database in modification cannot be planned for.
            self.recorder.wait(history.events[-1], history, attempt=1)
        else:
            self.recorder.conclude(
                failed(
                    event,
                    Reason.INTERRUPTED,
                    "A run was interrupted after it had announced a change, and the finding is decided otherwise now "
                    f"({decision.reason}): {decision.sentence} Look at the resource and at the recorded intent.",
                ),
                history,
            )

    # -- acting -----------------------------------------------------------------------------------------------------

    def _change(self, plan: Plan, work: Work, event: AuditEvent, policy: Policy, history: History) -> None:
        if history.intent is not None and history.intent.plan_digest != plan.digest:
            self.recorder.conclude(
                failed(
                    work.witnessed(event),
                    Reason.INTERRUPTED,
                    "An interrupted run had announced another plan than the one that is needed now, so part of its "
                    "changes may be in place. The recorded intent has the state before, and how to undo.",
                ),
                history,
            )
            return
        with self.recorder.alone(plan.resource_arn, event.correlation_id, history):
            try:
                self._check_still_allowed(event, policy)
                self._count(event, policy)
                if history.intent is None:
                    self.recorder.intend(work.witnessed(event))
                result = work.executor.apply(plan, before_write=lambda: self._check_still_allowed(event, policy))
            except ChangeStopped as stopped:
                self.recorder.hold(work.witnessed(event), stopped.obstacle, history)
            except AwsError as error:
                if error.retryable:
                    raise
                self.recorder.conclude(
                    failed(work.witnessed(event), error.reason, f"{error}. Nothing was changed."), history
                )
            else:
                self._conclude_write(result, plan, work.witnessed(event), history)

    def _check_still_allowed(self, event: AuditEvent, policy: Policy) -> None:
        """Ask once more for stops and windows, as of now. Raises ``ChangeStopped``.

        Raises ``PolicyChanged`` where it was decided by a ``policy`` that is not in force any more: it says nothing.
        """
        current = self.policy()
        if current != policy:
            raise PolicyChanged(policy.version, current.version)
        obstacle = obstacle_to(
            policy,
            self.registry.stops(),
            account_id=event.account_id,
            fix_id=event.fix_id,
            environment=event.environment,
            now=self.recorder.now(),
        )
        if obstacle is not None:
            raise ChangeStopped(obstacle)

    def _count(self, event: AuditEvent, policy: Policy) -> None:
        """Count the write. What people approved counts too, and is not limited."""
        self.recorder.ledger.count(
            Counted(correlation_id=event.correlation_id, account_id=event.account_id, fix_id=event.fix_id),
            policy.writes_per_hour if event.outcome is Outcome.REMEDIATE else None,
            self.recorder.now(),
        )

    def _conclude_write(
        self,
        result: Applied | AlreadyApplied | StaleState | ChangeFailed,
        plan: Plan,
        event: AuditEvent,
        history: History,
    ) -> None:
        match result:
            case Applied() as applied:
                event = replace(event, evidence=replace(event.evidence, answers=applied.answers))
                event = with_after(event, applied.after)
                if applied.verified:
                    self.recorder.conclude(event, history)
                else:
                    self.recorder.wait(event, history, attempt=1)
            case AlreadyApplied(after=after) if history.intent is not None:
                self.recorder.conclude(replace(with_after(event, after), sentence=_MADE_BY_SOMEBODY), history)
            case AlreadyApplied(after=after):
                self.recorder.conclude(
                    replace(
                        with_after(event, after),
                        outcome=Outcome.SKIP,
                        reason=Reason.ALREADY_COMPLIANT,
                        sentence="Somebody else made the resource compliant in the meantime; nothing was changed.",
                    ),
                    history,
                )
            case StaleState(expected=expected, found=found):
                sentence = "The resource was changed after it had been planned for; nothing was changed."
                self.recorder.conclude(stale(event, expected=expected, found=found, sentence=sentence), history)
            case ChangeFailed() as broken:
                self.recorder.conclude(
                    failed(with_after(event, broken.left_in), broken.error.reason, _left_in_place(broken, plan)),
                    history,
                )
            case _ as never:
                assert_never(never)


def _about(event: AuditEvent, finding: Finding) -> AuditEvent:
    return replace(
        event,
        issue_id=finding.issue_id,
        account_id=finding.account_id,
        resource_arn=finding.resource_id,
        evidence=replace(event.evidence, finding=finding),
    )


def _left_in_place(broken: ChangeFailed, plan: Plan) -> str:
    """How a failed plan left the resource, saying no more than is known."""
    known = broken.error.refused and broken.left_in is not None
    least = "" if known else "at least "
    return f"{broken.error}. Changes still in place: {least}{broken.changes_left} of {len(plan.changes)}."
