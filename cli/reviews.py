"""Finds the plans that people are asked about, in the audit trail."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from cli.errors import AnswerIsNo
from runtime.domain.audit import History
from runtime.domain.outcome import Outcome
from runtime.domain.review import Review, ReviewStatus, review_of

if TYPE_CHECKING:
    from cli.audit_reader import AuditReader

LONGEST_OPEN = timedelta(hours=720)
"""No policy lets a plan be approved for longer."""


def find_review(reader: AuditReader, review_id: str) -> Review:
    """The review of a run's plan. Raises ``AnswerIsNo`` if there is none, and as ``AuditReader`` does."""
    history = History(events=reader.read_run(review_id))
    review = review_of(history)
    if review is not None:
        return review
    if history.outcome is not None:
        raise AnswerIsNo(
            f"The run {review_id} ended as {history.outcome.outcome}: its plan is not one that people are asked about. "
            f"`suture audit show {review_id}` shows its record."
        )
    raise AnswerIsNo(f"No run {review_id!r} has ended. `suture review list` shows the plans that wait for approval.")


def pending_reviews(reader: AuditReader, *, now: datetime) -> Iterator[Review]:
    """Those that may be approved at ``now``, in UTC, newest first. Raises as ``AuditReader`` does."""
    from cli.audit_reader import Wanted  # noqa: PLC0415  brings botocore

    wanted = Wanted(outcome=Outcome.APPROVE, since=now - LONGEST_OPEN)
    for event in reader.find_events(wanted, today=now.date()):
        if event.expires_at is not None and event.expires_at > now:
            review = find_review(reader, event.correlation_id)
            if review.status(now) is ReviewStatus.PENDING:
                yield review


def every_review(reader: AuditReader, *, now: datetime) -> Iterator[Review]:
    """Whatever became of them, newest first. Raises as ``AuditReader`` does."""
    from cli.audit_reader import Wanted  # noqa: PLC0415  brings botocore

    for event in reader.find_events(Wanted(outcome=Outcome.APPROVE), today=now.date()):
        yield find_review(reader, event.correlation_id)
