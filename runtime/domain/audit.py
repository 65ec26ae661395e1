"""What the audit trail holds: events, per finding in order, each written once and never changed.

A run that changes nothing leaves one event, its ``OUTCOME``. One that changes something leaves an ``INTENT`` before
the first write and its ``OUTCOME`` after the last, with a ``PENDING`` for each look at a change that takes its time.
One that has to wait leaves a ``HELD`` each time. To a run whose plan is up for review, people's ``APPROVAL`` and the
``VERDICT`` are added afterwards.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from runtime.domain.case import Check, Decision, LiveResourceNeeded
from runtime.domain.command import Order, order_from_json, order_to_json
from runtime.domain.facts import (
    Account,
    Approval,
    Facts,
    LiveResource,
    NotRead,
    PlatformAccount,
    Vote,
    Waiver,
    WaiverStatus,
)
from runtime.domain.finding import Control, Finding
from runtime.domain.fix import PermissionUse
from runtime.domain.guardrails import Guardrails, Past, PastKind, Stop, StopScope, UsageScope
from runtime.domain.outcome import Outcome, Reason
from runtime.domain.plan import Plan, State, plan_from_json, plan_to_json
from runtime.domain.principal import Principal
from runtime.domain.resource import Resource
from runtime.domain.template import TemplateOwner, TemplateTool


class EventKind(StrEnum):
    INTENT = "INTENT"
    """About to write: the plan, the state before, and how to undo it."""
    PENDING = "PENDING"
    """Written, and not yet seen to have taken effect."""
    OUTCOME = "OUTCOME"
    """How the run ended. Exactly one per correlation id."""
    HELD = "HELD"
    """Decided, and waiting: something is stopped, or the change window is closed."""
    APPROVAL = "APPROVAL"
    """One person approved the plan that the run had stored for review."""
    VERDICT = "VERDICT"
    """What people made of the plan in the end. One per review."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiCall:
    """One call that was made in a customer's account."""

    service: str
    operation: str
    request_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRecord:
    """One session that was opened in a customer's account: what CloudTrail there shows for it."""

    role_arn: str
    session_name: str
    source_identity: str
    tags: Mapping[str, str]
    policy: str
    calls: tuple[ApiCall, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What was seen and done. A field is ``None`` or empty where the run did not get that far.

    ``platform``, ``account``, ``waivers``, ``tags``, ``observed``, ``guardrails`` and ``approval`` are what was decided
    by, as of ``decided_at`` (UTC). ``hazard`` is what the plan may break, in the fix's words. ``permissions`` are those
    that a plan which was not carried out would use. ``template`` owns the resource, and its owner is told. ``order`` is
    an operator's command, ``command_id`` the run that recorded the command behind this event, and ``target_id`` the run
    that it is about. ``expected`` is the state that a change was stopped for not finding.
    """

    finding: Finding | None = None
    payload_sha256: str = ""
    resource: Resource | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    decided_at: datetime | None = None
    platform: PlatformAccount | None = None
    account: Account | None = None
    waivers: tuple[Waiver, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    observed: State | None = None
    guardrails: Guardrails | None = None
    approval: Approval | None = None
    checks: tuple[Check, ...] = ()
    owner_path: tuple[str, ...] = ()
    plan: Plan | None = None
    hazard: str = ""
    permissions: tuple[PermissionUse, ...] = ()
    template: TemplateOwner | None = None
    order: Order | None = None
    command_id: str = ""
    target_id: str = ""
    expected: State | None = None
    after: State | None = None
    answers: tuple[Mapping[str, Any], ...] = ()
    sessions: tuple[SessionRecord, ...] = ()
    error: str = ""

    @property
    def waivers_complete(self) -> bool:
        """Whether every exception that could count is here: ``with_facts`` keeps only so many."""
        return len(self.waivers) < WAIVERS_RECORDED or not all(_counts(one, self.decided_at) for one in self.waivers)


WAIVERS_RECORDED = 50
"""Of the exceptions that may concern an account, how many a record keeps: DynamoDB limits it to 400 KB."""


def _counts(waiver: Waiver, at: datetime | None) -> bool:
    """Whether an exception can count at this time, by whichever policy."""
    return waiver.status is WaiverStatus.APPROVED and (at is None or at < waiver.expires_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEvent:
    """One event. Times are in UTC; ``attempt`` counts the looks at a pending change, and the times held, from 1.

    ``outcome`` and ``reason`` are those of the decision in an ``INTENT`` or a ``PENDING``, and final in an ``OUTCOME``.
    In a ``HELD`` the reason is what is waited for, and ``expires_at`` until when, if that is known. In an ``APPROVE``
    it is until when the plan may be approved and carried out.
    """

    correlation_id: str
    kind: EventKind
    at: datetime
    outcome: Outcome
    reason: Reason
    sentence: str
    actor: str
    code_version: str
    catalog_version: str
    issue_id: str = ""
    account_id: str = ""
    resource_arn: str = ""
    entry_id: str = ""
    fix_id: str = ""
    environment: str = ""
    owner: str = ""
    waiver_id: str = ""
    plan_digest: str = ""
    attempt: int = 0
    expires_at: datetime | None = None
    evidence: Evidence = field(default_factory=Evidence)

    @property
    def sequence(self) -> str:
        """Its place among the finding's events. Two events cannot have the same."""
        match self.kind:
            case EventKind.HELD:
                return f"0-HELD-{self.attempt:04d}"
            case EventKind.INTENT:
                return "1-INTENT"
            case EventKind.PENDING:
                return f"2-PENDING-{self.attempt:04d}"
            case EventKind.OUTCOME:
                return "3-OUTCOME"
            case EventKind.APPROVAL:
                # One for each person.
                assert self.evidence.order is not None, "an approval is somebody's"
                return f"4-APPROVAL-{self.evidence.order.principal.person}"
            case EventKind.VERDICT:
                return "5-VERDICT"


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """The events of one run so far, in order."""

    events: tuple[AuditEvent, ...] = ()

    @property
    def held(self) -> AuditEvent | None:
        return self._last(EventKind.HELD)

    @property
    def intent(self) -> AuditEvent | None:
        return self._last(EventKind.INTENT)

    @property
    def pending(self) -> AuditEvent | None:
        return self._last(EventKind.PENDING)

    @property
    def outcome(self) -> AuditEvent | None:
        return self._last(EventKind.OUTCOME)

    @property
    def approvals(self) -> tuple[AuditEvent, ...]:
        return tuple(event for event in self.events if event.kind is EventKind.APPROVAL)

    @property
    def verdict(self) -> AuditEvent | None:
        return self._last(EventKind.VERDICT)

    def _last(self, kind: EventKind) -> AuditEvent | None:
        return next((event for event in reversed(self.events) if event.kind is kind), None)


def with_decision(event: AuditEvent, decision: Decision | LiveResourceNeeded) -> AuditEvent:
    """The event with everything that the decision established."""
    resource, entry = decision.resource, decision.entry
    evidence = replace(event.evidence, checks=decision.checks, resource=resource)
    event = replace(
        event,
        resource_arn=resource.arn if resource else event.resource_arn,
        entry_id=entry.id if entry else "",
        fix_id=entry.fix.id if entry else "",
        evidence=evidence,
    )
    if isinstance(decision, LiveResourceNeeded):
        return event
    return replace(
        event,
        outcome=decision.outcome,
        reason=decision.reason,
        sentence=decision.sentence,
        environment=decision.environment,
        owner=decision.owner,
        waiver_id=decision.waiver_id,
        plan_digest=decision.plan.digest if decision.plan else "",
        evidence=replace(
            evidence,
            owner_path=decision.owner_path,
            plan=decision.plan,
            hazard=entry.fix.hazard if entry and decision.plan else "",
            template=decision.template,
        ),
    )


def with_facts(event: AuditEvent, facts: Facts) -> AuditEvent:
    """The event with the facts that it was decided by, so that it can be decided again. The external id is left out.

    ``event.at`` is when it is decided. The exceptions that can count then come first: if there are too many, the others
    are left out.
    """
    live = facts.live if isinstance(facts.live, LiveResource) else None
    account = facts.account
    evidence = replace(
        event.evidence,
        decided_at=event.at,
        platform=facts.platform,
        account=replace(account, external_id="") if account else None,
        waivers=tuple(sorted(facts.waivers, key=lambda waiver: not _counts(waiver, event.at))[:WAIVERS_RECORDED]),
        guardrails=None if isinstance(facts.guardrails, NotRead) else facts.guardrails,
        approval=facts.approval,
    )
    if live is not None:
        evidence = replace(evidence, tags=live.tags, observed=live.observed)
    return replace(event, evidence=evidence)


def event_to_json(event: AuditEvent) -> dict[str, Any]:
    """The event as JSON values."""
    document = asdict(event)
    evidence, recorded = event.evidence, document["evidence"]
    recorded["plan"] = plan_to_json(evidence.plan) if evidence.plan else None
    recorded["order"] = order_to_json(evidence.order) if evidence.order else None
    if evidence.approval:
        recorded["approval"]["plan"] = plan_to_json(evidence.approval.plan)
    # AWS answers dates as objects; a record keeps their text.
    return dict(json.loads(json.dumps(document, default=_text)))


def _text(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def event_from_json(document: Mapping[str, Any]) -> AuditEvent:
    """The inverse of ``event_to_json``. Raises ``KeyError``, ``TypeError`` or ``ValueError`` for anything else."""
    expires_at = document.get("expires_at")
    return AuditEvent(
        **{
            **document,
            "kind": EventKind(document["kind"]),
            "at": datetime.fromisoformat(document["at"]),
            "outcome": Outcome(document["outcome"]),
            "reason": Reason(document["reason"]),
            "expires_at": datetime.fromisoformat(expires_at) if expires_at else None,
            "evidence": _evidence_from_json(document["evidence"]),
        }
    )


def _evidence_from_json(document: Mapping[str, Any]) -> Evidence:
    """An earlier version's record lacks what that version did not keep."""
    found = {name: read(document[name]) for name, read in _EVIDENCE.items() if document.get(name) is not None}
    return Evidence(**{**document, **found})


def _finding_from_json(document: Mapping[str, Any]) -> Finding:
    return Finding(**{**document, "projects": tuple(document["projects"]), "control": Control(**document["control"])})


def waiver_from_json(document: Mapping[str, Any]) -> Waiver:
    """Raises as ``event_from_json`` does."""
    moments = {name: datetime.fromisoformat(document[name]) for name in ("requested_at", "expires_at")}
    return Waiver(**{**document, **moments, "status": WaiverStatus(document["status"])})


def _guardrails_from_json(document: Mapping[str, Any]) -> Guardrails:
    return Guardrails(
        stops=tuple(
            Stop(**{**stop, "scope": StopScope(stop["scope"]), "at": datetime.fromisoformat(stop["at"])})
            for stop in document["stops"]
        ),
        past=tuple(
            Past(**{**past, "kind": PastKind(past["kind"]), "at": datetime.fromisoformat(past["at"])})
            for past in document["past"]
        ),
        usage={UsageScope(scope): count for scope, count in document["usage"].items()},
    )


def _approval_from_json(document: Mapping[str, Any]) -> Approval:
    return Approval(
        review_id=document["review_id"],
        plan=plan_from_json(document["plan"]),
        votes=tuple(
            Vote(principal=Principal(**vote["principal"]), reason=vote["reason"], at=datetime.fromisoformat(vote["at"]))
            for vote in document["votes"]
        ),
        expires_at=datetime.fromisoformat(document["expires_at"]),
    )


def _session_from_json(document: Mapping[str, Any]) -> SessionRecord:
    return SessionRecord(**{**document, "calls": tuple(ApiCall(**call) for call in document["calls"])})


def _each(read: Callable[[Any], Any]) -> Callable[[Any], tuple[Any, ...]]:
    return lambda items: tuple(map(read, items))


_EVIDENCE: Mapping[str, Callable[[Any], Any]] = {
    "finding": _finding_from_json,
    "resource": lambda resource: Resource(**resource),
    "decided_at": datetime.fromisoformat,
    "platform": lambda platform: PlatformAccount(**platform),
    "account": lambda account: Account(**account),
    "waivers": _each(waiver_from_json),
    "guardrails": _guardrails_from_json,
    "approval": _approval_from_json,
    "checks": _each(lambda check: Check(**check)),
    "owner_path": tuple,
    "plan": plan_from_json,
    "permissions": _each(lambda permission: PermissionUse(**permission)),
    "template": lambda owner: TemplateOwner(**{**owner, "tool": TemplateTool(owner["tool"])}),
    "order": order_from_json,
    "answers": tuple,
    "sessions": _each(_session_from_json),
}
"""How the parts of evidence are read that are more than JSON."""
