"""A plan that people are asked about, as people and programs see it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from cli import output
from cli.evidence_view import (
    print_approval,
    print_checks,
    print_guardrails,
    print_permissions,
    print_plan,
    print_template,
)
from cli.reviews import Listed
from runtime.domain.audit import AuditEvent, Evidence, event_to_json
from runtime.domain.followup import Approved, run_id
from runtime.domain.outcome import Reason
from runtime.domain.review import Review, ReviewStatus
from runtime.fixes.catalog import SPECS


def print_review(review: Review, now: datetime) -> None:
    """The plan, why people are asked about it, and what may happen if it is carried out. ``now`` is in UTC."""
    stored, spec = review.stored, SPECS.get(review.stored.fix_id)
    finding = stored.evidence.finding
    output.print_heading(f"Review {review.id}: {review.status(now)}")
    output.print_fields(
        {
            "why": f"{stored.reason}: {stored.sentence}",
            "may be approved until": output.as_time(review.approval.expires_at),
            "carried out as": run_carried_out(review, now),
            "denied": denial_of(review),
            "account": stored.account_id,
            "environment": stored.environment,
            "owner": stored.owner,
            "resource": stored.resource_arn,
            "control": " ".join(filter(None, (finding.control.rule_id, finding.control.name))) if finding else "",
            "severity": finding.severity if finding else "",
            "issue": stored.issue_id,
            "catalog entry": stored.entry_id,
            "fix": f"{spec.id}: {spec.title}" if spec else stored.fix_id,
            "hazard": stored.evidence.hazard,
            "disruption": spec.disruption.value if spec else "",
        }
    )
    print_plan(review.approval.plan)
    if review.approval.votes:
        print_approval(review.approval)


def print_facts(evidence: Evidence) -> None:
    """What the plan was made from, and what it would be carried out with."""
    print_permissions(evidence.permissions)
    account = evidence.account
    output.print_heading("The facts that it was decided by")
    output.print_fields(
        {
            "as of": output.as_time(evidence.decided_at) if evidence.decided_at else "",
            "account": f"{account.id} {account.name}" if account else "",
            "tags": output.as_text(dict(evidence.tags)) if evidence.tags else "",
            "options": output.as_text(dict(evidence.options)) if evidence.options else "",
            "owner looked for": "; ".join(evidence.owner_path),
            "exceptions": "; ".join(f"{waiver.id} ({waiver.status})" for waiver in evidence.waivers),
        }
    )
    if evidence.template is not None:
        print_template(evidence.template)
    if evidence.guardrails is not None:
        print_guardrails(evidence.guardrails)
    print_checks(evidence.checks)


def print_reviews(listed: Iterable[Listed], now: datetime, *, plain: bool) -> None:
    """What each is about is always shown: it may be approved from this list."""
    output.print_table(
        (
            "Run",
            "Status",
            "Until",
            "Resource",
            "Fix",
            "Account",
            "Environment",
            "Approvals",
            "Findings",
            "Reason",
            "Asked at",
        ),
        (
            (
                review.id,
                review.status(now),
                output.as_time(review.approval.expires_at),
                review.stored.resource_arn,
                review.stored.fix_id,
                review.stored.account_id,
                review.stored.environment,
                len(review.approval.approvers),
                len(one.issues),
                review.stored.reason,
                output.as_time(review.stored.at),
            )
            for one in listed
            for review in [one.review]
        ),
        keep=("Resource",),
        plain=plain,
    )


def summary_to_json(review: Review, now: datetime) -> dict[str, Any]:
    """A review in a list."""
    stored = review.stored
    return {
        "review_id": review.id,
        "status": review.status(now).value,
        "at": stored.at.isoformat(),
        "expires_at": review.approval.expires_at.isoformat(),
        "reason": stored.reason.value,
        "sentence": stored.sentence,
        "issue_id": stored.issue_id,
        "account_id": stored.account_id,
        "environment": stored.environment,
        "resource_arn": stored.resource_arn,
        "fix_id": stored.fix_id,
        "plan_digest": review.approval.plan.digest,
        "approvals": [_said_to_json(event) for event in review.approvals],
        "verdict": _said_to_json(review.verdict) if review.verdict else None,
        "run_id": run_carried_out(review, now),
    }


def review_to_json(review: Review, now: datetime) -> dict[str, Any]:
    """All of a review. ``record`` is the event that stored the plan."""
    spec = SPECS.get(review.stored.fix_id)
    return {
        **summary_to_json(review, now),
        "hazard": review.stored.evidence.hazard,
        "disruption": spec.disruption.value if spec else "",
        "record": event_to_json(review.stored),
    }


def denial_of(review: Review) -> str:
    """Who denied it, when and why; empty if nobody did."""
    verdict = review.verdict
    if verdict is None or verdict.reason is not Reason.REVIEW_DENIED:
        return ""
    return f"{output.as_time(verdict.at)} by {verdict.actor}: {verdict.sentence}"


def run_carried_out(review: Review, now: datetime) -> str:
    """The run that carries the plan out; empty if it was not approved."""
    approved = review.status(now) is ReviewStatus.APPROVED
    return run_id(Approved(review_id=review.id)) if approved else ""


def _said_to_json(event: AuditEvent) -> dict[str, str]:
    return {
        "by": event.actor,
        "at": event.at.isoformat(),
        "what": event.reason.value,
        "reason": event.sentence,
        "command_id": event.evidence.command_id,
    }
