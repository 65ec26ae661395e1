"""When changes may be made: weekly windows and freezes, in an account's own time zone. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LOOK_AHEAD = timedelta(days=8)
"""Windows repeat every week: if none opens within it and a day more, none ever does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeWindow:
    """Open on these ``days`` (of ``DAYS``) from ``opens`` until before ``closes``, local time.

    A window that closes at or before the time at which it opens, closes on the next day.
    """

    days: tuple[str, ...]
    opens: time
    closes: time

    def includes(self, local: datetime) -> bool:
        now, today = local.time(), DAYS[local.weekday()]
        if self.opens < self.closes:
            return today in self.days and self.opens <= now < self.closes
        yesterday = DAYS[local.weekday() - 1]
        return (today in self.days and now >= self.opens) or (yesterday in self.days and now < self.closes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Freeze:
    """No changes from ``begins`` until before ``ends``, local time without a zone."""

    begins: datetime
    ends: datetime
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """When changes may be made. Without a window they may at any time, but for the freezes."""

    windows: tuple[ChangeWindow, ...] = ()
    freezes: tuple[Freeze, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """No change may be made now. ``until`` is in UTC, ``None`` if no time in sight is open by every calendar."""

    until: datetime | None
    freeze: Freeze | None


def closed_by(calendars: Iterable[Calendar], time_zone: str, now: datetime) -> Closed | None:
    """Whether any of the calendars closes ``now`` (UTC), and until when; ``None`` if a change may be made.

    Raises ``zoneinfo.ZoneInfoNotFoundError`` for a time zone that does not exist.
    """
    zone, calendars = ZoneInfo(time_zone), tuple(calendars)
    freezes = [freeze for calendar in calendars for freeze in calendar.freezes]

    def open_at(moment: datetime) -> bool:
        local = moment.astimezone(zone).replace(tzinfo=None)
        return _freeze_at(freezes, local) is None and all(
            not calendar.windows or any(window.includes(local) for window in calendar.windows) for calendar in calendars
        )

    if open_at(now):
        return None
    local = now.astimezone(zone).replace(tzinfo=None)
    candidates = (
        wall.replace(tzinfo=zone).astimezone(UTC) for wall in _candidates(calendars, local, freezes) if wall > local
    )
    until = min((moment for moment in candidates if moment > now and open_at(moment)), default=None)
    return Closed(until=until, freeze=_freeze_at(freezes, local))


def _freeze_at(freezes: Iterable[Freeze], local: datetime) -> Freeze | None:
    return next((freeze for freeze in freezes if freeze.begins <= local < freeze.ends), None)


def _candidates(calendars: Iterable[Calendar], local: datetime, freezes: Iterable[Freeze]) -> Iterator[datetime]:
    """Every local time at which closed may become open: where a window opens, and where a freeze ends."""
    ends = [freeze.ends for freeze in freezes if freeze.ends > local]
    yield from ends
    for begin in (local, *ends):
        for window in (window for calendar in calendars for window in calendar.windows):
            for day in _days_from(begin.date()):
                yield datetime.combine(day, window.opens)


def _days_from(first: date) -> Iterator[date]:
    return (first + timedelta(days=days) for days in range(_LOOK_AHEAD.days + 1))
