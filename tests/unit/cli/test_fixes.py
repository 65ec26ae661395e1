"""``suture fixes``, and the example of what each fix observes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from cli.observed import example_for, example_of_observed
from customer_role.grants import arn_form
from runtime.domain.fix import options_for
from runtime.domain.plan import Plan, Refused
from runtime.domain.resource import Resource
from runtime.fixes.catalog import FIX_BY_ID, FIXES
from runtime.fixes.contract import Fix
from tests.unit.cli.command import suture, suture_json

NOW = datetime(2026, 3, 14, tzinfo=UTC)

OPTIONS: Mapping[str, Mapping[str, Any]] = {"ec2-security-group-world-ingress": {"ports": [22]}}
"""For fixes that plan nothing by their defaults."""

each_fix = pytest.mark.parametrize("fix", FIXES, ids=lambda fix: fix.spec.id)


def _resource(fix: Fix) -> Resource:
    kind = fix.spec.resource_types[0]
    return Resource(
        type=kind,
        arn=arn_form(kind)
        .replace("${partition}", "aws")
        .replace("${region}", "eu-central-1")
        .replace("${account_id}", "111122223333")
        .replace("${name}", "acme"),
        name="acme",
        account_id="111122223333",
        region="eu-central-1",
        partition="aws",
    )


def test_the_list_names_every_fix_with_what_it_declares() -> None:
    listed = suture_json("fixes")
    assert [fix["id"] for fix in listed] == [fix.spec.id for fix in FIXES]
    for found, fix in zip(listed, FIXES, strict=True):
        assert found["title"] == fix.spec.title
        assert found["resource_types"] == list(fix.spec.resource_types)
        assert found["controls"] == list(fix.spec.controls)
        assert found["hazard"] == fix.spec.hazard
        assert found["disruption"] == fix.spec.disruption
        assert found["reversible"] is fix.spec.reversible
        assert [one["action"] for one in found["permissions"]["reads"]] == [one.action for one in fix.spec.reads]
        assert [one["action"] for one in found["permissions"]["writes"]] == [one.action for one in fix.spec.writes]
        assert {name: option["default"] for name, option in found["options"].items()} == {
            name: option.default for name, option in fix.spec.options.items()
        }


def test_the_table_names_every_fix() -> None:
    shown = suture("fixes").stdout
    for fix in FIXES:
        assert fix.spec.id in shown
        assert fix.spec.title in shown


@each_fix
def test_one_fix_is_shown_whole(fix: Fix) -> None:
    shown = " ".join(suture("fixes", "show", fix.spec.id).stdout.split())
    assert fix.spec.hazard in shown
    for permission in (*fix.spec.reads, *fix.spec.writes):
        assert permission.action in shown
    for name in fix.spec.options:
        assert name in shown


def test_one_fix_in_json_is_the_same_as_in_the_list() -> None:
    listed = {fix["id"]: fix for fix in suture_json("fixes")}
    assert suture_json("fixes", "show", "kms-key-rotation") == listed["kms-key-rotation"]


def test_an_unknown_fix_is_answered_with_one_that_is_nearly_called_so() -> None:
    result = suture("fixes", "show", "kms-keys-rotation", "--json")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "'kms-keys-rotation'" in result.stderr
    assert "Did you mean kms-key-rotation?" in result.stderr


@each_fix
def test_the_example_of_what_a_fix_observes_is_a_state_it_plans_for(fix: Fix) -> None:
    resource = _resource(fix)
    observed = example_for(fix.spec.id, resource)
    assert observed is not None, "add it to cli/observed.json"
    planned = fix.plan(resource, observed, options_for(fix.spec, OPTIONS.get(fix.spec.id, {}), NOW))
    assert isinstance(planned, Plan), planned
    assert fix.spec.id in FIX_BY_ID


@each_fix
def test_the_example_of_what_a_fix_observes_has_nothing_that_the_fix_does_not_ask_for(fix: Fix) -> None:
    resource = _resource(fix)
    observed = dict(example_for(fix.spec.id, resource) or {})
    for name in observed:
        less = {other: value for other, value in observed.items() if other != name}
        planned = fix.plan(resource, less, options_for(fix.spec, OPTIONS.get(fix.spec.id, {}), NOW))
        assert isinstance(planned, Refused), f"{name} is not needed"


def test_an_example_that_does_not_exist_is_none() -> None:
    assert example_of_observed("no-such-fix") is None
