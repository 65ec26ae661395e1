"""Ids that were shipped once: none disappears, and none comes to mean something else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.identifiers import read_answers
from runtime.domain.fix import find_spec
from runtime.fixes.catalog import SPECS

SHIPPED: dict[str, dict[str, Any]] = yaml.safe_load(
    Path(__file__).with_name("shipped_ids.yaml").read_text(encoding="utf-8")
)
ENTRIES = {answer.id: answer for answers in read_answers().values() for answer in answers}


@pytest.mark.parametrize("fix_id", SHIPPED["fixes"])
def test_a_fix_that_was_shipped_is_found_by_its_id_and_does_what_it_did(fix_id: str) -> None:
    spec, meant = find_spec(SPECS, fix_id), SHIPPED["fixes"][fix_id]
    assert spec is not None, "keep it among the aliases of the fix that does this now"
    assert set(meant["resource_types"]) <= set(spec.resource_types)
    assert set(meant["writes"]) <= {permission.operation for permission in spec.writes}


@pytest.mark.parametrize("entry_id", SHIPPED["entries"])
def test_an_entry_that_was_shipped_is_there_and_means_what_it_meant(entry_id: str) -> None:
    entry, meant = ENTRIES[entry_id], SHIPPED["entries"][entry_id]
    fix, shipped = find_spec(SPECS, entry.fix_id), find_spec(SPECS, meant["fix"])
    assert fix is shipped is not None
    assert entry.options == meant["options"]


def test_every_id_is_in_the_register() -> None:
    assert SPECS.keys() <= SHIPPED["fixes"].keys(), "add it to tests/laws/shipped_ids.yaml"
    assert ENTRIES.keys() <= SHIPPED["entries"].keys(), "add it to tests/laws/shipped_ids.yaml"


def test_an_alias_is_an_id_that_was_shipped_and_that_no_other_fix_has() -> None:
    aliases = [alias for spec in SPECS.values() for alias in spec.aliases]
    assert set(aliases) <= SHIPPED["fixes"].keys()
    assert len(aliases) == len(set(aliases))
    assert set(aliases).isdisjoint(SPECS)
