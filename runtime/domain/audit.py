"""The audit trail: events, per finding in order, each written once and never changed.

A run without a change has one event, its ``OUTCOME``. A run with a change has an ``INTENT`` before the first write and
its ``OUTCOME`` after the last, with a ``PENDING`` for each verification of a slow change. If nothing was written after
an intent, it is ``WITHDRAWN``. A held run has a ``HELD`` for each hold. A run that opened a review also gets people's
``APPROVAL`` and the ``VERDICT``.

Events are numbered from 1. A writer has read all earlier events: two writers cannot both write the next.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from runtime.domain.access import RoleCheck
from runtime.domain.case import Check
from runtime.domain.command import Order, order_from_json, order_to_json
from runtime.domain.document import from_json, to_plain, to_text
from runtime.domain.facts import Account, Approval, PlatformAccount, Waiver, WaiverStatus
from runtime.domain.finding import Finding
from runtime.domain.fix import PermissionUse
from runtime.domain.guardrails import Guardrails
from runtime.domain.outcome import Outcome, Reason
from runtime.domain.plan import Plan, State
from runtime.domain.resource import Resource
from runtime.domain.template import TemplateOwner


class EventKind(StrEnum):
    INTENT = "INTENT"
    """About to write: the plan, the state before, and how to undo it."""
    RESUMED = "RESUMED"
    """A later delivery settles the intent of an interrupted delivery."""
    WITHDRAWN = "WITHDRAWN"
    """Nothing was written after the intent: the resource is as it was."""
    PENDING = "PENDING"
    """Written, and not yet verified."""
    OUTCOME = "OUTCOME"
    """The outcome of the run. Exactly one per run id."""
    HELD = "HELD"
    """Decided and held: by a stop, or a closed change window."""
    APPROVAL = "APPROVAL"
    """One person approved the plan that the run stored for review."""
    VERDICT = "VERDICT"
    """The result of the review. One per review, until it is reopened."""
    REOPENED = "REOPENED"
    """An approver reopened a review: earlier votes are revoked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiCall:
    """One call that was made in a customer's account."""

    service: str
    operation: str
    request_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRecord:
    """One session in a customer's account, as CloudTrail there records it."""

    role_arn: str
    session_name: str
    source_identity: str
    tags: Mapping[str, str]
    policy: str
    calls: tuple[ApiCall, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The evidence of a run. A field is ``None`` or empty if the run ended before.

    ``platform``, ``account``, ``waivers``, ``tags``, ``observed``, ``guardrails`` and ``approval`` are the facts of the
    decision, as of ``decided_at`` (UTC). ``hazard`` is the fix's hazard. ``permissions`` are those of a plan that was
    not carried out. ``template`` owns the resource, and its owner is notified. ``order`` is an operator's command,
    ``command_id`` the run of the command that led to this event, and ``target_id`` the run that it is about.
    ``expected`` is the expected state that was not found. ``counted`` is where a write was counted; ``through_topic``
    whether the finding came through the topic.
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
    counted: tuple[str, ...] = ()
    through_topic: bool = True
    roles: tuple[RoleCheck, ...] = ()

    @property
    def waivers_complete(self) -> bool:
        """Whether every exception that may apply is included: ``with_facts`` limits their number."""
        return len(self.waivers) < WAIVERS_RECORDED or not all(_counts(one, self.decided_at) for one in self.waivers)


WAIVERS_RECORDED = 50
"""Maximum exceptions in a record: DynamoDB limits an item to 400 KB."""


def _counts(waiver: Waiver, at: datetime | None) -> bool:
    """Whether an exception can apply at this time, under any policy."""
    return waiver.status is WaiverStatus.APPROVED and (at is None or at < waiver.expires_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEvent:
    """One event. Times are in UTC; ``attempt`` counts the verifications of a pending change, and the holds, from 1.

    ``number`` is its number in the run, from 1; 0 before it is stored.

    ``outcome`` and ``reason`` are those of the decision in an ``INTENT`` or a ``PENDING``, and final in an ``OUTCOME``.
    In a ``HELD`` the reason is what holds the run, and ``expires_at`` until when, if known. In an ``APPROVE`` it is
    until when the plan can be approved and carried out, and ``review_id`` is the run that opened its review: this one,
    or an earlier one with the same plan.
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
    review_id: str = ""
    attempt: int = 0
    number: int = 0
    expires_at: datetime | None = None
    evidence: Evidence = field(default_factory=Evidence)

    @property
    def sequence(self) -> str:
        """The sort key in the table."""
        return f"{self.number:04d}"


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """The events of one run so far, in order."""

    events: tuple[AuditEvent, ...] = ()

    @property
    def open_intent(self) -> AuditEvent | None:
        """The open intent: it is unknown whether it was carried out."""
        intent = None
        for event in self.events:
            match event.kind:
                case EventKind.INTENT:
                    intent = event
                case EventKind.WITHDRAWN | EventKind.PENDING | EventKind.OUTCOME:
                    intent = None
                case _:
                    pass
        return intent

    @property
    def doubtful(self) -> AuditEvent | None:
        """The last intent that was withdrawn after a read: a slow change may have been made.

        An intent that its own delivery withdrew is certain.
        """
        for before, event in zip(reversed(self.events[:-1]), reversed(self.events), strict=False):
            if event.kind is EventKind.WITHDRAWN and before.kind is EventKind.RESUMED:
                return event
        return None

    @property
    def counted(self) -> tuple[str, ...]:
        """Where the run's write was counted, if an earlier delivery may have made one."""
        return self.doubtful.evidence.counted if self.doubtful is not None else ()

    @property
    def pending(self) -> AuditEvent | None:
        """The last verification of a change that was not in effect; ``None`` once the run has ended."""
        return self._last(EventKind.PENDING) if self.outcome is None else None

    @property
    def waiting(self) -> AuditEvent | None:
        """The current hold of the run: nothing was, or may have been, written since."""
        return self.held if self.open_intent is None else None

    @property
    def held(self) -> AuditEvent | None:
        """The last hold of the run, if it has not ended: its row can be released."""
        return self._last(EventKind.HELD) if self.outcome is None and self.pending is None else None

    @property
    def holds(self) -> tuple[AuditEvent, ...]:
        """All holds of the run."""
        return self._all(EventKind.HELD)

    @property
    def outcome(self) -> AuditEvent | None:
        return self._last(EventKind.OUTCOME)

    @property
    def reopened(self) -> AuditEvent | None:
        """The last reopening of the run's review."""
        return self._last(EventKind.REOPENED)

    @property
    def may_have_changed(self) -> bool:
        """Whether the run made its change, or failed after it may have made part of it."""
        kinds = (EventKind.INTENT, EventKind.WITHDRAWN)
        last = next((event for event in reversed(self.events) if event.kind in kinds), None)
        announced = last is not None and (last.kind is EventKind.INTENT or last == self.doubtful)
        return announced and last is not None and last.outcome in (Outcome.REMEDIATE, Outcome.APPROVED)

    @property
    def approvals(self) -> tuple[AuditEvent, ...]:
        """The approvals that count."""
        return tuple(one for one in self._all(EventKind.APPROVAL) if self._counts(one))

    @property
    def verdict(self) -> AuditEvent | None:
        """The verdict of the run's review, unless it was reopened since."""
        verdict = self._last(EventKind.VERDICT)
        return verdict if verdict is not None and self._counts(verdict) else None

    def _counts(self, said: AuditEvent) -> bool:
        return self.reopened is None or said.number > self.reopened.number

    def following(self, events: Iterable[AuditEvent], at: datetime) -> tuple[AuditEvent, ...]:
        """These as the next events, as of a time (UTC)."""
        first = len(self.events) + 1
        return tuple(replace(event, at=at, number=number) for number, event in enumerate(events, first))

    def with_events(self, events: Iterable[AuditEvent], at: datetime) -> History:
        """The history with these events appended."""
        return History(events=(*self.events, *self.following(events, at)))

    def _all(self, kind: EventKind) -> tuple[AuditEvent, ...]:
        return tuple(event for event in self.events if event.kind is kind)

    def _last(self, kind: EventKind) -> AuditEvent | None:
        return next((event for event in reversed(self.events) if event.kind is kind), None)


def recorded_waivers(waivers: Iterable[Waiver], at: datetime) -> tuple[Waiver, ...]:
    """The exceptions that a record includes: effective ones first, up to the limit."""
    return tuple(sorted(waivers, key=lambda waiver: not _counts(waiver, at))[:WAIVERS_RECORDED])


def event_to_text(event: AuditEvent) -> str:
    """The event as JSON."""
    return to_text(event, _plain)


def event_to_json(event: AuditEvent) -> dict[str, Any]:
    """The event as JSON values."""
    return dict(json.loads(event_to_text(event)))


def _plain(value: object) -> object:
    match value:
        case Order():
            return order_to_json(value)
        case Evidence(approval=Approval(plan=approved) as approval, plan=plan) if approved == plan:
            # What people approved is what is done: one copy is enough.
            return {**_fields(value), "approval": {**_fields(approval), "plan": None}}
        case _:
            return to_plain(value)


def _fields(value: Evidence | Approval) -> dict[str, object]:
    return {name: getattr(value, name) for name in value.__dataclass_fields__}


def event_from_json(document: Mapping[str, Any]) -> AuditEvent:
    """The inverse of ``event_to_json``. Raises ``KeyError``, ``TypeError`` or ``ValueError`` for anything else."""
    evidence = dict(document["evidence"])
    approval, order = evidence.get("approval"), evidence.pop("order", None)
    if approval is not None and approval["plan"] is None:
        evidence["approval"] = {**approval, "plan": evidence["plan"]}
    event = from_json(AuditEvent, {**document, "evidence": evidence})
    return event if order is None else replace(event, evidence=replace(event.evidence, order=order_from_json(order)))
