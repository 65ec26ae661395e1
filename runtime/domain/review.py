"""The review of a plan: approvals, verdict, and whether it is open.

A review is of one plan, identified by its digest: one fix on one resource. The first run with the plan opens it, and
its record has people's votes; later runs with the same plan join it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from runtime.domain.audit import AuditEvent, History
from runtime.domain.command import UndoChange
from runtime.domain.errors import CommandRefused
from runtime.domain.facts import Approval, Vote
from runtime.domain.outcome import Outcome, Reason
from runtime.domain.policy import Policy
from runtime.domain.principal import Principal


class ReviewStatus(StrEnum):
    PENDING = "pending"
    EXPIRED = "expired"
    APPROVED = "approved"
    DENIED = "denied"


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """``stored`` is the outcome that stored the plan; ``verdict`` is set once the review has ended.

    ``asked_at`` is when the review was last opened, in UTC: a review can be reopened.

    ``approvals`` are the events of the votes in ``approval``.
    """

    stored: AuditEvent
    approval: Approval
    approvals: tuple[AuditEvent, ...]
    verdict: AuditEvent | None
    asked_at: datetime

    @property
    def id(self) -> str:
        return self.stored.correlation_id

    @property
    def asked_for_by(self) -> Principal | None:
        """The requester of the undo; ``None`` for a fix."""
        order = self.stored.evidence.order
        return order.principal if order is not None and isinstance(order.command, UndoChange) else None

    def approvers(self, policy: Policy) -> int:
        """The number of different people who must approve it."""
        rules = policy.environments.get(self.stored.environment)
        if rules is None:
            return 1
        return rules.approvers if self.asked_for_by is None else max(rules.undo_approvers, 1)

    def reminders(self, policy: Policy) -> tuple[datetime, ...]:
        """The times of reminders, in order. Never in the first half of its time."""
        rules = policy.environments.get(self.stored.environment)
        until, asked = self.approval.expires_at, self.asked_at
        hours = rules.remind_hours if rules else (24,)
        return tuple(sorted({until - min(timedelta(hours=one), (until - asked) / 2) for one in hours}))

    def status(self, now: datetime) -> ReviewStatus:
        """``now`` is in UTC."""
        if self.verdict is not None:
            approved = self.verdict.reason is Reason.APPROVAL_COMPLETE
            return ReviewStatus.APPROVED if approved else ReviewStatus.DENIED
        return ReviewStatus.EXPIRED if self.approval.expires_at <= now else ReviewStatus.PENDING


def review_of(history: History) -> Review | None:
    """The review that a run opened; ``None`` if there is none."""
    stored = history.outcome
    if stored is None or stored.outcome is not Outcome.APPROVE or joined(stored):
        return None
    plan, expires_at = stored.evidence.plan, (history.reopened or stored).expires_at
    assert plan is not None, "what people are asked to approve is a plan"
    assert expires_at is not None, "which they may approve for a time"
    votes = tuple(
        Vote(principal=event.evidence.order.principal, reason=event.sentence, at=event.at)
        for event in history.approvals
        if event.evidence.order is not None
    )
    return Review(
        stored=stored,
        approval=Approval(review_id=stored.correlation_id, plan=plan, votes=votes, expires_at=expires_at),
        approvals=history.approvals,
        verdict=history.verdict,
        asked_at=(history.reopened or stored).at,
    )


def joined(outcome: AuditEvent) -> str:
    """The review of another run that a run joined; empty if it joined none."""
    return "" if outcome.review_id == outcome.correlation_id else outcome.review_id


def review_under(review_id: str, history: History) -> Review:
    """The review that this run opened. Raises ``CommandRefused`` if it opened none."""
    review = review_of(history)
    if review is not None:
        return review
    if history.outcome is None:
        raise CommandRefused(Reason.NOTHING_RECORDED, f"No run {review_id!r} has ended.")
    raise CommandRefused(
        Reason.NOT_UNDER_REVIEW,
        f"The run {review_id} ended as {history.outcome.outcome}: it has no plan under review. `suture audit show "
        f"{review_id}` shows its record.",
    )


def check_pending(review: Review, now: datetime) -> None:
    """Raises ``CommandRefused`` for a review that has ended. ``now`` is in UTC."""
    match review.status(now):
        case ReviewStatus.PENDING:
            return
        case ReviewStatus.EXPIRED:
            raise CommandRefused(
                Reason.REVIEW_EXPIRED,
                f"The plan of {review.id} could be approved until {review.approval.expires_at.isoformat()}. "
                "Have Wiz send the finding again.",
            )
        case ReviewStatus.APPROVED | ReviewStatus.DENIED as over:
            raise CommandRefused(Reason.NOT_UNDER_REVIEW, f"The plan of {review.id} was {over} already.")


def check_denied(review: Review, now: datetime) -> None:
    """Raises ``CommandRefused`` for a review that is not denied. ``now`` is in UTC."""
    status = review.status(now)
    if status is not ReviewStatus.DENIED:
        raise CommandRefused(
            Reason.NOT_DENIED, f"The review {review.id} is {status}; only a denied review can be reopened."
        )
