"""The findings of a time, each once, with how it stands: from the audit trail, and from what waits now.

Wiz publishes an issue again and again, and each time is a run. A case is all runs of one issue within the time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import chain

from cli.audit_reader import AuditReader
from cli.reviews import pending_reviews
from cli.rows import Wanted
from cli.run_view import control_of
from infra.results import RESULTS, Result
from runtime.domain.audit import AuditEvent, EventKind
from runtime.domain.hold import Hold
from runtime.domain.outcome import Reason

_STAYS_FIXED = frozenset({Reason.ALREADY_COMPLIANT, Reason.ISSUE_NOT_OPEN})
"""How an issue ends that is published once more after its fix."""

CLOSED = frozenset({Result.FIXED, Result.SKIPPED})
"""Where nothing is left to be done; everything else is open."""

_EVERY_SO_MANY = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One finding. Times are in UTC; ``detected_at`` is ``None`` where Wiz's payload does not say, or was not read.

    ``run_id`` is the run that ``result`` and ``reason`` are of. ``turns`` are when it was first seen within the time,
    when it was closed, when it was open again, and so on. ``fixed_at`` and ``undone_at`` are when that last happened,
    whatever came later.
    """

    issue_id: str
    run_id: str
    result: Result
    reason: Reason
    sentence: str
    resource_arn: str
    account_id: str
    environment: str
    owner: str
    fix_id: str
    control: str
    severity: str
    detected_at: datetime | None
    turns: tuple[datetime, ...]
    fixed_at: datetime | None = None
    undone_at: datetime | None = None

    @property
    def seen_at(self) -> datetime:
        return self.turns[0]

    @property
    def time_to_fix(self) -> timedelta | None:
        """From Wiz's detection to the fix, read back; ``None`` where either is not known, or they contradict."""
        if self.fixed_at is None or self.detected_at is None or self.fixed_at < self.detected_at:
            return None
        return self.fixed_at - self.detected_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """What waits now: the plans under review and the held runs, by the issue that they are for."""

    reviews: frozenset[str] = frozenset()
    holds: Mapping[str, Hold]


def read_waiting(reader: AuditReader, held: Iterable[Hold], now: datetime) -> Waiting:
    """Raises as ``AuditReader`` does."""
    pending = chain.from_iterable(listed.issues for listed in pending_reviews(reader, now=now))
    return Waiting(reviews=frozenset(pending), holds={hold.issue_id: hold for hold in held})


def read_cases(
    reader: AuditReader, wanted: Wanted, waiting: Waiting, *, now: datetime, tell: Callable[[int], None]
) -> tuple[Case, ...]:
    """The cases of the wanted outcomes, those that were seen first come first.

    ``tell`` is told how many records were read, again and again. Raises as ``AuditReader`` does.
    """
    found: dict[str, Case] = {}
    newest_first = []
    for number, event in enumerate(reader.find_events(wanted, today=now.date()), start=1):
        if number % _EVERY_SO_MANY == 0:
            tell(number)
        if event.kind is EventKind.OUTCOME and (case := _case_of(event)) is not None:
            newest_first.append(case)
    for case in reversed(newest_first):
        before = found.get(case.issue_id)
        found[case.issue_id] = case if before is None else _later(before, case)
    for issue_id, hold in waiting.holds.items():
        held, case = _held(hold), found.get(issue_id)
        if case is not None:
            found[issue_id] = _later(case, held)
        elif wanted.since is None or wanted.since <= hold.since:
            found[issue_id] = held
    settled = (_settled(case, waiting) for case in found.values())
    return tuple(sorted(settled, key=lambda case: (case.seen_at, case.issue_id)))


def _case_of(event: AuditEvent) -> Case | None:
    """What one outcome says; ``None`` for a command's that is about no finding."""
    result, evidence = RESULTS[event.outcome], event.evidence
    if result is None or (evidence.order is not None and result is not Result.UNDONE):
        return None
    finding = evidence.finding
    return Case(
        issue_id=event.issue_id or event.correlation_id,
        run_id=event.correlation_id,
        result=result,
        reason=event.reason,
        sentence=event.sentence,
        resource_arn=event.resource_arn,
        account_id=event.account_id,
        environment=event.environment,
        owner=event.owner,
        fix_id=event.fix_id,
        control=control_of(evidence) or event.entry_id,
        severity=finding.severity if finding else "",
        detected_at=_moment(finding.created_at) if finding else None,
        turns=(event.at, event.at) if result in CLOSED else (event.at,),
        fixed_at=event.at if result is Result.FIXED else None,
        undone_at=event.at if result is Result.UNDONE else None,
    )


def _later(before: Case, after: Case) -> Case:
    """A case, once one more of its runs has ended."""
    if before.result is Result.FIXED and after.reason in _STAYS_FIXED:
        return before
    was_open, is_open = len(before.turns) % 2 == 1, after.result not in CLOSED
    return replace(
        after,
        turns=before.turns if was_open is is_open else (*before.turns, after.seen_at),
        detected_at=before.detected_at or after.detected_at,
        fixed_at=after.fixed_at or before.fixed_at,
        undone_at=after.undone_at or before.undone_at,
        control=after.control or before.control,
        severity=after.severity or before.severity,
        owner=after.owner or before.owner,
        environment=after.environment or before.environment,
        resource_arn=after.resource_arn or before.resource_arn,
        account_id=after.account_id or before.account_id,
        fix_id=after.fix_id or before.fix_id,
    )


def _settled(case: Case, waiting: Waiting) -> Case:
    """A plan that was stored for people waits only as long as they may approve it."""
    over = case.result is Result.WAITING and case.issue_id not in waiting.reviews and case.issue_id not in waiting.holds
    return replace(case, result=Result.LEFT, sentence=f"It expired, or was denied. {case.sentence}") if over else case


def _held(hold: Hold) -> Case:
    """A finding that has had no outcome yet."""
    return Case(
        issue_id=hold.issue_id,
        run_id=hold.correlation_id,
        result=Result.WAITING,
        reason=hold.reason,
        sentence=hold.sentence,
        resource_arn=hold.resource_arn,
        account_id=hold.account_id,
        environment=hold.environment,
        owner="",
        fix_id=hold.fix_id,
        control="",
        severity="",
        detected_at=None,
        turns=(hold.since,),
    )


def _moment(text: str) -> datetime | None:
    """A time as Wiz writes it; ``None`` for anything else: it is the payload's word."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
