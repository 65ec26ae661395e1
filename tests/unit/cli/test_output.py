"""Tables and fields: no id is folded or cut, however narrow the terminal; elsewhere nothing is folded at all."""

from __future__ import annotations

import pytest

from cli import output

RUN = "5e0c1f2a-90ab-4c0d-8e1f-000000000001"
ARN = "arn:aws:s3:::acme-invoices-of-the-year-2026-and-of-those-before-it"
COLUMNS = ("Run", "Outcome", "Resource", "Reason", "Account")
ROWS = [(RUN, "REMEDIATE", ARN, "ELIGIBLE", "111122223333"), (RUN[:-1] + "2", "SKIP", ARN, "EXCEPTION_APPROVED", "")]


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal with 80 columns."""
    monkeypatch.setattr(output, "terminal_width", lambda: 80)


@pytest.mark.usefixtures("narrow")
def test_at_80_columns_ids_are_whole_and_what_does_not_fit_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    output.print_table(COLUMNS, ROWS)
    shown, told = capsys.readouterr()
    lines = shown.splitlines()
    assert len(lines) == 3
    assert all(len(line) <= 80 + len("\x1b[2m\x1b[0m") for line in lines)
    assert [line.split()[0] for line in lines[1:]] == [RUN, RUN[:-1] + "2"]
    assert "EXCEPTION_APPROVED" in lines[2]
    assert ARN not in shown
    assert "Left out, because the terminal is too narrow: Resource, Account." in told


@pytest.mark.usefixtures("narrow")
def test_a_column_that_is_folded_is_never_left_out_and_folds_between_words(capsys: pytest.CaptureFixture[str]) -> None:
    sentence = "The resource was changed by somebody else since, and what is there now is not what was planned for."
    output.print_table(("Run", "Why", "Resource"), [(RUN, f"{sentence} {ARN}", ARN)], fold=("Why",))
    shown, told = capsys.readouterr()
    assert shown.splitlines()[1].startswith(RUN)
    assert " ".join(shown.replace(RUN, "").split()).endswith(f"{sentence} {ARN}")
    assert len(shown.splitlines()) > 3
    assert "Resource" in told


def test_in_a_pipe_every_column_is_there_and_each_row_is_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    long = "word " * 200
    output.print_table(("Run", "Why", "Resource"), [(RUN, long, ARN)], fold=("Why",))
    header, row = capsys.readouterr().out.splitlines()
    assert header.split() == ["Run", "Why", "Resource"]
    assert row.split() == [RUN, *long.split(), ARN]
    assert "\x1b" not in row


def test_plain_is_tab_separated_and_a_tab_or_line_in_a_value_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    output.print_table(("Run", "Why"), [(RUN, "one\ttwo\nthree")], plain=True)
    assert capsys.readouterr().out == f"Run\tWhy\n{RUN}\tone\\ttwo three\n"


def test_what_is_wider_than_its_characters_is_still_in_its_column(capsys: pytest.CaptureFixture[str]) -> None:
    output.print_table(("Name", "Id"), [("日本", "1"), ("e\u0301", "2"), ("plain", "3")])
    assert capsys.readouterr().out.splitlines()[1:] == ["日本   1", "e\u0301      2", "plain  3"]


@pytest.mark.usefixtures("narrow")
def test_a_field_is_folded_below_itself_and_no_id_in_it_is_cut(capsys: pytest.CaptureFixture[str]) -> None:
    output.print_fields({"resource": ARN + "x" * 40, "because": "word " * 30, "empty": ""})
    lines = capsys.readouterr().out.replace("\x1b[2m", "").replace("\x1b[0m", "").splitlines()
    assert lines[0] == f"resource  {ARN}{'x' * 40}"
    assert lines[1].startswith("because   word")
    assert lines[2].startswith("          word")


@pytest.mark.parametrize("variable", ["NO_COLOR", "TERM"])
def test_colours_can_be_turned_off(
    monkeypatch: pytest.MonkeyPatch, variable: str, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(output, "terminal_width", lambda: 80)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    output.say("bold", output.Style.BOLD)
    assert capsys.readouterr().out == "\x1b[1mbold\x1b[0m\n"
    monkeypatch.setenv(variable, "dumb")
    output.say("bold", output.Style.BOLD)
    assert capsys.readouterr().out == "bold\n"


def test_nothing_in_a_value_moves_the_cursor(capsys: pytest.CaptureFixture[str]) -> None:
    output.print_table(("Name",), [("a\x1b[2Jb\r",)])
    assert capsys.readouterr().out == "Name\na\\x1b[2Jb\\r\n"
