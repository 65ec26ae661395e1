"""What the audit trail holds: events, per finding in order, each written once and never changed.

A finding that changes nothing leaves one event, its ``OUTCOME``. One that changes something leaves an ``INTENT`` before
the first write and its ``OUTCOME`` after the last, with a ``PENDING`` for each look at a change that takes its time.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from runtime.domain.decision import Check, Decision, LiveResourceNeeded
from runtime.domain.finding import Control, Finding
from runtime.domain.outcome import Outcome, Reason
from runtime.domain.plan import Plan, State, plan_from_json, plan_to_json
from runtime.domain.resource import Resource


class EventKind(StrEnum):
    INTENT = "INTENT"
    """About to write: the plan, the state before, and how to undo it."""
    PENDING = "PENDING"
    """Written, and not yet seen to have taken effect."""
    OUTCOME = "OUTCOME"
    """How the finding ended. Exactly one per correlation id."""


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
    """What was seen and done. A field is ``None`` or empty where the finding did not get that far."""

    finding: Finding | None = None
    payload_sha256: str = ""
    resource: Resource | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    checks: tuple[Check, ...] = ()
    owner_path: tuple[str, ...] = ()
    plan: Plan | None = None
    after: State | None = None
    answers: tuple[Mapping[str, Any], ...] = ()
    sessions: tuple[SessionRecord, ...] = ()
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEvent:
    """One event. ``at`` is in UTC; ``attempt`` counts the looks at a pending change, from 1.

    ``outcome`` and ``reason`` are those of the decision in an ``INTENT`` or a ``PENDING``, and final in an ``OUTCOME``.
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
    evidence: Evidence = field(default_factory=Evidence)

    @property
    def sequence(self) -> str:
        """Its place among the finding's events. Two events cannot have the same."""
        match self.kind:
            case EventKind.INTENT:
                return "1-INTENT"
            case EventKind.PENDING:
                return f"2-PENDING-{self.attempt:04d}"
            case EventKind.OUTCOME:
                return "3-OUTCOME"


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """The events of one finding so far."""

    events: tuple[AuditEvent, ...] = ()

    @property
    def intent(self) -> AuditEvent | None:
        return self._last(EventKind.INTENT)

    @property
    def outcome(self) -> AuditEvent | None:
        return self._last(EventKind.OUTCOME)

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
        evidence=replace(evidence, owner_path=decision.owner_path, plan=decision.plan),
    )


def event_to_json(event: AuditEvent) -> dict[str, Any]:
    """The event as JSON values."""
    document = asdict(event)
    document["at"] = event.at.isoformat()
    document["evidence"]["plan"] = plan_to_json(event.evidence.plan) if event.evidence.plan else None
    # AWS answers dates as objects; a record keeps their text.
    return dict(json.loads(json.dumps(document, default=str)))


def event_from_json(document: Mapping[str, Any]) -> AuditEvent:
    """The inverse of ``event_to_json``. Raises ``KeyError``, ``TypeError`` or ``ValueError`` for anything else."""
    evidence = document["evidence"]
    finding, resource, plan = evidence["finding"], evidence["resource"], evidence["plan"]
    return AuditEvent(
        **{
            **document,
            "kind": EventKind(document["kind"]),
            "at": datetime.fromisoformat(document["at"]),
            "outcome": Outcome(document["outcome"]),
            "reason": Reason(document["reason"]),
            "evidence": Evidence(
                **{
                    **evidence,
                    "finding": _finding_from_json(finding) if finding else None,
                    "resource": Resource(**resource) if resource else None,
                    "checks": tuple(Check(**check) for check in evidence["checks"]),
                    "owner_path": tuple(evidence["owner_path"]),
                    "plan": plan_from_json(plan) if plan else None,
                    "answers": tuple(evidence["answers"]),
                    "sessions": tuple(
                        SessionRecord(**{**session, "calls": tuple(ApiCall(**call) for call in session["calls"])})
                        for session in evidence["sessions"]
                    ),
                }
            ),
        }
    )


def _finding_from_json(document: Mapping[str, Any]) -> Finding:
    return Finding(**{**document, "projects": tuple(document["projects"]), "control": Control(**document["control"])})
