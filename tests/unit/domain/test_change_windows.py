"""When changes may be made: windows, freezes, both together, and where the clocks are changed."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.domain.change_windows import DAYS, Calendar, ChangeWindow, Closed, Freeze, closed_by

BERLIN = "Europe/Berlin"
SUMMER, WINTER = timedelta(hours=2), timedelta(hours=1)
"""Berlin's clocks go forward on Sunday, 29 March 2026, 02:00 to 03:00, and back on Sunday, 25 October, 03:00 to 02:00.
"""


def at(text: str) -> datetime:
    """A moment, in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def window(days: str, opens: str, closes: str) -> ChangeWindow:
    return ChangeWindow(days=tuple(days.split()), opens=time.fromisoformat(opens), closes=time.fromisoformat(closes))


def freeze(begins: str, ends: str, reason: str = "a reason") -> Freeze:
    return Freeze(begins=datetime.fromisoformat(begins), ends=datetime.fromisoformat(ends), reason=reason)


def calendar(*parts: ChangeWindow | Freeze) -> Calendar:
    return Calendar(
        windows=tuple(part for part in parts if isinstance(part, ChangeWindow)),
        freezes=tuple(part for part in parts if isinstance(part, Freeze)),
    )


OFFICE = calendar(window("mon tue wed thu fri", "09:00", "17:00"))
NIGHTS = calendar(window("mon tue wed thu", "22:00", "04:00"))


def until(parts: Calendar, moment: str, *, zone: str = "UTC") -> datetime | None:
    """Until when the calendar closes a moment, which it does."""
    closed = closed_by([parts], zone, at(moment))
    assert closed is not None, moment
    return closed.until


def is_open(parts: Calendar, moment: str, *, zone: str = "UTC") -> bool:
    return closed_by([parts], zone, at(moment)) is None


# -- Windows ----------------------------------------------------------------------------------------------------------


def test_without_a_window_a_change_may_be_made_at_any_time() -> None:
    assert closed_by([], "UTC", at("2026-11-23T03:00")) is None
    assert closed_by([Calendar(), Calendar()], "UTC", at("2026-11-23T03:00")) is None


@pytest.mark.parametrize("moment", ["2026-11-23T09:00", "2026-11-23T16:59:59.999999", "2026-11-27T12:00"])
def test_a_window_is_open_from_its_opening_until_before_its_closing(moment: str) -> None:
    assert is_open(OFFICE, moment)


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        pytest.param("2026-11-23T08:59:59", "2026-11-23T09:00", id="before it"),
        pytest.param("2026-11-23T17:00", "2026-11-24T09:00", id="as it closes"),
        pytest.param("2026-11-27T18:00", "2026-11-30T09:00", id="over a weekend"),
        pytest.param("2026-11-28T12:00", "2026-11-30T09:00", id="on a day that is none of its own"),
    ],
)
def test_outside_its_window_a_change_may_not_be_made_until_it_opens_again(moment: str, opens: str) -> None:
    assert until(OFFICE, moment) == at(opens)


@pytest.mark.parametrize(
    "moment",
    [
        pytest.param("2026-11-23T22:00", id="on its day"),
        pytest.param("2026-11-24T00:00", id="at midnight"),
        pytest.param("2026-11-24T03:59", id="on the next day"),
        pytest.param("2026-11-27T03:59", id="on the day after its last, which is none of its own"),
    ],
)
def test_a_window_over_midnight_belongs_to_the_day_on_which_it_opens(moment: str) -> None:
    assert is_open(NIGHTS, moment)


@pytest.mark.parametrize(
    ("moment", "opens"),
    [
        pytest.param("2026-11-23T03:59", "2026-11-23T22:00", id="the night before its first day"),
        pytest.param("2026-11-24T04:00", "2026-11-24T22:00", id="as it closes"),
        pytest.param("2026-11-27T22:00", "2026-11-30T22:00", id="the night after its last day"),
    ],
)
def test_a_window_over_midnight_is_closed_in_the_nights_of_other_days(moment: str, opens: str) -> None:
    assert until(NIGHTS, moment) == at(opens)


def test_a_window_over_midnight_goes_from_sunday_into_monday() -> None:
    sunday = calendar(window("sun", "22:00", "04:00"))
    assert is_open(sunday, "2026-11-30T03:59")
    assert until(sunday, "2026-11-29T03:59") == at("2026-11-29T22:00")


def test_a_window_that_closes_as_it_opens_is_open_a_whole_day() -> None:
    tuesday = calendar(window("tue", "09:00", "09:00"))
    assert is_open(tuesday, "2026-11-24T09:00")
    assert is_open(tuesday, "2026-11-25T08:59")
    assert until(tuesday, "2026-11-25T09:00") == at("2026-12-01T09:00")


def test_of_several_windows_one_that_is_open_is_enough() -> None:
    both = calendar(window("mon", "09:00", "10:00"), window("mon", "14:00", "15:00"))
    assert is_open(both, "2026-11-23T14:30")
    assert until(both, "2026-11-23T12:00") == at("2026-11-23T14:00")


def test_a_window_that_opens_only_now_a_week_later_is_waited_for() -> None:
    assert until(calendar(window("mon", "09:00", "10:00")), "2026-11-23T10:00") == at("2026-11-30T09:00")


def test_windows_are_in_the_account_s_own_time_zone() -> None:
    assert is_open(OFFICE, "2026-11-23T08:00", zone=BERLIN)
    assert until(OFFICE, "2026-11-23T16:00", zone=BERLIN) == at("2026-11-24T08:00")


@pytest.mark.parametrize(
    ("zone", "moment", "opens"),
    [
        pytest.param("Pacific/Kiritimati", "2026-11-22T19:30", "2026-11-23T19:00", id="a day ahead of UTC"),
        pytest.param("Pacific/Niue", "2026-11-23T21:00", "2026-11-24T20:00", id="almost a day behind it"),
    ],
)
def test_a_window_opens_on_the_day_that_it_is_there(zone: str, moment: str, opens: str) -> None:
    assert until(calendar(window(" ".join(DAYS), "09:00", "09:15")), moment, zone=zone) == at(opens)


def test_a_window_on_no_day_never_opens() -> None:
    assert until(calendar(window("", "09:00", "17:00")), "2026-11-23T12:00") is None


def test_a_time_zone_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(ValueError, match="'Europe/Atlantis' is not a time zone"):
        closed_by([OFFICE], "Europe/Atlantis", at("2026-11-23T12:00"))


def test_without_a_calendar_changes_may_be_made_and_time_zones_are_not_even_loaded() -> None:
    assert closed_by([Calendar(), Calendar()], "Europe/Atlantis", at("2026-11-23T12:00")) is None
    program = "import sys, runtime.domain.decision; print('zoneinfo' in sys.modules)"
    command = [sys.executable, "-c", program]
    ran = subprocess.run(command, cwd=Path(__file__).parents[3], capture_output=True, text=True, check=True)
    assert ran.stdout == "False\n"


# -- Freezes ----------------------------------------------------------------------------------------------------------


def test_a_freeze_closes_from_its_begin_until_before_its_end_and_says_which_it_is() -> None:
    holidays = freeze("2026-12-18T17:00", "2027-01-04T08:00", "holidays")
    frozen = calendar(holidays)
    for moment in ("2026-12-18T17:00", "2027-01-04T07:59"):
        assert closed_by([frozen], "UTC", at(moment)) == Closed(until=at("2027-01-04T08:00"), freeze=holidays)
    assert is_open(frozen, "2026-12-18T16:59")
    assert is_open(frozen, "2027-01-04T08:00")


def test_a_freeze_is_in_the_account_s_own_time_zone() -> None:
    frozen = calendar(freeze("2026-12-18T17:00", "2027-01-04T08:00"))
    assert is_open(frozen, "2026-12-18T15:59", zone=BERLIN)
    assert until(frozen, "2026-12-18T16:00", zone=BERLIN) == at("2027-01-04T07:00")


def test_a_freeze_closes_an_open_window_and_is_followed_by_the_next_that_opens() -> None:
    frozen = calendar(*OFFICE.windows, freeze("2026-11-23T08:00", "2026-11-27T17:00"))
    assert until(frozen, "2026-11-23T12:00") == at("2026-11-30T09:00")


def test_after_a_long_freeze_the_next_window_opens() -> None:
    frozen = calendar(*OFFICE.windows, freeze("2026-11-23T08:00", "2027-01-04T20:00"))
    assert until(frozen, "2026-11-23T12:00") == at("2027-01-05T09:00")


def test_a_freeze_may_end_in_the_middle_of_a_window() -> None:
    frozen = calendar(*OFFICE.windows, freeze("2026-11-20T00:00", "2026-11-24T11:30"))
    assert until(frozen, "2026-11-23T12:00") == at("2026-11-24T11:30")


def test_freezes_that_overlap_are_over_when_the_last_of_them_is() -> None:
    frozen = calendar(
        *OFFICE.windows,
        freeze("2026-11-20T00:00", "2026-12-04T00:00"),
        freeze("2026-12-01T00:00", "2027-03-01T12:00"),
    )
    assert until(frozen, "2026-11-23T12:00") == at("2027-03-01T12:00")


def test_a_freeze_that_comes_before_the_next_window_is_waited_for_too() -> None:
    coming = calendar(*OFFICE.windows, freeze("2026-11-24T00:00", "2026-11-25T00:00"))
    closed = closed_by([coming], "UTC", at("2026-11-23T18:00"))
    assert closed == Closed(until=at("2026-11-25T09:00"), freeze=None)


def test_a_freeze_that_is_over_does_not_matter() -> None:
    over = calendar(freeze("0001-01-01", "0001-01-02"), freeze("2026-11-22T00:00", "2026-11-23T12:00"))
    assert is_open(over, "2026-11-23T12:00")
    assert until(calendar(*over.freezes, *OFFICE.windows), "2026-11-23T18:00") == at("2026-11-24T09:00")


@pytest.mark.parametrize("ends", ["2027-12-01", "9999-12-31T23:59:59.999999"])
def test_a_freeze_without_an_end_in_sight_never_ends(ends: str) -> None:
    assert until(calendar(freeze("2026-01-01", ends)), "2026-11-23T12:00") is None
    assert until(calendar(freeze("2026-01-01", ends), *OFFICE.windows), "2026-11-23T12:00", zone=BERLIN) is None


# -- Several calendars ------------------------------------------------------------------------------------------------


def test_a_change_may_be_made_only_where_every_calendar_is_open() -> None:
    mornings = calendar(window(" ".join(DAYS), "06:00", "10:00"))
    assert closed_by([OFFICE, mornings], "UTC", at("2026-11-23T09:30")) is None
    for moment in ("2026-11-23T08:00", "2026-11-22T09:30"):
        assert closed_by([OFFICE, mornings], "UTC", at(moment)) == Closed(until=at("2026-11-23T09:00"), freeze=None)
    assert closed_by([mornings, OFFICE], "UTC", at("2026-11-23T12:00")) == Closed(
        until=at("2026-11-24T09:00"), freeze=None
    )


def test_calendars_that_are_never_open_together_never_open() -> None:
    weekends = calendar(window("sat sun", "00:00", "00:00"))
    closed = closed_by([OFFICE, weekends], "UTC", at("2026-11-23T12:00"))
    assert closed == Closed(until=None, freeze=None)


def test_a_freeze_of_one_calendar_closes_the_windows_of_the_other() -> None:
    frozen = calendar(freeze("2026-11-23T00:00", "2026-11-24T00:00", "the audit"))
    for calendars in ([OFFICE, frozen], [frozen, OFFICE]):
        closed = closed_by(calendars, "UTC", at("2026-11-23T12:00"))
        assert closed == Closed(until=at("2026-11-24T09:00"), freeze=frozen.freezes[0])


# -- Where the clocks are changed -------------------------------------------------------------------------------------


def test_a_window_opens_at_its_local_time_before_and_after_the_clocks_are_changed() -> None:
    assert until(OFFICE, "2026-03-27T17:00", zone=BERLIN) == at("2026-03-30T09:00") - SUMMER
    assert until(OFFICE, "2026-10-23T17:00", zone=BERLIN) == at("2026-10-26T09:00") - WINTER


@pytest.mark.parametrize("opens", ["02:00", "02:30", "03:00"])
def test_a_window_that_opens_within_the_hour_that_is_left_out_opens_after_it(opens: str) -> None:
    sunday = calendar(window("sun", opens, "04:00"))
    assert until(sunday, "2026-03-29T00:59", zone=BERLIN) == at("2026-03-29T01:00")
    assert is_open(sunday, "2026-03-29T01:00", zone=BERLIN)
    assert until(sunday, "2026-03-29T02:00", zone=BERLIN) == at(f"2026-04-05T{opens}") - SUMMER


def test_where_it_is_sunday_already_the_clocks_are_changed_on_saturday_by_utc() -> None:
    sunday = calendar(window("sun", "02:20", "04:00"))
    assert until(sunday, "2026-09-26T13:30", zone="Pacific/Auckland") == at("2026-09-26T14:00")


def test_a_window_within_the_hour_that_is_left_out_does_not_open_that_day() -> None:
    sunday = calendar(window("sun", "02:15", "02:45"))
    assert until(sunday, "2026-03-29T00:00", zone=BERLIN) == at("2026-04-05T00:15")


def test_a_window_within_the_hour_that_comes_twice_opens_twice() -> None:
    sunday = calendar(window("sun", "02:20", "02:40"))
    assert until(sunday, "2026-10-25T00:00", zone=BERLIN) == at("2026-10-25T00:20")
    assert is_open(sunday, "2026-10-25T00:39", zone=BERLIN)
    assert until(sunday, "2026-10-25T00:40", zone=BERLIN) == at("2026-10-25T01:20")
    assert is_open(sunday, "2026-10-25T01:39", zone=BERLIN)
    assert until(sunday, "2026-10-25T01:40", zone=BERLIN) == at("2026-11-01T01:20")


def test_a_window_that_closed_opens_again_as_the_clocks_are_set_back_into_it() -> None:
    sunday = calendar(window("sun", "01:00", "02:30"))
    assert until(sunday, "2026-10-25T00:30", zone=BERLIN) == at("2026-10-25T01:00")
    assert is_open(sunday, "2026-10-25T01:00", zone=BERLIN)


def test_a_freeze_that_ends_within_the_hour_that_comes_twice_ends_twice() -> None:
    frozen = calendar(freeze("2026-10-24T00:00", "2026-10-25T02:30"))
    assert until(frozen, "2026-10-25T00:00", zone=BERLIN) == at("2026-10-25T00:30")
    assert is_open(frozen, "2026-10-25T00:30", zone=BERLIN)
    assert until(frozen, "2026-10-25T01:00", zone=BERLIN) == at("2026-10-25T01:30")


def test_a_freeze_that_ends_within_the_hour_that_is_left_out_ends_after_it() -> None:
    frozen = calendar(freeze("2026-03-28T00:00", "2026-03-29T02:30"))
    assert until(frozen, "2026-03-29T00:59", zone=BERLIN) == at("2026-03-29T01:00")


# -- Whatever the calendars -------------------------------------------------------------------------------------------

QUARTER = timedelta(minutes=15)
times = st.integers(0, 95).map(lambda quarters: time(quarters // 4, quarters % 4 * 15))
windows = st.builds(
    ChangeWindow, days=st.lists(st.sampled_from(DAYS), max_size=3, unique=True).map(tuple), opens=times, closes=times
)
freezes = st.builds(
    lambda day, begins, quarters: Freeze(
        begins=datetime.combine(day, begins), ends=datetime.combine(day, begins) + QUARTER * quarters, reason=""
    ),
    st.dates(date(2026, 10, 23), date(2026, 10, 27)),
    times,
    st.integers(1, 200),
)
calendars = st.lists(
    st.builds(
        Calendar,
        windows=st.lists(windows, max_size=2).map(tuple),
        freezes=st.lists(freezes, max_size=2).map(tuple),
    ),
    max_size=2,
)
CLOCKS = {
    BERLIN: at("2026-10-24T00:00"),
    "America/New_York": at("2026-10-31T00:00"),
    "Pacific/Auckland": at("2026-09-25T00:00"),
    "Australia/Lord_Howe": at("2026-10-02T12:00"),  # by half an hour
    "UTC": at("2026-10-24T00:00"),
}
"""A moment before the clocks are changed."""


def slowly_open(parts: list[Calendar], zone: str, moment: datetime) -> bool:
    """Whether every calendar is open, by other means than the code under test."""
    local = moment.astimezone(ZoneInfo(zone)).replace(tzinfo=None)

    def includes(one: ChangeWindow) -> bool:
        for day in (local.date(), local.date() - timedelta(days=1)):
            opens, closes = datetime.combine(day, one.opens), datetime.combine(day, one.closes)
            closes += timedelta(days=1 if closes <= opens else 0)
            if DAYS[day.weekday()] in one.days and opens <= local < closes:
                return True
        return False

    frozen = any(one.begins <= local < one.ends for part in parts for one in part.freezes)
    return not frozen and all(not part.windows or any(map(includes, part.windows)) for part in parts)


@given(parts=calendars, zone=st.sampled_from(sorted(CLOCKS)), quarters=st.integers(0, 200))
def test_closed_is_until_the_first_moment_that_is_open(parts: list[Calendar], zone: str, quarters: int) -> None:
    now = CLOCKS[zone] + QUARTER * quarters
    closed = closed_by(parts, zone, now)
    assert (closed is None) == slowly_open(parts, zone, now)
    if closed is not None:
        later = (now + QUARTER * count for count in range(1, 20 * 96))
        assert closed.until == next((moment for moment in later if slowly_open(parts, zone, moment)), None)
