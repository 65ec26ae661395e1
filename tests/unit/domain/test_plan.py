"""Plans as data: what is none, and what a person approves."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.domain.document import from_json, to_json
from runtime.domain.plan import MEANING, Change, Plan, answered, canonical_json, differences, needed, same_state
from tests.unit.domain.cases import PLAN
from tests.unit.domain.strategies import json_plans


def test_a_plan_without_changes_is_none() -> None:
    with pytest.raises(ValueError, match="without changes"):
        replace(PLAN, changes=(), undo=())


def test_a_plan_that_takes_back_only_some_changes_is_none() -> None:
    with pytest.raises(ValueError, match="1 undo calls for 2 changes"):
        replace(PLAN, changes=PLAN.changes * 2)


def test_a_plan_survives_json() -> None:
    assert from_json(Plan, json.loads(json.dumps(to_json(PLAN)))) == PLAN


def test_the_digest_does_not_depend_on_the_order_in_which_things_are_written() -> None:
    one = replace(PLAN, before={"a": 1, "b": [1]})
    assert one.digest == replace(PLAN, before={"b": [1], "a": 1}).digest == from_json(Plan, to_json(one)).digest


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


# -- What has changed since ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("other", "said"),
    [
        pytest.param(replace(PLAN, summary="Open it."), ('summary was "Close it." and is "Open it."',), id="a text"),
        pytest.param(
            replace(PLAN, before={"open": True, "public": None}),
            ("before.public was nothing and is null",),
            id="something new that is null",
        ),
        pytest.param(replace(PLAN, before={}), ("before.open was true and is nothing",), id="something gone"),
        pytest.param(
            replace(PLAN, before={"open": 1}), ("before.open was true and is 1",), id="what Python calls equal"
        ),
        pytest.param(
            replace(PLAN, before={"open": "nothing"}),
            ('before.open was true and is "nothing"',),
            id="a text that is also the word for none",
        ),
        pytest.param(
            replace(PLAN, changes=(replace(PLAN.changes[0], operation="PutBucketAcl", parameters={"Bucket": ["a"]}),)),
            (
                'changes[0].operation was "PutBucketPolicy" and is "PutBucketAcl"',
                'changes[0].parameters.Bucket was "ledger" and is ["a"]',
            ),
            id="two parts of one change",
        ),
        pytest.param(replace(PLAN, volatile=("a",)), ('volatile was [] and is ["a"]',), id="lists of different length"),
    ],
)
def test_the_difference_between_two_plans_is_said_with_both_values(other: Plan, said: tuple[str, ...]) -> None:
    assert differences(PLAN, other) == said


def test_of_a_long_value_the_beginning_is_said() -> None:
    (said,) = differences(PLAN, replace(PLAN, summary="é" * 500))
    assert said == 'summary was "Close it." and is "' + "\\u00e9" * 33 + "…"
    (exactly,) = differences(PLAN, replace(PLAN, summary="e" * 198))
    assert exactly.endswith("e" * 198 + '"')


def test_what_may_change_by_itself_and_who_may_notice_is_no_difference() -> None:
    plan = replace(PLAN, before={"open": True, "interfaces": 1}, volatile=("interfaces",))
    assert differences(plan, replace(plan, before={"open": True, "interfaces": 2}, blast_radius={})) == ()


@given(one=json_plans(), other=json_plans(), part=st.sampled_from(sorted(Plan.__dataclass_fields__)))
def test_plans_with_equal_digests_do_not_differ_and_all_others_do(one: Plan, other: Plan, part: str) -> None:
    try:
        changed = replace(one, **{part: getattr(other, part)})
    except ValueError:  # as many undo calls as changes are needed
        changed = other
    for another in (one, other, changed):
        assert (differences(one, another) == ()) == (one.digest == another.digest)


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


# -- Who may notice ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "size"),
    [
        (0, 0),
        (3, 3),
        (True, 1),
        (False, 0),
        (["i-1", "i-2"], 2),
        (("i-1",), 1),
        ([], 0),
        ("aurora", None),
        (None, None),
        (1.5, None),
        ({"a": 1}, None),
    ],
)
def test_a_fact_of_the_blast_radius_may_be_a_number_or_things_to_count(value: object, size: int | None) -> None:
    assert replace(PLAN, blast_radius={"fact": value}).size("fact") == size


def test_a_fact_that_the_plan_does_not_state_has_no_size() -> None:
    assert PLAN.size("databases") is None


@pytest.mark.parametrize(
    ("now", "then", "grown"),
    [
        ({"principals": 3}, {"principals": 2}, ("principals was 2 and is 3",)),
        ({"principals": 2}, {"principals": 2}, ()),
        ({"principals": 1}, {"principals": 2}, ()),
        ({"principals": 0}, {}, ("principals was unknown and is 0",)),
        ({}, {"principals": 2}, ()),
        ({"public": True}, {"public": False}, ("public was 0 and is 1",)),
        ({"instances": ["i-1", "i-2"]}, {"instances": ["i-3"]}, ("instances was 1 and is 2",)),
        ({"engine": "aurora"}, {"engine": "mysql"}, ()),
        ({"b": 1, "a": 1}, {}, ("a was unknown and is 1", "b was unknown and is 1")),
    ],
)
def test_a_blast_radius_has_outgrown_another_where_a_number_is_larger_or_new(
    now: dict[str, object], then: dict[str, object], grown: tuple[str, ...]
) -> None:
    assert replace(PLAN, blast_radius=now).outgrown(replace(PLAN, blast_radius=then)) == grown


def test_of_what_aws_answered_only_what_undoing_refers_to_is_kept() -> None:
    """Lambda answers a change of a function with its whole configuration, passwords in its environment among it."""
    change = Change(service="ec2", operation="AssociateIamInstanceProfile", parameters={})
    undo = replace(change, parameters={"Ids": [{"$answer": [1, "Association.Id"]}], "Other": {"$answer": [1, "Id"]}})
    plan = replace(PLAN, changes=(change, change), undo=(change, undo))
    secret = {"Environment": {"Variables": {"PASSWORD": "not-a-secret"}}}
    answers = (secret, {**secret, "Association": {"Id": "iip-1", **secret}, "Id": "a"})
    assert needed(plan, answers) == ({}, {"Association": {"Id": "iip-1"}, "Id": "a"})
    assert answered(plan, needed(plan, answers))


@pytest.mark.parametrize("answers", [(), ({},), ({"Association": {}},)])
def test_what_aws_did_not_answer_is_not_made_up(answers: tuple[dict[str, object], ...]) -> None:
    change = Change(service="ec2", operation="AssociateIamInstanceProfile", parameters={})
    plan = replace(PLAN, changes=(change,), undo=(replace(change, parameters={"Id": {"$answer": [0, "Id"]}}),))
    assert not answered(plan, needed(plan, answers))


def test_people_are_told_of_a_policy_and_not_of_the_form_in_which_it_is_compared() -> None:
    before = {"Statement": [{"Sid": "Public"}, {"Sid": "Ours"}]}
    change = replace(PLAN.changes[0], leaves={MEANING: {"Statement": [{"Sid": "Ours"}]}, "open": False})
    plan = replace(PLAN, before={MEANING: before, "policy": "its text", "open": True}, changes=(change,))
    assert list(plan.effects) == ['policy.Statement: - {"Sid":"Public"}', "open: true → false"]


def test_an_undo_as_a_plan_leaves_what_was_there_before_each_change() -> None:
    first, second = ({"rules": [1], "open": True}, {"rules": [1, 2], "open": False})
    changes = tuple(
        replace(PLAN.changes[0], operation=f"Put{leaves['rules']}", leaves=leaves) for leaves in (first, second)
    )
    undo = tuple(replace(PLAN.undo[0], operation=name) for name in ("DeleteFirst", "DeleteSecond"))
    plan = replace(PLAN, before={"rules": [], "open": True, "size": 1}, changes=changes, undo=undo)
    back = plan.taken_back({**second, "size": 1})
    assert [(one.operation, one.leaves) for one in back.changes] == [
        ("DeleteSecond", first),
        ("DeleteFirst", {"rules": [], "open": True}),
    ]
    assert back.undo == changes[::-1]
    assert list(back.effects) == ["rules: - 1", "rules: - 2", "open: false → true"]
