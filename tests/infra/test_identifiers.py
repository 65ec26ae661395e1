"""What the fixes answer: each identifier once, known to its framework, and the catalog that ships made from them."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import jsonschema
import pytest
import yaml

import app
from infra.framework_lists import read_known
from infra.identifiers import FOLDER, Answer, Confidence, Framework, Identifier, identifiers_of, read_answers
from infra.shipped_catalog import CATALOG_FILE, shipped_catalog
from infra.yaml_document import ConfigurationInvalid
from local.coverage_page import FILE, page
from runtime.domain.policy import fold_name
from runtime.fixes.catalog import SPECS

ANSWERS = [answer for answers in read_answers().values() for answer in answers]
EVERY = list(identifiers_of(ANSWERS))
EVERY_ANSWER = [pytest.param(answer, id=answer.id) for answer in ANSWERS]

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


def test_every_fix_says_what_it_answers_and_nothing_else_does() -> None:
    assert read_answers().keys() == SPECS.keys()
    assert {answer.fix_id for answer in ANSWERS} == SPECS.keys()


def test_each_identifier_belongs_to_one_fix_and_its_options() -> None:
    counted = Counter((found.framework, fold_name(found.id)) for found, _ in EVERY)
    assert [one for one, times in counted.items() if times > 1] == []


def test_each_name_of_a_rule_belongs_to_one_fix_and_its_options() -> None:
    counted = Counter(fold_name(name) for found, _ in EVERY for name in found.names)
    assert [one for one, times in counted.items() if times > 1] == []


def test_each_id_of_an_entry_is_given_once() -> None:
    assert [one for one, times in Counter(answer.id for answer in ANSWERS).items() if times > 1] == []


@pytest.mark.parametrize("framework", Framework)
def test_each_identifier_is_one_that_its_framework_has(framework: Framework) -> None:
    answered = {found.id for found, _ in EVERY if found.framework is framework}
    assert answered
    assert answered <= read_known(framework).keys()


@pytest.mark.parametrize("framework", Framework)
def test_what_is_refused_has_no_fix(framework: Framework) -> None:
    refused = {one.id for one in read_known(framework).values() if one.refused}
    assert refused.isdisjoint(found.id for found, _ in EVERY)


def test_a_rule_of_wizs_says_how_well_it_is_known_and_no_other_does() -> None:
    for found, _ in EVERY:
        assert (found.confidence in Confidence) is (found.framework is Framework.WIZ), found


NO_NAME_IS_PUBLIC = {"S3-011", "Snapshot-007", "Snapshot-008", "VPC-040"}
"""Rules of which several sources say what they are about, and none their names: they are matched by their ids only."""


def test_only_a_paraphrase_has_no_name_that_could_be_looked_for() -> None:
    unnamed = {found.id for found, _ in EVERY if found.framework is Framework.WIZ and not found.names}
    assert unnamed - {found.id for found, _ in EVERY if found.confidence is Confidence.C} == NO_NAME_IS_PUBLIC


def test_what_is_left_undone_is_said_of_identifiers_that_are_there() -> None:
    for path in set(FOLDER.rglob("*.yaml")) - {FOLDER / "refused.yaml"}:
        for entry in yaml.safe_load(path.read_text(encoding="utf-8"))["entries"]:
            there = [rule["id"] for rule in entry.get("wiz", ())]
            there += [found for framework in Framework for found in entry.get(framework, ()) if framework != "wiz"]
            assert entry.get("partly", {}).keys() <= set(there), path


@pytest.mark.parametrize("answer", EVERY_ANSWER)
def test_the_options_that_identifiers_mean_are_options_of_the_fix(answer: Answer) -> None:
    declared = SPECS[answer.fix_id].options
    for name, value in answer.options.items():
        jsonschema.validate(value, declared[name].schema)


def test_a_file_with_another_key_is_refused_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "fix.yaml").write_text("fix: some-fix\nentries:\n  - id: some\n    wizz: [S3-001]\n", encoding="utf-8")
    with pytest.raises(ConfigurationInvalid, match=r"fix.yaml:4: entries\[0\].wizz: unknown key"):
        read_answers(tmp_path)


def test_a_rule_is_read_with_its_names_the_present_one_first(tmp_path: Path) -> None:
    (tmp_path / "fix.yaml").write_text(
        "fix: some-fix\nmax_blast_radius: { hosts: 1 }\nentries:\n  - id: some\n    options: { a: 1 }\n"
        "    wiz: [{ id: S3-1, confidence: B, name: New, former_names: [Old] }]\n"
        "    cis_5.0.0: ['3.6']\n    partly: { '3.6': half }\n",
        encoding="utf-8",
    )
    assert read_answers(tmp_path) == {
        "some-fix": (
            Answer(
                id="some",
                fix_id="some-fix",
                identifiers=(
                    Identifier(framework=Framework.WIZ, id="S3-1", names=("New", "Old"), confidence=Confidence.B),
                    Identifier(framework=Framework.CIS_5, id="3.6", partly="half"),
                ),
                options={"a": 1},
                max_blast_radius={"hosts": 1},
            ),
        )
    }


def test_the_catalog_that_ships_is_fresh() -> None:
    assert CATALOG_FILE.read_text(encoding="utf-8") == shipped_catalog(), "python -m infra.shipped_catalog"


def test_the_coverage_page_is_fresh() -> None:
    assert FILE.read_text(encoding="utf-8") == page(), "python -m local.coverage_page"


def test_a_catalog_entry_needs_no_more_than_its_id_its_fix_and_what_it_answers() -> None:
    (entry,) = (one for one in yaml.safe_load(shipped_catalog()) if one["id"] == "kms-key-rotation")
    assert entry.keys() == {"id", "fix", "match"}


@pytest.mark.parametrize("file", ["catalog.yaml", "overrides.yaml", "policy.yaml", "policy.schema.json"])
def test_no_placeholder_and_no_uuid_stands_in_the_policy_that_ships(file: str) -> None:
    # A rule's UUID is another in every tenant. A deployment's file has a tenant's own id, and says that it is made up.
    text = (app.CONFIG / file).read_text(encoding="utf-8")
    assert not UUID.search(text)
    assert not re.search(r"EXAMPLE|PLACEHOLDER|CHANGE.?ME", text, re.IGNORECASE if file == "catalog.yaml" else 0)
