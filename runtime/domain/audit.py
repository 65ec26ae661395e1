"""What the audit trail holds: events, per finding in order, each written once and never changed.

A run that changes nothing leaves one event, its ``OUTCOME``. One that changes something leaves an ``INTENT`` before
the first write and its ``OUTCOME`` after the last, with a ``PENDING`` for each look at a change that takes its time.
If nothing was written after an intent, it is ``WITHDRAWN``. One that has to wait leaves a ``HELD`` each time. To a run
that opened a review of its plan, people's ``APPROVAL`` and the ``VERDICT`` are added afterwards.

Events are numbered from 1. Whoever adds one has read all before it: two cannot both write the next.
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
    """A later delivery looks at what became of an intent whose delivery ended without a word."""
    WITHDRAWN = "WITHDRAWN"
    """Nothing was written after the intent: the resource is as it was."""
    PENDING = "PENDING"
    """Written, and not yet seen to have taken effect."""
    OUTCOME = "OUTCOME"
    """How the run ended. Exactly one per correlation id."""
    HELD = "HELD"
    """Decided, and waiting: something is stopped, or the change window is closed."""
    APPROVAL = "APPROVAL"
    """One person approved the plan that the run had stored for review."""
    VERDICT = "VERDICT"
    """What people made of the plan in the end. One per review, until it is reopened."""
    REOPENED = "REOPENED"
    """Somebody reopened a review that had ended: what was said before counts no more."""


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
    that it is about. ``expected`` is the state that a change was stopped for not finding. ``counted`` says where a
    write was counted; ``through_topic`` whether the finding came that way.
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

    ``number`` is its place among the run's events, from 1; 0 before it is stored.

    ``outcome`` and ``reason`` are those of the decision in an ``INTENT`` or a ``PENDING``, and final in an ``OUTCOME``.
    In a ``HELD`` the reason is what is waited for, and ``expires_at`` until when, if that is known. In an ``APPROVE``
    it is until when the plan may be approved and carried out, and ``review_id`` is the run that opened its review: this
    one, or an earlier one that had the same plan.
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
        """The intent of which nobody knows yet whether it was carried out."""
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
        """The last intent that was withdrawn for what was seen: a change that takes its time may have been made.

        One that was withdrawn by the delivery that had announced it is certain.
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
        """The last look at a change that had not taken effect then; ``None`` once the run has ended."""
        return self._last(EventKind.PENDING) if self.outcome is None else None

    @property
    def waiting(self) -> AuditEvent | None:
        """The last time that the run had to wait, if it still does: nothing was written since, nor may have been."""
        return self.held if self.open_intent is None else None

    @property
    def held(self) -> AuditEvent | None:
        """The last time that the run had to wait, if nothing has come of it: its hold is there to be released."""
        return self._last(EventKind.HELD) if self.outcome is None and self.pending is None else None

    @property
    def holds(self) -> tuple[AuditEvent, ...]:
        """Each time that the run had to wait."""
        return self._all(EventKind.HELD)

    @property
    def outcome(self) -> AuditEvent | None:
        return self._last(EventKind.OUTCOME)

    @property
    def reopened(self) -> AuditEvent | None:
        """The last time that the run's review was reopened."""
        return self._last(EventKind.REOPENED)

    @property
    def may_have_changed(self) -> bool:
        """Whether the run made the change of its plan, or failed after it may have made a part of it."""
        kinds = (EventKind.INTENT, EventKind.WITHDRAWN)
        last = next((event for event in reversed(self.events) if event.kind in kinds), None)
        announced = last is not None and (last.kind is EventKind.INTENT or last == self.doubtful)
        return announced and last is not None and last.outcome in (Outcome.REMEDIATE, Outcome.APPROVED)

    @property
    def approvals(self) -> tuple[AuditEvent, ...]:
        """Those that count."""
        return tuple(one for one in self._all(EventKind.APPROVAL) if self._counts(one))

    @property
    def verdict(self) -> AuditEvent | None:
        """The end of the run's review, unless it was reopened since."""
        verdict = self._last(EventKind.VERDICT)
        return verdict if verdict is not None and self._counts(verdict) else None

    def _counts(self, said: AuditEvent) -> bool:
        return self.reopened is None or said.number > self.reopened.number

    def following(self, events: Iterable[AuditEvent], at: datetime) -> tuple[AuditEvent, ...]:
        """These as the events that come next, as of a time (UTC)."""
        first = len(self.events) + 1
        return tuple(replace(event, at=at, number=number) for number, event in enumerate(events, first))

    def with_events(self, events: Iterable[AuditEvent], at: datetime) -> History:
        """The history with these after it."""
        return History(events=(*self.events, *self.following(events, at)))

    def _all(self, kind: EventKind) -> tuple[AuditEvent, ...]:
        return tuple(event for event in self.events if event.kind is kind)

    def _last(self, kind: EventKind) -> AuditEvent | None:
        return next((event for event in reversed(self.events) if event.kind is kind), None)


def recorded_waivers(waivers: Iterable[Waiver], at: datetime) -> tuple[Waiver, ...]:
    """Those that a record keeps: the ones that can count come first, and if there are too many, others are left out."""
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
