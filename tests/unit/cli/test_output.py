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
    assert lines[:2] == ["resource", f"{ARN}{'x' * 40}"]
    assert lines[2].startswith("because   word")
    assert lines[3].startswith("          word")


@pytest.mark.usefixtures("narrow")
def test_an_id_that_fits_the_terminal_but_not_its_place_begins_further_to_the_left(
    capsys: pytest.CaptureFixture[str],
) -> None:
    arn = "arn:aws:ec2:us-east-1:222222222222:security-group/sg-97b53543277bd3f9b"
    output.print_fields({"resource": f"it is {arn} alone"})
    output.say(f"        {arn}x is shut", hang=8)
    lines = capsys.readouterr().out.replace("\x1b[2m", "").replace("\x1b[0m", "").splitlines()
    assert lines == [
        "resource  it is", f"{' ' * 10}{arn}", "          alone", f"{' ' * 8}{arn}x", "                is shut",
    ]  # fmt: skip


@pytest.mark.usefixtures("narrow")
def test_a_sentence_is_folded_between_words_and_what_is_to_be_copied_is_not(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(output, "width_of", lambda _: 80)
    sentence = "one two three four " * 8
    output.say(f"  {sentence}", hang=2)
    output.say_aside(sentence)
    output.say_whole(sentence)
    out, err = capsys.readouterr()
    folded, whole = out.splitlines()[:-1], out.splitlines()[-1]
    assert [line[:4] for line in folded] == ["  on", "    "]
    assert " ".join(out.split()) == " ".join((sentence * 2).split())
    assert max(map(len, [*folded, *err.splitlines()])) <= 80
    assert whole == sentence


@pytest.mark.usefixtures("narrow")
def test_a_row_whose_words_do_not_fit_into_its_columns_has_them_below(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [("ok", "short", "an owner " * 5, "found"), ("no", "check", f"not {ARN}", "nothing that was expected here")]
    output.print_table(("", "Check", "Expected", "Found"), rows, fold=("Expected", "Found"))
    lines = capsys.readouterr().out.replace("\x1b[2m", "").replace("\x1b[0m", "").splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[1].split()[:2] == ["ok", "short"]
    assert lines[-4:] == [
        "no  check",
        "  Expected  not",
        f"            {ARN}",
        "  Found     nothing that was expected here",
    ]


@pytest.mark.usefixtures("narrow")
def test_where_there_is_no_room_for_the_folded_columns_all_rows_have_them_below(
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = "as it was and as it is, for all that"
    output.print_table(
        ("Run", "Recorded", "Replayed", "Why", "Resource"),
        [(RUN, text, text, text, "r")],
        fold=("Recorded", "Replayed", "Why"),
    )
    out, err = capsys.readouterr()
    lines = out.replace("\x1b[2m", "").replace("\x1b[0m", "").splitlines()
    assert lines[:2] == [f"{'Run':<36}  Resource", f"{RUN}  r"]
    assert lines[2:] == [f"  {name:<10}{text}" for name in ("Recorded", "Replayed", "Why")]
    assert err == ""


@pytest.mark.usefixtures("narrow")
def test_what_is_kept_is_below_its_row_where_it_would_be_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    output.print_table(COLUMNS, ROWS, keep=("Resource",))
    out, err = capsys.readouterr()
    lines = out.replace("\x1b[2m", "").replace("\x1b[0m", "").splitlines()
    assert [line.split()[0] for line in lines] == ["Run", RUN, ARN, f"{RUN[:-1]}2", ARN]
    assert lines[2] == f"  {ARN}"
    assert "too narrow: Account." in err
    output.print_table(COLUMNS, ROWS, keep=("Resource", "Account"))
    assert "\n  Account   111122223333\n" in capsys.readouterr().out.replace("\x1b[2m", "").replace("\x1b[0m", "")


@pytest.mark.usefixtures("narrow")
def test_a_folded_column_is_as_wide_as_its_longest_word_before_another_has_room_to_spare(
    capsys: pytest.CaptureFixture[str],
) -> None:
    word = "s3-policy-no-public-allow-but-longer-still"
    output.print_table(
        ("Row", "Effect", "Answer"), [("149", "some text that could be wide " * 3, word)], fold=("Effect", "Answer")
    )
    first = capsys.readouterr().out.splitlines()[1]
    assert first.startswith("149  some text")
    assert first.endswith(f"  {word}")


def test_in_a_pipe_a_row_is_a_line_also_where_characters_take_no_column_of_their_own(
    capsys: pytest.CaptureFixture[str],
) -> None:
    output.print_table(("Row", "Why"), [("1", "e\u0301 " * 20)], fold=("Why",))
    assert len(capsys.readouterr().out.splitlines()) == 2
