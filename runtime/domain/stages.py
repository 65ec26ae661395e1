"""The stages of a run: what is known in each, and the event that records it. The only place that creates events.

A stage has no field that is unknown at that time. The time of an event is set when it is recorded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from runtime.domain.audit import AuditEvent, EventKind, Evidence, History, SessionRecord, recorded_waivers
from runtime.domain.case import Decision, LiveResourceNeeded, Wait, listed
from runtime.domain.command import Order, UndoChange
from runtime.domain.facts import Approval, Facts, LiveResource, NotRead
from runtime.domain.finding import Dismissed, Finding
from runtime.domain.fix import PermissionUse
from runtime.domain.hold import busy_until
from runtime.domain.outcome import Outcome, Reason
from runtime.domain.plan import Plan, State

_ABOUT = ("issue_id", "account_id", "resource_arn", "entry_id", "fix_id", "environment", "owner", "plan_digest")
"""Fields that an event copies from the event it is about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One delivery of a run. ``at`` is its start, in UTC.

    ``target_id`` is the run that this one is about, ``order`` the command that started it, and ``command_id`` the run
    of that command; empty if there is none.
    """

    id: str
    at: datetime
    actor: str
    code_version: str
    policy_version: str
    payload_sha256: str = ""
    target_id: str = ""
    order: Order | None = None
    command_id: str = ""

    def ended(self, outcome: Outcome, reason: Reason, sentence: str, **fields: Any) -> AuditEvent:
        return AuditEvent(
            correlation_id=self.id,
            kind=EventKind.OUTCOME,
            at=self.at,
            outcome=outcome,
            reason=reason,
            sentence=sentence,
            actor=self.actor,
            code_version=self.code_version,
            catalog_version=self.policy_version,
            evidence=Evidence(
                payload_sha256=self.payload_sha256,
                target_id=self.target_id,
                order=self.order,
                command_id=self.command_id,
            ),
            **fields,
        )

    def turned_away(self, dismissed: Dismissed) -> AuditEvent:
        """The message has no finding to decide."""
        return self.ended(
            dismissed.outcome,
            dismissed.reason,
            dismissed.sentence,
            issue_id=dismissed.issue_id,
            account_id=dismissed.account_id,
        )

    def command_ended(
        self, outcome: Outcome, reason: Reason, sentence: str, about: AuditEvent | None = None
    ) -> AuditEvent:
        """An operator's command was carried out, or refused. ``about`` is the event of the command's run."""
        event = self.ended(outcome, reason, sentence)
        return event if about is None else _with(_about(event, about), target_id=about.correlation_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Considered:
    """A finding, the facts, and the decision."""

    run: Run
    finding: Finding
    facts: Facts
    decision: Decision | LiveResourceNeeded | Wait
    sessions: tuple[SessionRecord, ...] = ()
    permissions: tuple[PermissionUse, ...] = ()
    """The permissions of a plan that is not carried out."""

    @property
    def event(self) -> AuditEvent:
        """With the facts of the decision, so that it can be decided again. The external id is omitted."""
        decision = self.decision.decision if isinstance(self.decision, Wait) else self.decision
        resource, entry, account = decision.resource, decision.entry, self.facts.account
        live = self.facts.live if isinstance(self.facts.live, LiveResource) else None
        guardrails = self.facts.guardrails
        if isinstance(decision, LiveResourceNeeded):
            event = self.run.ended(Outcome.FAILED, Reason.INTERNAL_ERROR, "")
        else:
            event = self._decided(decision)
        event = replace(
            event,
            issue_id=self.finding.issue_id,
            account_id=self.finding.account_id,
            resource_arn=resource.arn if resource else self.finding.resource_id,
            entry_id=entry.id if entry else "",
            fix_id=entry.fix.id if entry else "",
        )
        return _with(
            event,
            finding=self.finding,
            resource=resource,
            options=entry.options if entry else {},
            decided_at=self.run.at,
            platform=self.facts.platform,
            through_topic=self.facts.through_topic,
            account=replace(account, external_id="") if account else None,
            waivers=recorded_waivers(self.facts.waivers, self.run.at),
            tags=live.tags if live else {},
            observed=live.observed if live else None,
            guardrails=None if isinstance(guardrails, NotRead) else guardrails,
            approval=self.facts.approval,
            checks=decision.checks,
            permissions=self.permissions,
            sessions=self.sessions,
        )

    def _decided(self, decision: Decision) -> AuditEvent:
        plan, entry = decision.plan, decision.entry
        event = self.run.ended(
            decision.outcome,
            decision.reason,
            decision.sentence,
            environment=decision.environment,
            owner=decision.owner,
            waiver_id=decision.waiver_id,
            plan_digest=plan.digest if plan else "",
        )
        hazard = entry.fix.spec.hazard if entry and plan else ""
        return _with(event, owner_path=decision.owner_path, plan=plan, hazard=hazard, template=decision.template)

    def approvable(self, review_id: str, expires_at: datetime) -> AuditEvent:
        """The plan needs approval until ``expires_at`` (UTC), in a review that this run opens or joins."""
        return replace(self.event, review_id=review_id, expires_at=expires_at)

    def held(self, history: History, now: datetime) -> AuditEvent:
        """The run is held, again. For a busy resource not forever: then it ends with its decision."""
        assert isinstance(self.decision, Wait), "it waits for something"
        obstacle = self.decision.obstacle
        if obstacle.reason is Reason.RESOURCE_BUSY:
            until = busy_until(history, now)
            if until is None:
                return self.event
            obstacle = replace(obstacle, until=until)
        return replace(
            self.event,
            kind=EventKind.HELD,
            reason=obstacle.reason,
            sentence=obstacle.sentence,
            expires_at=obstacle.until,
            attempt=len(history.holds) + 1,
        )

    def intended(self, counted: tuple[str, ...]) -> AuditEvent:
        """A change is about to be made; ``counted`` is where it was counted."""
        return _with(self.event, kind=EventKind.INTENT, counted=counted)


@dataclass(frozen=True, slots=True, kw_only=True)
class Undoing:
    """The change of the run ``target`` is to be undone. ``observed`` is the current state."""

    run: Run
    order: Order
    command: UndoChange
    target: AuditEvent
    observed: State
    sessions: tuple[SessionRecord, ...] = ()
    hazard: str = ""
    approval: Approval | None = None

    @property
    def besides(self) -> str:
        """Other changes of the resource since, as a sentence; empty if there are none, or they are unknown."""
        plan, left = self.target.evidence.plan, self.target.evidence.after
        changed = plan.changed_besides(left, self.observed) if plan is not None and left is not None else ()
        return f" Later changes by others stay: {listed(changed)}." if changed else ""

    @property
    def event(self) -> AuditEvent:
        recorded, target = self.target.evidence, self.target
        sentence = f"{self.order.principal.arn} undid the change of {target.correlation_id}: {self.command.reason}"
        if self.approval is not None:
            sentence = f"{sentence} Approved by {', '.join(self.approval.approvers)}."
        sentence += self.besides
        return _with(
            _about(self.run.ended(Outcome.UNDO, Reason.UNDO_REQUESTED, sentence), target),
            finding=recorded.finding,
            payload_sha256=recorded.payload_sha256,
            resource=recorded.resource,
            options=recorded.options,
            owner_path=recorded.owner_path,
            plan=recorded.plan,
            hazard=self.hazard,
            answers=recorded.answers,
            observed=self.observed,
            approval=self.approval,
            sessions=self.sessions,
        )

    def intended(self) -> AuditEvent:
        """The change is about to be undone."""
        return replace(self.event, kind=EventKind.INTENT)

    def approvable(self, back: Plan, sentence: str, expires_at: datetime) -> AuditEvent:
        """The undo needs approval until ``expires_at`` (UTC)."""
        event = replace(
            self.event,
            outcome=Outcome.APPROVE,
            reason=Reason.UNDO_NEEDS_APPROVAL,
            sentence=sentence,
            plan_digest=back.digest,
            review_id=self.run.id,
            expires_at=expires_at,
        )
        return _with(event, plan=back)

    def planned(self, permissions: tuple[PermissionUse, ...], sentence: str) -> AuditEvent:
        """The change can be undone; a dry run was requested."""
        event = replace(self.event, outcome=Outcome.DRY_RUN, reason=Reason.DRY_RUN_BY_COMMAND, sentence=sentence)
        return _with(event, after=self.observed, permissions=permissions)


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Every change was made. ``after`` is the state read then, ``answers`` the parts of AWS's answers that an undo
    needs.

    ``intent`` is the event of the intent, or a later one of the same change.
    """

    intent: AuditEvent
    after: State
    answers: tuple[Mapping[str, Any], ...]
    sessions: tuple[SessionRecord, ...]

    @property
    def event(self) -> AuditEvent:
        sessions = _joined(self.intent, self.sessions)
        return _with(self.intent, after=self.after, answers=self.answers, sessions=sessions)

    def pending(self, attempt: int) -> AuditEvent:
        """The change has not taken effect yet. ``attempt`` is the number of the next verification."""
        return replace(self.event, kind=EventKind.PENDING, attempt=attempt)

    def verified(self, sentence: str = "") -> AuditEvent:
        """The change has taken effect. ``sentence`` has additional information, if any."""
        event = replace(self.event, kind=EventKind.OUTCOME)
        return replace(event, sentence=sentence) if sentence else event


def resumed(intent: AuditEvent) -> AuditEvent:
    """A later delivery settles an open intent."""
    return replace(intent, kind=EventKind.RESUMED)


def withdrawn(
    intent: AuditEvent,
    why: str,
    *,
    certain: bool,
    after: State | None = None,
    sessions: Sequence[SessionRecord] = (),
) -> AuditEvent:
    """Nothing was written after the intent. The write is not counted if that is ``certain``."""
    event = _with(intent, kind=EventKind.WITHDRAWN, after=after, sessions=_joined(intent, sessions))
    return replace(_with(event, counted=()) if certain else event, sentence=why)


def failed(
    before: AuditEvent,
    reason: Reason,
    sentence: str,
    *,
    after: State | None = None,
    expected: State | None = None,
    sessions: Sequence[SessionRecord] = (),
) -> AuditEvent:
    """The run ended before it was complete. ``before`` is the last known stage; ``after`` the state read last.

    ``expected`` is the expected state, which was not found.
    """
    event = replace(before, kind=EventKind.OUTCOME, outcome=Outcome.FAILED, reason=reason, sentence=sentence)
    after = before.evidence.after if after is None else after
    return _with(event, expected=expected, sessions=_joined(event, sessions), error=sentence, after=after)


def said(
    run: Run, order: Order, kind: EventKind, stored: AuditEvent, expires_at: datetime, reason: Reason, sentence: str
) -> AuditEvent:
    """What one person said to the plan that a run stored for review, which may be approved until ``expires_at``.

    It was a command, recorded by ``run``.
    """
    return replace(
        stored,
        kind=kind,
        expires_at=expires_at,
        outcome=Outcome.DONE,
        reason=reason,
        sentence=sentence,
        actor=order.principal.arn,
        code_version=run.code_version,
        evidence=Evidence(order=order, command_id=run.id),
    )


def _about(event: AuditEvent, other: AuditEvent) -> AuditEvent:
    return replace(event, **{name: getattr(other, name) for name in _ABOUT})


def _joined(event: AuditEvent, sessions: Sequence[SessionRecord]) -> tuple[SessionRecord, ...]:
    """The recorded sessions and these, each once: a recorded one may have made more calls since."""
    others = [one for one in event.evidence.sessions if not any(_goes_on(one, later) for later in sessions)]
    return (*others, *sessions)


def _goes_on(one: SessionRecord, later: SessionRecord) -> bool:
    return replace(one, calls=()) == replace(later, calls=()) and later.calls[: len(one.calls)] == one.calls


def _with(event: AuditEvent, *, kind: EventKind | None = None, **evidence: Any) -> AuditEvent:
    return replace(event, kind=kind or event.kind, evidence=replace(event.evidence, **evidence))
