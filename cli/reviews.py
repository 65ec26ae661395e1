"""Finds the plans that people are asked about, in the audit trail."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

from cli.errors import refusals
from cli.ids import complete_id
from cli.rows import Row, Wanted
from runtime.aws.threads import together
from runtime.domain.audit import History
from runtime.domain.command import ReopenReview
from runtime.domain.outcome import Outcome, Reason
from runtime.domain.review import Review, ReviewStatus, joined, review_of, review_under

if TYPE_CHECKING:
    from cli.audit_reader import AuditReader

LONGEST_OPEN = timedelta(hours=720)
"""No policy lets a plan be approved for longer."""
MOST_RECENT = 10_000

_MOST_LOOKS = 4
"""Times that more is read for one page, because what was read is over."""


def find_review(reader: AuditReader, review_id: str) -> Review:
    """The review that a run opened, or joined, by the run's id or by how it begins.

    Raises ``AnswerIsNo`` if there is none, ``Unusable`` if several runs begin so, and as ``AuditReader`` does.
    """
    history = History(events=reader.read_run(review_id))
    if not history.events:
        ids = (row.correlation_id for row in recent_rows(reader, now=datetime.now(UTC)))
        where = "`suture review list` shows the plans that wait for approval."
        review_id = complete_id("review", review_id, ids, where=where)
        history = History(events=reader.read_run(review_id))
    if history.outcome is not None and (other := joined(history.outcome)):
        history = History(events=reader.read_run(other))
    with refusals():
        return review_under(review_id, history)


def recent_rows(reader: AuditReader, *, now: datetime) -> tuple[Row, ...]:
    """What the index shows of every review that may be open, newest first. Raises as ``AuditReader`` does."""
    wanted = Wanted(outcome=Outcome.APPROVE, since=now - LONGEST_OPEN)
    return reader.list_rows(wanted, limit=MOST_RECENT, today=now.date())


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """A review, and the Wiz issues whose findings have its plan."""

    review: Review
    issues: tuple[str, ...]


def pending_reviews(reader: AuditReader, *, now: datetime) -> Iterator[Listed]:
    """Those that may be approved at ``now``, in UTC, newest first. Raises as ``AuditReader`` does.

    A review that was opened before ``LONGEST_OPEN`` can only be pending if somebody reopened it since.
    """
    since = now - LONGEST_OPEN
    found = chain(_reviews(reader, now, since), _reopened(reader, now, since))
    return (one for one in found if one.review.status(now) is ReviewStatus.PENDING)


def _reopened(reader: AuditReader, now: datetime, since: datetime) -> Iterator[Listed]:
    """Those that were opened before ``since`` and reopened after it, the one that was reopened last first."""
    wanted = Wanted(outcome=Outcome.DONE, reason=Reason.REVIEW_REOPENED, since=since)
    orders = (event.evidence.order for event in reader.find_events(wanted, today=now.date()))
    commands = (order.command for order in orders if order is not None)
    for review_id in dict.fromkeys(command.review_id for command in commands if isinstance(command, ReopenReview)):
        review = find_review(reader, review_id)
        stored = review.stored
        if stored.at < since:
            of_the_resource = Wanted(
                account_id=stored.account_id, resource=stored.resource_arn, outcome=Outcome.APPROVE, since=stored.at
            )
            events = reader.find_events(of_the_resource, today=now.date())
            issues = (event.issue_id for event in events if event.review_id == review.id)
            yield Listed(review=review, issues=tuple(dict.fromkeys(issues)))


def every_review(reader: AuditReader, *, now: datetime) -> Iterator[Listed]:
    """Whatever became of them, newest first. Raises as ``AuditReader`` does."""
    return _reviews(reader, now, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewPage:
    """Some of the reviews, newest first. ``after`` is where the next page begins; empty if there are no more."""

    reviews: tuple[Review, ...]
    after: str


def pending_page(reader: AuditReader, *, now: datetime, size: int, after: str = "") -> ReviewPage:
    """The next of those that may be approved at ``now``, in UTC: about ``size``, or fewer if too many are over.

    Raises as ``AuditReader.read_page`` does.
    """
    found: list[Review] = []
    for _ in range(_MOST_LOOKS):
        page = every_page(reader, now=now, size=size, after=after, since=now - LONGEST_OPEN)
        found += [review for review in page.reviews if review.status(now) is ReviewStatus.PENDING]
        after = page.after
        if not after or len(found) >= size:
            break
    return ReviewPage(reviews=tuple(found), after=after)


def every_page(
    reader: AuditReader, *, now: datetime, size: int, after: str = "", since: datetime | None = None
) -> ReviewPage:
    """The next of the reviews, whatever became of them, from ``size`` runs that had plans. Raises the same."""
    page = reader.read_page(Wanted(outcome=Outcome.APPROVE, since=since), size=size, today=now.date(), after=after)
    runs = together(*(partial(reader.read_run, row.correlation_id) for row in page.rows))
    reviews = (review_of(History(events=events)) for events in runs)
    return ReviewPage(reviews=tuple(review for review in reviews if review is not None), after=page.after)


def _reviews(reader: AuditReader, now: datetime, since: datetime | None) -> Iterator[Listed]:
    """What joined a review is newer than what opened it, and so comes before."""
    issues: dict[str, dict[str, None]] = {}
    for event in reader.find_events(Wanted(outcome=Outcome.APPROVE, since=since), today=now.date()):
        opened_by = joined(event) or event.correlation_id
        issues.setdefault(opened_by, {})[event.issue_id] = None
        if opened_by == event.correlation_id:
            yield Listed(review=find_review(reader, opened_by), issues=tuple(issues.pop(opened_by)))
