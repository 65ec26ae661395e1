"""Plans as data: what is none, and what a person approves."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from runtime.domain.plan import canonical_json, plan_from_json, plan_to_json, same_state
from tests.unit.domain.cases import PLAN


def test_a_plan_without_changes_is_none() -> None:
    with pytest.raises(ValueError, match="without changes"):
        replace(PLAN, changes=(), undo=())


def test_a_plan_that_takes_back_only_some_changes_is_none() -> None:
    with pytest.raises(ValueError, match="1 undo calls for 2 changes"):
        replace(PLAN, changes=PLAN.changes * 2)


def test_a_plan_survives_json() -> None:
    assert plan_from_json(json.loads(json.dumps(plan_to_json(PLAN)))) == PLAN


def test_the_digest_does_not_depend_on_the_order_in_which_things_are_written() -> None:
    one = replace(PLAN, before={"a": 1, "b": [1]})
    assert one.digest == replace(PLAN, before={"b": [1], "a": 1}).digest == plan_from_json(plan_to_json(one)).digest


@pytest.mark.parametrize(
    "other",
    [
        replace(PLAN, fix_id="other"),
        replace(PLAN, resource_arn="arn:aws:s3:::other"),
        replace(PLAN, summary="Other."),
        replace(PLAN, before={}),
        replace(PLAN, changes=(replace(PLAN.changes[0], parameters={"Bucket": "other"}),)),
        replace(PLAN, undo=()),
        replace(PLAN, volatile=("other",)),
    ],
)
def test_a_plan_that_differs_in_what_is_done_has_another_digest(other: object) -> None:
    assert other.digest != PLAN.digest


def test_what_changes_by_itself_is_no_part_of_what_a_person_approves() -> None:
    plan = replace(PLAN, before={"open": True, "interfaces": 1}, volatile=("interfaces",))
    later = replace(plan, before={"open": True, "interfaces": 2}, blast_radius={"interfaces": 2})
    assert later.digest == plan.digest
    assert replace(later, before={"open": False, "interfaces": 1}).digest != plan.digest
    assert replace(later, volatile=()).digest != replace(plan, volatile=()).digest


def test_states_that_differ_only_in_what_is_volatile_are_the_same() -> None:
    one, other = {"open": True, "interfaces": 1}, {"open": True, "interfaces": 2}
    assert same_state(one, other, ("interfaces",))
    assert same_state(one, {"open": True}, ("interfaces",))
    assert not same_state(one, other)
    assert not same_state(one, {**other, "open": False}, ("interfaces",))


def test_states_are_the_same_however_their_json_is_spelled() -> None:
    assert same_state({"a": [1, 2], "b": None}, {"b": None, "a": (1, 2)})
    assert not same_state({"a": [1, 2]}, {"a": [2, 1]})
    assert not same_state({"a": None}, {})
    assert not same_state({"a": 1}, {"a": "1"})


def test_what_json_cannot_hold_has_no_canonical_form() -> None:
    with pytest.raises(TypeError):
        canonical_json({"a": {1, 2}})
    with pytest.raises(ValueError, match="not JSON compliant"):
        canonical_json({"a": float("nan")})
