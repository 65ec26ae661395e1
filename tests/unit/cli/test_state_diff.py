"""What changed between two states, in Terraform's manner."""

from __future__ import annotations

from typing import Any

import pytest

from cli import output
from cli.state_diff import changes_of, differences, planned_differences, print_differences
from runtime.domain.plan import Change, Plan


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": True}, {"a": 1}, ["~ a = true -> 1"]),
        ({"a": {"b": False, "c": 2}}, {"a": {"b": True, "c": 2}}, ["~ a.b = false -> true"]),
        ({}, {"a": None}, ["+ a = null"]),
        ({"a": "x"}, {}, ['- a = "x"']),
        ({"a": [1, 2]}, {"a": [1, 3]}, ["~ a[1] = 2 -> 3"]),
        ({"a": [1]}, {"a": [1, 2]}, ["+ a[1] = 2"]),
        ({"a": [1, 2, 3]}, {"a": [0, 1, 3]}, ["+ a[0] = 0", "- a[1] = 2"]),
        ({"a": [1, 2, 3]}, {"a": []}, ["- a[0] = 1", "- a[1] = 2", "- a[2] = 3"]),
        ({"a": [1, True]}, {"a": [True, 1]}, ["+ a[0] = true", "- a[1] = true"]),
        ({"a": [[1], 2]}, {"a": [[3], 2, [4]]}, ["~ a[0][0] = 1 -> 3", "+ a[2] = [4]"]),
        ({"a": '{"b": [1], "c": 2}'}, {"a": '{"c":2,"b":[1, 3]}'}, ["+ a.b[1] = 3"]),
        ({"a": '{"b": 1}'}, {"a": '{"b":1}'}, ['~ a = "{\\"b\\": 1}" -> "{\\"b\\":1}"']),
        ({"a": '{"b": 1}'}, {"a": None}, ['~ a = {"b": 1} -> null']),
        ({"a": "{not a document"}, {"a": "{}"}, ['~ a = "{not a document" -> {}']),
        ({"a": [{"b": 1, "c": 2}]}, {"a": [{"b": 1, "c": 3}]}, ["~ a[0].c = 2 -> 3"]),
        (
            {"a": [{"b": 1, "c": 2, "d": 3}]},
            {"a": [{"b": 1, "c": 3, "d": 4}]},
            ['- a[0] = {"b": 1, "c": 2, "d": 3}', '+ a[0] = {"b": 1, "c": 3, "d": 4}'],
        ),
        ({"a": None}, {"a": {"b": 1}}, ['~ a = null -> {"b": 1}']),
        ({"b": 1, "a": 1}, {"b": 2, "a": 2}, ["~ a = 1 -> 2", "~ b = 1 -> 2"]),
    ],
)
def test_each_part_that_differs_is_a_line(before: Any, after: Any, lines: list[str]) -> None:
    assert [difference.line for difference in differences(before, after)] == lines


def test_at_a_terminal_each_kind_has_its_colour(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(output, "terminal_width", lambda: 80)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    print_differences(differences({"a": 1, "b": 1}, {"b": 2, "c": 3}))
    assert capsys.readouterr().out.splitlines() == [
        "\x1b[31m  - a = 1\x1b[0m",
        "\x1b[33m  ~ b = 1 -> 2\x1b[0m",
        "\x1b[32m  + c = 3\x1b[0m",
    ]


def test_of_a_plan_what_changes_by_itself_is_left_out_and_a_policy_is_shown_as_one() -> None:
    state = {"meaning": {"Statement": [{"Sid": "Public"}]}, "policy": "its text", "seen_at": "noon"}
    change = Change(service="s3", operation="DeleteBucketPolicy", parameters={}, leaves={"meaning": None})
    plan = Plan(
        fix_id="a-fix",
        resource_arn="arn:aws:s3:::acme",
        summary="Remove it.",
        before=state,
        changes=(change,),
        undo=(),
        volatile=("policy", "seen_at"),
    )
    line = '~ policy = {"Statement": [{"Sid": "Public"}]} -> null'
    assert [one.line for one in planned_differences(plan)] == [line]
    after = {"meaning": None, "policy": None, "seen_at": "one"}
    assert [one.line for one in changes_of(plan, state, after)] == [line]
