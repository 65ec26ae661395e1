"""Finds the plans that people are asked about, in the audit trail."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from cli.errors import AnswerIsNo
from runtime.domain.audit import History
from runtime.domain.outcome import Outcome
from runtime.domain.review import Review, ReviewStatus, joined, review_of

if TYPE_CHECKING:
    from cli.audit_reader import AuditReader

LONGEST_OPEN = timedelta(hours=720)
"""No policy lets a plan be approved for longer."""


def find_review(reader: AuditReader, review_id: str) -> Review:
    """The review that a run opened, or joined. Raises ``AnswerIsNo`` if there is none, and as ``AuditReader`` does."""
    history = History(events=reader.read_run(review_id))
    if history.outcome is not None and (other := joined(history.outcome)):
        history = History(events=reader.read_run(other))
    review = review_of(history)
    if review is not None:
        return review
    if history.outcome is not None:
        raise AnswerIsNo(
            f"The run {review_id} ended as {history.outcome.outcome}: its plan is not one that people are asked about. "
            f"`suture audit show {review_id}` shows its record."
        )
    raise AnswerIsNo(f"No run {review_id!r} has ended. `suture review list` shows the plans that wait for approval.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A review, and the Wiz issues whose findings have its plan."""

    review: Review
    issues: tuple[str, ...]


def pending_reviews(reader: AuditReader, *, now: datetime) -> Iterator[Listed]:
    """Those that may be approved at ``now``, in UTC, newest first. Raises as ``AuditReader`` does."""
    return (one for one in _reviews(reader, now, now - LONGEST_OPEN) if one.review.status(now) is ReviewStatus.PENDING)


def every_review(reader: AuditReader, *, now: datetime) -> Iterator[Listed]:
    """Whatever became of them, newest first. Raises as ``AuditReader`` does."""
    return _reviews(reader, now, None)


def _reviews(reader: AuditReader, now: datetime, since: datetime | None) -> Iterator[Listed]:
    """What joined a review is newer than what opened it, and so comes before."""
    from cli.audit_reader import Wanted  # noqa: PLC0415  brings botocore

    issues: dict[str, dict[str, None]] = {}
    for event in reader.find_events(Wanted(outcome=Outcome.APPROVE, since=since), today=now.date()):
        opened_by = joined(event) or event.correlation_id
        issues.setdefault(opened_by, {})[event.issue_id] = None
        if opened_by == event.correlation_id:
            yield Listed(review=find_review(reader, opened_by), issues=tuple(issues.pop(opened_by)))
