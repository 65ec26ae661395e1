"""What the tools of the field change, and what answers it here: each row once, by fixes or by a refusal."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import jsonschema
import pytest

from infra.effects import Refusal, read_effects, read_refusals
from infra.identifiers import read_rows
from infra.yaml_document import ConfigurationInvalid
from local.fix_pages import pages
from runtime.fixes.catalog import SPECS

EFFECTS = read_effects()
ANSWERED = [
    pytest.param(fix_id, options, id=f"{fix_id}-{row}") for fix_id, rows in read_rows().items() for row, options in rows
]


def test_the_rows_are_1_to_351_in_order() -> None:
    assert [effect.row for effect in EFFECTS] == [*range(1, 352)]


def test_fixes_and_refusals_answer_only_rows_that_there_are() -> None:
    fixed = {row for rows in read_rows().values() for row, _ in rows}
    refused = {row for refusal in read_refusals() for row in refusal.rows}
    assert fixed | refused <= {effect.row for effect in EFFECTS}


def test_no_two_rows_are_called_alike() -> None:
    counted = Counter((effect.service, effect.title) for effect in EFFECTS)
    assert [one for one, times in counted.items() if times > 1] == []


def test_no_row_has_both_a_fix_and_a_refusal() -> None:
    fixed = {row for rows in read_rows().values() for row, _ in rows}
    refused = {row for refusal in read_refusals() for row in refusal.rows}
    assert fixed & refused == set()


def test_no_row_is_refused_twice() -> None:
    counted = Counter(row for refusal in read_refusals() for row in refusal.rows)
    assert [row for row, times in counted.items() if times > 1] == []


def test_no_fix_answers_a_row_twice_with_the_same_options() -> None:
    counted = Counter((fix_id, row, str(options)) for fix_id, rows in read_rows().items() for row, options in rows)
    assert [one for one, times in counted.items() if times > 1] == []


@pytest.mark.parametrize(("fix_id", "options"), ANSWERED)
def test_the_options_of_a_row_are_those_of_its_fix(fix_id: str, options: dict[str, object]) -> None:
    for name, value in options.items():
        jsonschema.Draft4Validator(SPECS[fix_id].options[name].schema).validate(value)


@pytest.mark.parametrize("refusal", read_refusals(), ids=lambda refusal: refusal.title)
def test_a_refusal_names_only_fixes_that_there_are(refusal: Refusal) -> None:
    named = {word.strip("(),.;") for word in refusal.because.split() if word.startswith("(")}
    assert {name for name in named if "-" in name} <= SPECS.keys()


def test_a_refusal_without_a_reason_is_not_read(tmp_path: Path) -> None:
    file = tmp_path / "refused.yaml"
    file.write_text("- rows: [20]\n  title: Terminate an instance\n", encoding="utf-8")
    with pytest.raises(ConfigurationInvalid, match="because"):
        read_refusals(file)


def test_the_page_of_the_fixes_has_every_row_with_its_answer() -> None:
    index = pages()["README.md"]
    for effect in EFFECTS:
        (line,) = (one for one in index.splitlines() if one.startswith(f"| {effect.row} | "))
        assert effect.title in line
        if effect.refusal:
            assert effect.refusal.because in line
        for fixed in effect.fixes:
            assert f"({fixed.fix_id}.md)" in line
        assert line.endswith("| no fix yet |") == (not effect.fixes and effect.refusal is None)
