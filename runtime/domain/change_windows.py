"""When changes are allowed: weekly windows and freezes, in an account's time zone. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_A_DAY = timedelta(days=1)
_AROUND = range(-1, 9)
"""The days to check around one: windows repeat every week, and clocks can differ from UTC by a day."""
_IN_SIGHT = timedelta(days=366)
"""A freeze that ends later than that is treated as endless."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeWindow:
    """Open on these ``days`` (of ``DAYS``) from ``opens`` until before ``closes``, local time.

    A window whose closing time is not after its opening time closes on the next day.
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
    """When changes are allowed. Without a window, at any time except during freezes."""

    windows: tuple[ChangeWindow, ...] = ()
    freezes: tuple[Freeze, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """No change is allowed now. ``until`` is in UTC, ``None`` if no time within range is open by every calendar."""

    until: datetime | None
    freeze: Freeze | None


def closed_by(calendars: Iterable[Calendar], time_zone: str, now: datetime) -> Closed | None:
    """Whether any of the calendars closes ``now`` (UTC), and until when; ``None`` if a change is allowed.

    Raises ``ValueError`` for a time zone that does not exist.
    """
    calendars = [calendar for calendar in calendars if calendar.windows or calendar.freezes]
    if not calendars:
        return None
    zone = find_time_zone(time_zone)
    freezes = [freeze for calendar in calendars for freeze in calendar.freezes]

    def open_at(moment: datetime) -> bool:
        local = moment.astimezone(zone).replace(tzinfo=None)
        return _freeze_at(freezes, local) is None and all(
            not calendar.windows or any(window.includes(local) for window in calendar.windows) for calendar in calendars
        )

    if open_at(now):
        return None
    local = now.astimezone(zone).replace(tzinfo=None)
    candidates = _candidates(calendars, local, zone)
    until = min((moment for moment in candidates if moment > now and open_at(moment)), default=None)
    return Closed(until=until, freeze=_freeze_at(freezes, local))


def find_time_zone(name: str) -> tzinfo:
    """The time zone of that name. Raises ``ValueError`` if there is none."""
    from zoneinfo import ZoneInfo  # noqa: PLC0415  slow, and only where there is a calendar

    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:  # OSError where the name is that of a folder of the database
        raise ValueError(f"{name!r} is not a time zone") from error


def _freeze_at(freezes: Iterable[Freeze], local: datetime) -> Freeze | None:
    return next((freeze for freeze in freezes if freeze.begins <= local < freeze.ends), None)


def _candidates(calendars: Sequence[Calendar], local: datetime, zone: tzinfo) -> Iterator[datetime]:
    """Every moment at which closed can become open: a window opens, a freeze ends, or the clocks change."""
    opening = {window.opens for calendar in calendars for window in calendar.windows}
    ends = {freeze.ends for calendar in calendars for freeze in calendar.freezes}
    in_sight = {end for end in ends if -_A_DAY < end - local <= _IN_SIGHT}
    for end in in_sight:
        yield from _moments(end, zone)
    for day in {begin.date() + _A_DAY * days for begin in (local, *in_sight) for days in _AROUND}:
        for opens in opening:
            yield from _moments(datetime.combine(day, opens), zone)
        yield from _clock_changes(day, zone)


def _moments(local: datetime, zone: tzinfo) -> Iterator[datetime]:
    """The moments at which the clocks of a zone show a time: two if they are set back."""
    for fold in (0, 1):
        yield local.replace(tzinfo=zone, fold=fold).astimezone(UTC)


def _clock_changes(day: date, zone: tzinfo) -> Iterator[datetime]:
    """The moments of a UTC day at which the clocks can change: none, or any quarter of an hour."""
    first = datetime.combine(day, time(), UTC)
    if first.astimezone(zone).utcoffset() != (first + _A_DAY).astimezone(zone).utcoffset():
        yield from (first + timedelta(minutes=15 * quarters) for quarters in range(24 * 4 + 1))
