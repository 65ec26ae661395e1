"""The way of a finding, from the message to its one terminal audit event. Readable from top to bottom.

What may fail here for a while raises, and the message comes back: the trail says how far the finding had come, and
every step can be taken twice. What fails for good becomes the outcome ``FAILED``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol, assert_never

from runtime.aws.audit_trail import AuditTrail
from runtime.aws.customer import CustomerAccounts
from runtime.aws.executor import AlreadyApplied, Applied, ChangeFailed, StaleState
from runtime.aws.locks import ResourceLocks
from runtime.aws.outbox import LONGEST_DELAY_SECONDS, Outbox
from runtime.aws.registry import Registry
from runtime.domain.audit import AuditEvent, EventKind, Evidence, History, with_decision
from runtime.domain.decision import Decision, LiveResourceNeeded, decide
from runtime.domain.errors import AwsError, ConditionalWriteConflict, MessageInvalid, SutureError
from runtime.domain.facts import LiveResource
from runtime.domain.finding import Dismissed, Finding
from runtime.domain.followup import Verify, parse_follow_up
from runtime.domain.outcome import Outcome, Reason
from runtime.domain.plan import Compliant, Plan, State
from runtime.domain.policy import Policy
from runtime.fixes.contract import Fix
from runtime.intake import parse_message
from runtime.work import Work

VERIFY_ATTEMPTS = 10
"""Looks at a change that takes its time, the delay doubling up to 15 minutes. Then it has failed."""

_MADE_BY_SOMEBODY = "The resource is compliant: made so by the interrupted run that announced the change, or by others."


class Telemetry(Protocol):
    """Where logs and metrics go."""

    def follow(self, correlation_id: str) -> None:
        """Everything logged from now on belongs to this finding."""
        ...

    def recorded(self, event: AuditEvent) -> None:
        """An event was written to the audit trail."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message from a queue. ``id`` is the queue's, the same for every delivery."""

    id: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """The use case, over what it needs. ``verify_seconds`` is the delay before the first look at a slow change."""

    policy: Callable[[], Policy]
    registry: Registry
    trail: AuditTrail
    locks: ResourceLocks
    accounts: CustomerAccounts
    outbox: Outbox
    fixes: Mapping[str, Fix]
    telemetry: Telemetry
    now: Callable[[], datetime]
    actor: str
    code_version: str
    verify_seconds: int

    def handle_finding(self, message: Message) -> None:
        """A message from the findings queue: decide it, act where the decision says so, record and tell.

        Raises a ``SutureError`` where the message should be tried again.
        """
        intake = parse_message(message.body)
        correlation_id = intake.correlation_id or message.id
        self.telemetry.follow(correlation_id)
        history = self.trail.read(correlation_id)
        if history.outcome is not None:
            self.outbox.tell(history.outcome)  # a crash may have come between recording and telling
            return
        policy = self.policy()
        event = AuditEvent(
            correlation_id=correlation_id,
            kind=EventKind.OUTCOME,
            at=self.now(),
            outcome=Outcome.FAILED,
            reason=Reason.INTERNAL_ERROR,
            sentence="",
            actor=self.actor,
            code_version=self.code_version,
            catalog_version=policy.version,
            evidence=Evidence(payload_sha256=intake.sha256),
        )
        match intake.result:
            case Dismissed() as dismissed:
                self._conclude(
                    replace(
                        event,
                        outcome=dismissed.outcome,
                        reason=dismissed.reason,
                        sentence=dismissed.sentence,
                        issue_id=dismissed.issue_id,
                        account_id=dismissed.account_id,
                    )
                )
            case Finding() as finding:
                event = replace(
                    event,
                    issue_id=finding.issue_id,
                    account_id=finding.account_id,
                    resource_arn=finding.resource_id,
                    evidence=replace(event.evidence, finding=finding),
                )
                self._decide_and_act(finding, policy, event, history)

    def handle_follow_up(self, message: Message) -> None:
        """A message from the follow-up queue: look again whether a change has taken effect.

        Raises a ``SutureError`` where the message should be tried again.
        """
        verify = parse_follow_up(message.body)
        self.telemetry.follow(verify.correlation_id)
        history = self.trail.read(verify.correlation_id)
        if history.outcome is not None:
            self.outbox.tell(history.outcome)
            return
        if history.intent is None:
            raise MessageInvalid(f"no change was ever intended for {verify.correlation_id}")
        self._verify(history.events[-1], attempt=verify.attempt)

    # -- deciding ---------------------------------------------------------------------------------------------------

    def _decide_and_act(self, finding: Finding, policy: Policy, event: AuditEvent, history: History) -> None:
        facts = self.registry.read_facts(finding.account_id)
        decision = decide(finding, facts, policy, event.at)
        if isinstance(decision, Decision):
            self._conclude_decision(decision, event, history)
            return
        work = self._work(decision, event)
        event = with_decision(event, decision)
        event = replace(event, evidence=replace(event.evidence, options=decision.entry.options))
        try:
            live = work.read_live()
            if isinstance(live, LiveResource):
                event = replace(event, evidence=replace(event.evidence, tags=live.tags))
            decision = decide(finding, replace(facts, live=live), policy, event.at)
            assert isinstance(decision, Decision), "with the live resource there is always a decision"
            if decision.outcome is Outcome.REMEDIATE:
                self._remediate(decision, work, event, history)
            else:
                self._conclude_decision(decision, work.witnessed(event), history)
        except SutureError as error:
            if error.retryable:
                raise
            self._fail(work, event, history, error)

    def _fail(self, work: Work, event: AuditEvent, history: History, error: SutureError) -> None:
        """End the finding because of an error; on the record of an intended change, if there is one."""
        if history.intent is None:
            self._conclude(_failed(work.witnessed(event), error.reason, str(error)))
        else:
            self._conclude(
                _failed(
                    work.witnessed(history.intent),
                    error.reason,
                    f"{error}. An earlier run had announced a change, which may have been made: look at the resource.",
                )
            )

    def _conclude_decision(self, decision: Decision, event: AuditEvent, history: History) -> None:
        """End the finding as decided, unless an earlier run may have changed something already."""
        event = with_decision(event, decision)
        if history.intent is None:
            self._conclude(event)
        elif decision.reason is Reason.ALREADY_COMPLIANT:
            sentence = (
                "The resource is compliant: the interrupted run that announced the change made it, or somebody else."
            )
            self._verify(replace(history.events[-1], sentence=sentence), attempt=1)
        elif decision.reason is Reason.FIX_REFUSED:
            # The change that was intended may be under way: a database in modification cannot be planned for.
            self._wait(history.events[-1], attempt=1)
        else:
            self._conclude(
                _failed(
                    event,
                    Reason.INTERRUPTED,
                    "A run was interrupted after it had announced a change, and the finding is decided otherwise now "
                    f"({decision.reason}): {decision.sentence} Look at the resource and at the recorded intent.",
                )
            )

    # -- acting -----------------------------------------------------------------------------------------------------

    def _remediate(self, decision: Decision, work: Work, event: AuditEvent, history: History) -> None:
        event = with_decision(event, decision)
        plan = decision.plan
        assert plan is not None, "a decision to remediate has a plan"
        if history.intent is not None and history.intent.plan_digest != plan.digest:
            self._conclude(
                _failed(
                    work.witnessed(event),
                    Reason.INTERRUPTED,
                    "An interrupted run had announced another plan than the one that is needed now, so part of its "
                    "changes may be in place. The recorded intent has the state before, and how to undo.",
                )
            )
            return
        with self.locks.hold(plan.resource_arn, event.correlation_id):
            if self.trail.read(event.correlation_id) != history:
                raise ConditionalWriteConflict(event.correlation_id)  # a second delivery got ahead of this one
            if history.intent is None:
                self._record(replace(work.witnessed(event), kind=EventKind.INTENT, at=self.now()))
            try:
                result = work.executor.apply(plan)
            except AwsError as error:
                if error.retryable:
                    raise
                self._conclude(_failed(work.witnessed(event), error.reason, f"{error}. Nothing was changed."))
            else:
                self._conclude_write(result, plan, work.witnessed(event), history)

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
                event = _with_after(event, applied.after)
                if applied.verified:
                    self._conclude(event)
                else:
                    self._wait(event, attempt=1)
            case AlreadyApplied(after=after) if history.intent is not None:
                self._conclude(replace(_with_after(event, after), sentence=_MADE_BY_SOMEBODY))
            case AlreadyApplied(after=after):
                self._conclude(
                    replace(
                        _with_after(event, after),
                        outcome=Outcome.SKIP,
                        reason=Reason.ALREADY_COMPLIANT,
                        sentence="Somebody else made the resource compliant in the meantime; nothing was changed.",
                    )
                )
            case StaleState(found=found):
                self._conclude(
                    _failed(
                        _with_after(event, found),
                        Reason.STALE_STATE,
                        "The resource was changed after it had been planned for; nothing was changed.",
                    )
                )
            case ChangeFailed() as failed:
                self._conclude(
                    _failed(_with_after(event, failed.left_in), failed.error.reason, _left_in_place(failed, plan))
                )
            case _ as never:
                assert_never(never)

    def _verify(self, recorded: AuditEvent, *, attempt: int) -> None:
        """Look whether an intended change has taken effect; conclude, or wait for the next look."""
        work = self._work_again(recorded)
        if work is None:
            self._conclude(
                _failed(
                    recorded,
                    Reason.ACCOUNT_NOT_ONBOARDED,
                    "The change was announced, and then the account or the fix was taken away: nobody has looked at "
                    "whether it was made.",
                )
            )
            return
        event = replace(recorded, kind=EventKind.OUTCOME, at=self.now())
        try:
            after = work.executor.observe()
        except AwsError as error:
            if error.retryable:
                raise
            self._conclude(_failed(work.witnessed(event), error.reason, str(error)))
            return
        event = _with_after(work.witnessed(event), after)
        if isinstance(work.executor.plan(after), Compliant):
            self._conclude(event)
        elif attempt < VERIFY_ATTEMPTS:
            self._wait(event, attempt=attempt + 1)
        else:
            self._conclude(
                _failed(
                    event,
                    Reason.VERIFICATION_FAILED,
                    f"The change was made, but the resource is still not compliant after {attempt} looks.",
                )
            )

    def _wait(self, event: AuditEvent, *, attempt: int) -> None:
        """Record that the change is under way, and have it looked at later. Both can be done twice."""
        pending = replace(event, kind=EventKind.PENDING, at=self.now(), attempt=attempt)
        with suppress(ConditionalWriteConflict):  # a run that ended before it sent the message, or after, recorded it
            self._record(pending)
        self.outbox.follow_up(
            Verify(correlation_id=event.correlation_id, attempt=attempt),
            delay_seconds=min(self.verify_seconds * 2 ** (attempt - 1), LONGEST_DELAY_SECONDS),
        )

    # -- recording --------------------------------------------------------------------------------------------------

    def _conclude(self, event: AuditEvent) -> None:
        """Record the one outcome, then tell. A crash in between is made good when the message comes again."""
        outcome = replace(event, kind=EventKind.OUTCOME, at=self.now())
        self._record(outcome)
        self.outbox.tell(outcome)

    def _record(self, event: AuditEvent) -> None:
        self.trail.append(event)
        self.telemetry.recorded(event)

    # -- the customer's account --------------------------------------------------------------------------------------

    def _work(self, needed: LiveResourceNeeded, event: AuditEvent) -> Work:
        return Work(
            accounts=self.accounts,
            external_id=needed.account.external_id,
            resource=needed.resource,
            fix=self.fixes[needed.entry.fix.id],
            options=needed.entry.options,
            issue_id=event.issue_id,
            correlation_id=event.correlation_id,
            now=event.at,
        )

    def _work_again(self, recorded: AuditEvent) -> Work | None:
        """The work that was announced; ``None`` if its account is registered no more, or its fix does not exist."""
        account = self.registry.read_facts(recorded.account_id).account
        resource = recorded.evidence.resource
        if account is None or resource is None or recorded.fix_id not in self.fixes:
            return None
        return Work(
            accounts=self.accounts,
            external_id=account.external_id,
            resource=resource,
            fix=self.fixes[recorded.fix_id],
            options=recorded.evidence.options,
            issue_id=recorded.issue_id,
            correlation_id=recorded.correlation_id,
            now=recorded.at,
            earlier=recorded.evidence.sessions,
        )


def _failed(event: AuditEvent, reason: Reason, sentence: str) -> AuditEvent:
    return replace(
        event,
        outcome=Outcome.FAILED,
        reason=reason,
        sentence=sentence,
        evidence=replace(event.evidence, error=sentence),
    )


def _left_in_place(failed: ChangeFailed, plan: Plan) -> str:
    """How a failed plan left the resource, saying no more than is known."""
    known = failed.error.refused and failed.left_in is not None
    least = "" if known else "at least "
    return f"{failed.error}. Changes still in place: {least}{failed.changes_left} of {len(plan.changes)}."


def _with_after(event: AuditEvent, after: State | None) -> AuditEvent:
    return replace(event, evidence=replace(event.evidence, after=after))
