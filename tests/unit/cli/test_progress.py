"""What takes more than a second says how far it is: on one line, at a terminal only, and gone before anything else."""

from __future__ import annotations

import fcntl
import io
import os
import struct
import termios
from collections.abc import Callable
from typing import Any, ClassVar

import pytest

from cli import output, progress
from cli.commands import replay
from cli.deployment import Deployment
from cli.progress import DELAY_SECONDS, ProgressLine, width_of
from tests.unit.cli.live_platform import LivePlatform


class Later:
    """A timer, of which the test says when its time has come."""

    due: ClassVar[list[Later]] = []

    def __init__(self, seconds: float, call: Callable[[], None]) -> None:
        self.seconds, self.call = seconds, call

    def start(self) -> None:
        self.due.append(self)

    def cancel(self) -> None:
        self.due.remove(self)


@pytest.fixture
def seconds(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The clock: its one member. Standard error is taken for a terminal."""
    now = [0.0]
    monkeypatch.setattr(progress, "monotonic", lambda: now[0])
    monkeypatch.setattr(progress, "Timer", Later)
    monkeypatch.setattr(Later, "due", [])
    monkeypatch.setattr(progress, "at_terminal", lambda: True)
    monkeypatch.setattr(progress, "width_of", lambda _: 10)
    return now


def test_what_is_over_within_a_second_says_nothing(seconds: list[float], capsys: pytest.CaptureFixture[str]) -> None:
    line = ProgressLine()
    seconds[0] = DELAY_SECONDS - 0.01
    line.show("1 of 2")
    line.clear()
    assert capsys.readouterr() == ("", "")


def test_what_was_said_too_early_is_shown_when_it_is_time(
    seconds: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    line = ProgressLine()
    line.show("first")
    line.show("second")
    (later,) = Later.due
    assert later.seconds == DELAY_SECONDS
    seconds[0] = DELAY_SECONDS
    later.call()
    assert capsys.readouterr().err == "\r\x1b[2Ksecond"


def test_what_is_over_by_then_is_not_shown_any_more(seconds: list[float], capsys: pytest.CaptureFixture[str]) -> None:
    line = ProgressLine()
    line.show("first")
    (later,) = Later.due
    line.clear()
    assert Later.due == []
    later.call()  # it had begun when it was cancelled
    assert capsys.readouterr().err == ""


def test_afterwards_the_line_is_written_anew_now_and_then_and_taken_away(
    seconds: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    line = ProgressLine()
    seconds[0] = DELAY_SECONDS
    line.show("1 of 2, which is long")
    line.show("too soon")
    seconds[0] += 1
    line.show("2 of 2")
    line.clear()
    line.clear()
    assert capsys.readouterr().err == "\r\x1b[2K1 of 2, …\r\x1b[2K2 of 2\r\x1b[2K"


def test_it_is_as_wide_as_the_terminal_that_it_is_written_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """And not as another that the answers may go to."""
    monkeypatch.delenv("COLUMNS", raising=False)
    person, terminal = os.openpty()
    with os.fdopen(person), os.fdopen(terminal, "w") as stream:
        fcntl.ioctl(stream, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 61, 0, 0))
        assert width_of(stream) == 61
        monkeypatch.setenv("COLUMNS", "40")
        assert width_of(stream) == 40
    assert width_of(io.StringIO()) is None


def test_elsewhere_than_at_a_terminal_nothing_is_written(
    seconds: list[float], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    line = ProgressLine()
    monkeypatch.setattr(progress, "at_terminal", lambda: False)
    seconds[0] = 60
    line.show("1 of 2")
    line.clear()
    assert capsys.readouterr() == ("", "")


@pytest.mark.parametrize(
    "say",
    [
        lambda: output.say("x"),
        lambda: output.say_aside("x"),
        lambda: output.print_json("x"),
        lambda: output.print_table(("A",), [("x",)]),
        lambda: output.print_fields({"a": "x"}),
    ],
    ids=["say", "say_aside", "print_json", "print_table", "print_fields"],
)
def test_nothing_is_written_into_the_line(
    say: Callable[[], None],
    seconds: list[float],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(output, "_PROGRESS", ProgressLine())
    monkeypatch.setattr(progress, "width_of", lambda _: 80)
    seconds[0] = DELAY_SECONDS
    output.show_progress("half\x1b[31m of it")
    say()
    said = capsys.readouterr()
    assert "\r\x1b[2Khalf\\x1b[31m of it\r\x1b[2K" in said.err
    assert "x" in said.out + said.err.removeprefix("\r\x1b[2Khalf\\x1b[31m of it\r\x1b[2K")


def test_reading_the_trail_and_deciding_again_say_how_far_they_are(platform: LivePlatform) -> None:
    told: list[str] = []
    run = platform.find(platform.bucket())
    reader = Deployment("test", told.append).audit_reader()
    events: Any = [platform.outcome(run), platform.outcome(run)]
    assert len(list(replay._told(events, told.append))) == 2
    assert told[-1].startswith("Deciding again: 2 findings, back to 20")
    assert list(reader.recent_runs(events[0].at.date())) == [run]
    assert any(text == "Reading the audit trail: 1 rows" for text in told)
