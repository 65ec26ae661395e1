"""A plan as people see it before they approve it."""

from __future__ import annotations

import pytest

from cli.evidence_view import print_plan
from runtime.domain.plan import Change, Plan


def call(operation: str, leaves: dict[str, object] | None = None, **parameters: object) -> Change:
    return Change(service="cloudtrail", operation=operation, parameters=parameters, leaves=leaves or {})


PLAN = Plan(
    fix_id="a-fix",
    resource_arn="arn:aws:iam::123456789012:root",
    summary="Create a trail: main.",
    before={"trail": None, "policy": '{"Statement": []}', "seen_at": "noon"},
    changes=(call("CreateTrail", {"trail": "main"}), call("StartLogging", {"trail": "main", "policy": None})),
    undo=(
        call("DeleteTrail", Name={"$answer": [0, "Trail.Name"]}),
        call("PutPolicy", Policy={"$before": "policy"}, Names=({"$answer": [1, "Name"]}, "main")),
    ),
    blast_radius={"regions": 17},
    volatile=("seen_at",),
)


def test_it_says_what_would_change_whom_it_reaches_and_the_calls_in_the_order_in_which_they_are_made(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_plan(PLAN)
    assert capsys.readouterr().out == (
        "\n"
        "Plan: Create a trail: main.\n"
        '  ~ policy = {"Statement": []} -> null\n'
        '  ~ trail = null -> "main"\n'
        f"digest  {PLAN.digest}\n"
        "\n"
        "Blast radius\n"
        "regions  17\n"
        "\n"
        "State before\n"
        "trail    null\n"
        'policy   "{\\"Statement\\": []}"\n'
        'seen_at  "noon"\n'
        "\n"
        "Calls\n"
        "Change  Call                     Parameters\n"
        "1       cloudtrail:CreateTrail   {}\n"
        "2       cloudtrail:StartLogging  {}\n"
        "Undo  Call                    Parameters\n"
        '1     cloudtrail:PutPolicy    {"Policy": "<policy as before>",'
        ' "Names": ["<Name of the answer to change 2>", "main"]}\n'
        '2     cloudtrail:DeleteTrail  {"Name": "<Trail.Name of the answer to change 1>"}\n'
    )
