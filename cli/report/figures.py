"""What a report says, computed from its cases."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median, quantiles

from cli.report.blockers import HARMLESS, WHAT_TO_DO
from cli.report.cases import CLOSED, Case
from infra.results import Result
from runtime.domain.outcome import Reason

SPANS = (
    ("within 5 minutes", timedelta(minutes=5)),
    ("within an hour", timedelta(hours=1)),
    ("within a day", timedelta(days=1)),
    ("within a week", timedelta(weeks=1)),
    ("later", timedelta.max),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The cases of one control, account or owner: fixed, skipped or ``open``, of which some are ``waiting``.

    ``open_by_day`` are those open at the end of each day.
    """

    name: str
    found: int
    fixed: int
    skipped: int
    waiting: int
    open: int
    open_by_day: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocker:
    """A reason why findings were not fixed, with what it is, and what to do."""

    reason: Reason
    result: Result
    count: int
    what: str
    to_do: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """How long it took from detection to fix. ``spans`` count the fixes; ``unknown`` are without a known detection."""

    median: timedelta | None
    ninetieth: timedelta | None
    spans: tuple[tuple[str, int], ...]
    unknown: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """``ever_fixed`` counts what was fixed within the time, ``undone`` what of it was undone, even if fixed again."""

    since: datetime
    until: datetime
    cases: tuple[Case, ...]
    counts: dict[Result, int]
    ever_fixed: int
    undone: int
    days: tuple[date, ...]
    open_by_day: tuple[int, ...]
    speed: Speed
    blockers: tuple[Blocker, ...]
    groups: dict[str, tuple[Group, ...]]

    @property
    def found(self) -> int:
        return len(self.cases)

    @property
    def undo_rate(self) -> float | None:
        """Of what was fixed, how much was taken back; ``None`` where nothing was fixed."""
        return self.undone / self.ever_fixed if self.ever_fixed else None


def figures(cases: Sequence[Case], *, since: datetime, until: datetime) -> Figures:
    """Times are in UTC; ``until`` is not part of the time."""
    days = _days(since, until)
    counts = Counter(case.result for case in cases)
    by: dict[str, Callable[[Case], str]] = {
        "control": lambda case: case.control or "(not said)",
        "account": lambda case: case.account_id or "(not said)",
        "owner": lambda case: case.owner or "(none found)",
    }
    return Figures(
        since=since,
        until=until,
        cases=tuple(cases),
        counts={result: counts[result] for result in Result},
        ever_fixed=sum(case.fixed_at is not None for case in cases),
        undone=sum(case.fixed_at is not None and case.undone_at is not None for case in cases),
        days=days,
        open_by_day=_open_by_day(cases, days),
        speed=_speed(cases),
        blockers=_blockers(cases),
        groups={name: _groups(cases, key, days) for name, key in by.items()},
    )


def _days(since: datetime, until: datetime) -> tuple[date, ...]:
    last = (until - timedelta(microseconds=1)).date()
    return tuple(since.date() + timedelta(days=day) for day in range((last - since.date()).days + 1))


def _open_by_day(cases: Iterable[Case], days: Sequence[date]) -> tuple[int, ...]:
    """How many had been seen by the end of each day, and were open then."""
    changes: Counter[date] = Counter()
    for case in cases:
        for number, turn in enumerate(case.turns):
            changes[turn.date()] += -1 if number % 2 else 1
    total, counted = sum(number for day, number in changes.items() if day < days[0]), []
    for day in days:
        total += changes[day]
        counted.append(total)
    return tuple(counted)


def _speed(cases: Iterable[Case]) -> Speed:
    fixed = [case for case in cases if case.fixed_at is not None]
    taken = sorted(one.time_to_fix for one in fixed if one.time_to_fix is not None)
    spans, least = [], timedelta()
    for name, most in SPANS:
        spans.append((name, sum(least <= one < most for one in taken)))
        least = most
    seconds = [one.total_seconds() for one in taken]
    ninetieth = quantiles(seconds, n=10, method="inclusive")[-1] if len(seconds) > 1 else None
    return Speed(
        median=timedelta(seconds=median(seconds)) if seconds else None,
        ninetieth=timedelta(seconds=ninetieth) if ninetieth is not None else None,
        spans=tuple(spans),
        unknown=len(fixed) - len(taken),
    )


def _blockers(cases: Iterable[Case]) -> tuple[Blocker, ...]:
    blocked = Counter(
        (case.reason, case.result)
        for case in cases
        if case.result not in (Result.FIXED, Result.UNDONE) and case.reason not in HARMLESS
    )
    found = []
    for (reason, result), count in blocked.most_common():
        what, to_do = WHAT_TO_DO.get(reason, (reason.value, "Look at the records."))
        found.append(Blocker(reason=reason, result=result, count=count, what=what, to_do=to_do))
    return tuple(found)


def _groups(cases: Sequence[Case], key: Callable[[Case], str], days: Sequence[date]) -> tuple[Group, ...]:
    by_name: dict[str, list[Case]] = {}
    for case in cases:
        by_name.setdefault(key(case), []).append(case)
    groups = (
        Group(
            name=name,
            found=len(some),
            fixed=sum(case.result is Result.FIXED for case in some),
            skipped=sum(case.result is Result.SKIPPED for case in some),
            waiting=sum(case.result is Result.WAITING for case in some),
            open=sum(case.result not in CLOSED for case in some),
            open_by_day=_open_by_day(some, days),
        )
        for name, some in by_name.items()
    )
    return tuple(sorted(groups, key=lambda group: (-group.open, -group.found, group.name)))


def in_words(span: timedelta) -> str:
    """A duration, as people say it."""
    seconds = span.total_seconds()
    for unit, size in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= size:
            number = round(seconds / size, 1)
            return f"{number:g} {unit}{'' if number == 1 else 's'}"
    return f"{seconds:.0f} seconds"
