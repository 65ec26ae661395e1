"""Who is told of what, and what they are told. ``runtime.aws.mail`` delivers it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from runtime.domain.audit import AuditEvent
from runtime.domain.command import DryRun, UndoChange
from runtime.domain.exceptions import RegisteredException
from runtime.domain.hold import Hold
from runtime.domain.outcome import Outcome, Reason
from runtime.domain.review import joined

OUTCOME_TYPE = "Suture Finding Outcome"
COMMAND_TYPE = "Suture Command Outcome"
HELD_TYPE = "Suture Finding Held"
EXCEPTION_TYPE = "Suture Exception Ending"

_SUMMARY = (
    *("correlation_id", "issue_id", "outcome", "reason", "sentence", "account_id", "resource_arn", "environment"),
    *("owner", "entry_id", "fix_id", "waiver_id", "plan_digest", "review_id", "catalog_version", "code_version"),
)
_FOR_REVIEW = frozenset({Outcome.APPROVE, Outcome.REJECT, Outcome.FAILED})
_COMMANDS_FOR_REVIEW = frozenset({Reason.COMMAND_INVALID, Reason.IDENTITY_MISMATCH})
"""Of commands that were refused, those that the sender is not simply to be told of."""
_SWITCHED = frozenset({Reason.STOP_ANNOUNCED, Reason.RESUME_ANNOUNCED})


@dataclass(frozen=True, slots=True, kw_only=True)
class ForReview:
    """For the review queue."""

    document: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ForSecurity:
    """For the security topic."""

    subject: str
    document: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ForBus:
    """For the event bus. ``at`` is in UTC."""

    detail_type: str
    document: Mapping[str, Any]
    at: datetime
    resource_arn: str = ""


type Notice = ForReview | ForSecurity | ForBus


def notices_of(outcome: AuditEvent) -> tuple[Notice, ...]:
    """Everybody whom an outcome concerns."""
    summary = summary_of(outcome)
    detail_type = COMMAND_TYPE if _is_command(outcome) else OUTCOME_TYPE
    notices: list[Notice] = [
        ForBus(detail_type=detail_type, document=summary, at=outcome.at, resource_arn=outcome.resource_arn)
    ]
    if _for_review(outcome):
        notices.append(ForReview(document=summary))
    if _for_security(outcome):
        about = outcome.issue_id or outcome.correlation_id
        notices.append(ForSecurity(subject=_subject(f"Suture: {outcome.reason} ({about})"), document=summary))
    return tuple(notices)


def notice_of_hold(held: AuditEvent) -> ForBus:
    """A run waits, and for what."""
    summary = {**summary_of(held), "until": held.expires_at.isoformat() if held.expires_at else ""}
    return ForBus(detail_type=HELD_TYPE, document=summary, at=held.at, resource_arn=held.resource_arn)


def notice_of_stuck(hold: Hold) -> ForSecurity:
    """A held run does not end, however often it is released."""
    names = ("correlation_id", "issue_id", "account_id", "environment", "fix_id", "resource_arn", "releases")
    document = {name: getattr(hold, name) for name in names}
    document["next"] = f"suture retry {hold.correlation_id}, or suture end {hold.correlation_id}"
    about = hold.issue_id or hold.correlation_id
    return ForSecurity(subject=_subject(f"Suture: a held run does not end ({about})"), document=document)


def notices_of_end(exception: RegisteredException, now: datetime) -> tuple[ForSecurity, ForBus]:
    """An exception ends soon: its findings are fixed once it has. ``now`` is in UTC."""
    waiver = exception.waiver
    names = (
        "id",
        "control",
        "account_id",
        "resource",
        "environment",
        "reason",
        "ticket",
        "requested_by",
        "approved_by",
    )
    document = {**{name: getattr(waiver, name) for name in names}, "expires_at": waiver.expires_at.isoformat()}
    subject = _subject(f"Suture: exception {waiver.id} ends on {waiver.expires_at.date()}")
    return (
        ForSecurity(subject=subject, document=document),
        ForBus(detail_type=EXCEPTION_TYPE, document=document, at=now),
    )


def summary_of(event: AuditEvent) -> dict[str, Any]:
    """An event without its evidence: what a person or a rule needs to decide whether to look at the record."""
    plan, template = event.evidence.plan, event.evidence.template
    return {
        "at": event.at.isoformat(),
        **{name: getattr(event, name) for name in _SUMMARY},
        "owner_path": list(event.evidence.owner_path),
        "plan": plan.summary if plan else "",
        "hazard": event.evidence.hazard,
        "template": {"tool": template.tool, "name": template.name, "change": template.property} if template else None,
    }


def _is_command(outcome: AuditEvent) -> bool:
    """Whether it is the outcome of an operator's command itself, and not of a run that one began."""
    evidence = outcome.evidence
    return not evidence.command_id and (evidence.order is not None or outcome.reason is Reason.COMMAND_INVALID)


def _was_asked_for(outcome: AuditEvent) -> bool:
    """Whether somebody asked only to see what would be done, and now waits for the answer."""
    match outcome.evidence.order.command if outcome.evidence.order else None:
        case DryRun() | UndoChange(dry_run=True):
            return True
        case _:
            return False


def _for_review(outcome: AuditEvent) -> bool:
    if _is_command(outcome):
        return outcome.reason in _COMMANDS_FOR_REVIEW
    return outcome.outcome in _FOR_REVIEW and not _was_asked_for(outcome) and not joined(outcome)


def _for_security(outcome: AuditEvent) -> bool:
    if outcome.outcome is Outcome.NOTIFY:
        return not _was_asked_for(outcome)
    if outcome.outcome is Outcome.UNDO:
        return True
    changed = outcome.outcome in (Outcome.REMEDIATE, Outcome.APPROVED)
    return outcome.reason in _SWITCHED or (changed and outcome.evidence.template is not None)


def _subject(text: str) -> str:
    """Printable ASCII, less than 100 characters. https://docs.aws.amazon.com/sns/latest/api/API_Publish.html"""
    return re.sub(r"[^ -~]", "?", text)[:99]
