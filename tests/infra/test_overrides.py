"""What a deployer changes of the catalog that ships."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

import app
from infra.policy import load_policy
from infra.yaml_document import ConfigurationInvalid
from runtime.domain.policy import CatalogEntry, Mode, parse_policy
from runtime.fixes.catalog import SPECS, TYPES, summaries
from tests.infra.test_policy import index_of

SHIPPED = {entry["id"]: entry for entry in yaml.safe_load((app.CONFIG / "catalog.yaml").read_text(encoding="utf-8"))}
EVERYWHERE = dict.fromkeys(("dev", "staging", "production"), Mode.REMEDIATE) | {"restricted-production": Mode.APPROVE}

type Catalog = dict[str, CatalogEntry]


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "config"
    shutil.copytree(app.CONFIG, folder)
    monkeypatch.chdir(tmp_path)
    return folder


@pytest.fixture
def overridden(config: Path) -> Callable[[str], Catalog]:
    """The catalog's entries by their ids, with these overrides in place of those that ship."""

    def read(overrides: str) -> Catalog:
        (config / "overrides.yaml").write_text(overrides, encoding="utf-8")
        return {
            entry.id: entry
            for entry in parse_policy(json.loads(load_policy(config, SPECS)), summaries(), TYPES).catalog
        }

    return read


@pytest.fixture
def refused(config: Path) -> Callable[[str], tuple[str, ...]]:
    """What is wrong with these overrides."""

    def problems(overrides: str) -> tuple[str, ...]:
        (config / "overrides.yaml").write_text(overrides, encoding="utf-8")
        with pytest.raises(ConfigurationInvalid) as raised:
            load_policy(config, SPECS)
        return raised.value.problems

    return problems


@pytest.mark.parametrize("text", ["", "# nothing\n", "{}\n"])
def test_without_overrides_the_catalog_is_what_ships(overridden: Callable[[str], Catalog], text: str) -> None:
    found = overridden(text)
    assert list(found) == list(SHIPPED)
    assert found["kms-key-rotation"].environments == EVERYWHERE


def test_a_folder_may_have_no_overrides(config: Path) -> None:
    (config / "overrides.yaml").unlink()
    assert [entry["id"] for entry in json.loads(load_policy(config, SPECS))["catalog"]] == list(SHIPPED)


def test_identifiers_are_added_to_those_that_ship(overridden: Callable[[str], Catalog]) -> None:
    found = overridden(
        "s3-deny-insecure-transport: {match: {rules: [Custom-Rule-1, S3-013], control_names: [Our own]}}\n"
        "kms-key-rotation: {match: {rules: [Custom-Rule-2]}}\n"
    )
    assert found["s3-deny-insecure-transport"].rules == {"s3-013", "custom-rule-1"}
    assert found["s3-deny-insecure-transport"].control_names == {"s3bucketpolicyshoulddenyhttprequests", "ourown"}
    assert (found["kms-key-rotation"].rules, found["kms-key-rotation"].controls) == ({"custom-rule-2"}, {"kms.4"})


def test_an_environment_that_is_not_named_keeps_its_mode(overridden: Callable[[str], Catalog]) -> None:
    found = overridden("kms-key-rotation: {environments: {production: dry-run}}")
    assert found["kms-key-rotation"].environments == {**EVERYWHERE, "production": Mode.DRY_RUN}


def test_an_environment_is_taken_away_by_null(overridden: Callable[[str], Catalog]) -> None:
    found = overridden("kms-key-rotation: {environments: {production: null}}")
    assert found["kms-key-rotation"].environments.keys() == EVERYWHERE.keys() - {"production"}


def test_a_limit_is_replaced_or_taken_away_by_null(overridden: Callable[[str], Catalog]) -> None:
    found = overridden(
        "s3-block-public-access: {max_blast_radius: {public_policies: null}}\n"
        "ec2-security-group-ssh: {max_blast_radius: {rules: 3}}\n"
    )
    assert found["s3-block-public-access"].max_blast_radius == {}
    assert found["ec2-security-group-ssh"].max_blast_radius == {"network_interfaces": 20, "rules": 3}


def test_an_option_is_replaced_and_null_is_a_value_of_it(overridden: Callable[[str], Catalog]) -> None:
    found = overridden(
        "ec2-security-group-ssh: {options: {ports: [22, 2222]}}\n"
        "iam-access-key-old: {options: {recently_used_days: null}}\n"
    )
    assert found["ec2-security-group-ssh"].options == {"ports": [22, 2222], "protocols": ["tcp"]}
    assert found["iam-access-key-old"].options["recently_used_days"] is None


def test_severities_and_accounts_are_replaced(overridden: Callable[[str], Catalog]) -> None:
    found = overridden('kms-key-rotation: {severities: [CRITICAL], accounts: ["111122223333"]}')
    assert (found["kms-key-rotation"].severities, found["kms-key-rotation"].accounts) == (
        {"CRITICAL"},
        {"111122223333"},
    )


def test_an_entry_is_taken_away_by_null(overridden: Callable[[str], Catalog]) -> None:
    assert overridden("ec2-security-group-smtp: null").keys() == SHIPPED.keys() - {"ec2-security-group-smtp"}


def test_an_entry_of_ones_own_is_added_at_the_end(overridden: Callable[[str], Catalog]) -> None:
    found = overridden(
        "leaked: {fix: iam-access-key-deactivate, match: {rules: [Custom-Rule-4]}, options: {unused_days: 0}}"
    )
    assert list(found) == [*SHIPPED, "leaked"]
    assert found["leaked"].environments["production"] is Mode.APPROVE


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("kms-key-rotation:\n  mode: notify", "config/overrides.yaml:2: kms-key-rotation.mode: unknown key"),
        ("kms-key-rotation: all", "config/overrides.yaml:1: kms-key-rotation: 'all' is not of the type object or null"),
        (
            "kms-key-rotation:\n  environments:\n    dev: fix",
            "config/overrides.yaml:3: kms-key-rotation.environments.dev: 'fix' is not allowed; one of: remediate",
        ),
        (
            "kms-key-rotation:\n  environments:\n    stagign: notify",
            "config/overrides.yaml:2: kms-key-rotation.environments: 'stagign' is unknown; one of dev, production",
        ),
        (
            "ec2-security-group-ssh:\n  options:\n    port: 22",
            "config/overrides.yaml:3: ec2-security-group-ssh.options.port: unknown key; allowed: ports",
        ),
        ("leaked:\n  match: {rules: [X]}", "config/overrides.yaml:1: leaked: 'fix' is missing"),
        ("leaked:\n  fix: kms-key-rotation", "config/overrides.yaml:1: leaked: 'match' is missing"),
        ("kms-key-rotation: {id: other}", "config/overrides.yaml:1: kms-key-rotation.id: unknown key"),
        (
            "leaked:\n  fix: no-such-fix\n  match: {rules: [X]}",
            "config/overrides.yaml:2: leaked.fix: 'no-such-fix' is not",
        ),
        ("[]", "config/overrides.yaml:1: [] is not of the type object"),
    ],
)
def test_an_override_that_cannot_be_is_refused_with_its_line(
    refused: Callable[[str], tuple[str, ...]], text: str, problem: str
) -> None:
    (found,) = refused(text)
    assert found.startswith(problem), found


def test_a_rule_of_another_entry_is_refused(refused: Callable[[str], tuple[str, ...]]) -> None:
    (problem,) = refused("kms-key-rotation: {fix: s3-block-public-access, match: {rules: [S3-013]}}")
    assert "'s3-013' for AWS::S3::Bucket is in both" in problem


def test_what_is_wrong_in_the_catalog_is_said_of_the_catalog_whatever_is_taken_away_before_it(config: Path) -> None:
    (config / "overrides.yaml").write_text("s3-block-public-access: null\n", encoding="utf-8")
    path = config / "catalog.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("fix: kms-key-rotation", "fix: kms-key-rotation\n  resource_types: [X]"), "utf-8")
    with pytest.raises(ConfigurationInvalid) as raised:
        load_policy(config, SPECS)
    (problem,) = raised.value.problems
    assert f": [{index_of('kms-key-rotation')}].resource_types: 'X' is unknown" in problem
    assert problem.startswith("config/catalog.yaml:")


def test_another_catalog_is_taken_as_it_is(config: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.yaml"
    other.write_text(yaml.safe_dump([SHIPPED["s3-deny-insecure-transport"]]), encoding="utf-8")
    (entry,) = json.loads(load_policy(config, SPECS, catalog_file=other))["catalog"]
    assert entry == SHIPPED["s3-deny-insecure-transport"]


def test_the_examples_in_the_overrides_comments_can_be_used(overridden: Callable[[str], Catalog]) -> None:
    text = (app.CONFIG / "overrides.yaml").read_text(encoding="utf-8")
    lines = [line.removeprefix("# ") if _is_example(line) else line for line in text.splitlines()]
    found = overridden("\n".join(lines))
    assert found["kms-key-rotation"].rules == {"custom-rule-41"}
    assert found["iam-access-key-exposed"].options == {
        "max_age_days": None,
        "unused_days": 0,
        "recently_used_days": None,
    }


def _is_example(line: str) -> bool:
    return line.startswith("#   ") or line in ("# kms-key-rotation:", "# iam-access-key-exposed:")


def test_what_ships_is_overridden_only_by_what_says_why() -> None:
    overrides: dict[str, Any] = yaml.safe_load((app.CONFIG / "overrides.yaml").read_text(encoding="utf-8"))
    assert list(overrides) == ["s3-deny-insecure-transport"]
