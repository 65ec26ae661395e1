"""Whether somebody is asked, and what an answer means."""

from __future__ import annotations

import os
import pty
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.confirmation import confirm
from cli.errors import AnswerIsNo, Unusable


@pytest.fixture
def person(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A terminal as standard input. The descriptor that types into it."""
    typing, terminal = pty.openpty()
    with os.fdopen(terminal) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        yield typing
    os.close(typing)


@pytest.mark.parametrize("answer", ["y", "yes"])
def test_a_person_at_a_terminal_can_say_yes(person: int, answer: str) -> None:
    os.write(person, f"{answer}\n".encode())
    confirm("Undo this?", yes=False, as_json=False)


@pytest.mark.parametrize("answer", ["n", "no", ""])
def test_anything_but_yes_is_a_no(person: int, answer: str) -> None:
    os.write(person, f"{answer}\n".encode())
    with pytest.raises(AnswerIsNo, match="Nothing was done"):
        confirm("Undo this?", yes=False, as_json=False)


def test_a_long_question_is_folded_and_leaves_room_for_the_answer(
    person: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("cli.output.width_of", lambda _: 40)
    os.write(person, b"y\n")
    confirm("Undo this on the bucket of last year's invoices?", yes=False, as_json=False)
    assert capsys.readouterr().err == "Undo this on the bucket of last\nyear's invoices? [y/N]:"


def test_the_option_answers_for_the_person(person: int) -> None:
    confirm("Undo this?", yes=True, as_json=False)


def test_a_file_cannot_be_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with Path(os.devnull).open(encoding="utf-8") as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        with pytest.raises(Unusable, match=r"Not a terminal: pass --yes to confirm\. Undo this"):
            confirm("Undo this?", yes=False, as_json=False)
