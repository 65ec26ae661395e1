"""What takes more than a second says how far it is: on one line, at a terminal only, and gone before anything else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from cli import output, progress
from cli.commands import replay
from cli.deployment import Deployment
from cli.progress import DELAY_SECONDS, ProgressLine
from tests.unit.cli.live_platform import LivePlatform


@pytest.fixture
def seconds(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The clock: its one member. Standard error is taken for a terminal."""
    now = [0.0]
    monkeypatch.setattr(progress, "monotonic", lambda: now[0])
    monkeypatch.setattr(progress, "at_terminal", lambda: True)
    return now


def test_what_is_over_within_a_second_says_nothing(seconds: list[float], capsys: pytest.CaptureFixture[str]) -> None:
    line = ProgressLine()
    seconds[0] = DELAY_SECONDS - 0.01
    line.show("1 of 2")
    line.clear()
    assert capsys.readouterr() == ("", "")


def test_afterwards_the_line_is_written_anew_now_and_then_and_taken_away(
    seconds: list[float], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "10")
    line = ProgressLine()
    seconds[0] = DELAY_SECONDS
    line.show("1 of 2, which is long")
    line.show("too soon")
    seconds[0] += 1
    line.show("2 of 2")
    line.clear()
    line.clear()
    assert capsys.readouterr().err == "\r\x1b[2K1 of 2, w\r\x1b[2K2 of 2\r\x1b[2K"


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
