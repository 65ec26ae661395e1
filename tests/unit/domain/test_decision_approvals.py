"""What people's approval of a plan lets happen, what makes it void, and what it does not change."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from runtime.domain.facts import Vote
from runtime.domain.outcome import Outcome, Reason
from runtime.domain.plan import Plan
from runtime.domain.policy import Mode, OutsideWindow
from runtime.domain.principal import Principal
from tests.unit.domain.cases import (
    ALICE,
    APPROVAL,
    BOB,
    BUCKET_ARN,
    ENTRY,
    FIX,
    NIGHTS,
    NOW,
    PLAN,
    Case,
    ended,
    passed,
)

IN_RESTRICTED_PRODUCTION = Case().with_account(environment="restricted-production")


OTHERWISE = Principal(arn="arn:aws:sts::111111111111:assumed-role/other/alice", user_id="AROAOTHER:alice")


def vote(principal: Principal) -> Vote:
    return replace(APPROVAL.votes[0], principal=principal)


def void(case: Case, why: str, *, approvers: int = 1) -> None:
    """The approval does not hold, and what would be done now is up for review in its place."""
    assert case.approval is not None
    expires_at = case.approval.expires_at.isoformat()
    ended(
        case,
        Outcome.APPROVE,
        Reason.APPROVAL_VOID,
        check="approval-valid",
        expected=f"{approvers} different approvers of this plan, used before {expires_at}",
        found="void",
        said=(f"The approval of r-1 is void, because {why}.",),
    )
    assert case.live.planned == case.decided().plan


# -- It holds ---------------------------------------------------------------------------------------------------------


def test_a_plan_that_people_approved_is_carried_out_with_their_names_on_record() -> None:
    case = IN_RESTRICTED_PRODUCTION.with_approval()
    decision = case.decided()
    assert (decision.outcome, decision.reason) == (Outcome.APPROVED, Reason.PLAN_APPROVED)
    assert decision.sentence == f"Approved by {ALICE.arn}: {FIX.title} on {BUCKET_ARN}."
    assert decision.plan == PLAN
    assert passed(case, "approval-valid") == ALICE.arn
    assert passed(case, "eligible-for-remediation") == "met, with people's approval"


def test_nobody_is_asked_again_for_what_people_have_approved() -> None:
    names = [check.name for check in IN_RESTRICTED_PRODUCTION.with_approval().decided().checks]
    assert names[names.index("fix-can-plan") + 1 :] == [
        "not-undone-before",
        "not-denied-before",
        "no-drift-loop",
        "not-owned-by-template",
        "approval-valid",
        "eligible-for-remediation",
    ]


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        (IN_RESTRICTED_PRODUCTION, Reason.RESTRICTED_PRODUCTION),
        (Case().with_entry(fix=replace(ENTRY.fix, reversible=False)), Reason.NOT_REVERSIBLE),
        (Case().with_entry(max_blast_radius={"principals": 1}), Reason.BLAST_RADIUS_EXCEEDED),
        (Case().with_environment("dev", mode=Mode.APPROVE), Reason.APPROVAL_REQUIRED),
        (Case().with_guardrails(usage={}), Reason.RATE_LIMIT_EXCEEDED),
        (
            Case().with_environment("dev", calendar=NIGHTS, outside_window=OutsideWindow.APPROVE),
            Reason.OUTSIDE_CHANGE_WINDOW,
        ),
    ],
)
def test_whatever_asked_for_a_person_is_answered_by_an_approval(case: Case, reason: Reason) -> None:
    assert case.decided().reason is reason
    assert case.with_approval().decided().outcome is Outcome.APPROVED


def test_an_approval_holds_until_before_its_end() -> None:
    assert Case().with_approval(expires_at=NOW + timedelta(microseconds=1)).decided().outcome is Outcome.APPROVED
    void(Case().with_approval(expires_at=NOW), f"it expired on {NOW.isoformat()}")


def test_where_two_must_approve_two_different_people_have() -> None:
    case = Case().with_environment("dev", approvers=2)
    decision = case.with_approval(votes=(vote(BOB), vote(ALICE), vote(BOB))).decided()
    assert decision.outcome is Outcome.APPROVED
    assert decision.sentence.startswith(f"Approved by {BOB.arn}, {ALICE.arn}: ")


def test_a_plan_whose_blast_radius_has_shrunk_is_still_the_one_that_was_approved() -> None:
    smaller = replace(PLAN, blast_radius={"principals": 1, "instances": [], "public": False})
    assert Case().with_planned(smaller).with_approval().decided().outcome is Outcome.APPROVED


# -- It does not ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "why"),
    [
        pytest.param(
            replace(PLAN, before={"open": "a bit"}), 'before.open was true and is "a bit"', id="the resource differs"
        ),
        pytest.param(
            replace(PLAN, changes=(replace(PLAN.changes[0], parameters={"Bucket": "ledger", "Force": True}),)),
            "changes[0].parameters.Force was nothing and is true",
            id="more is done",
        ),
        pytest.param(
            replace(PLAN, undo=()),
            'undo was [{"leaves":{},"operation":"DeleteBucketPolicy","parameters":{"Bucket":"ledger"},"service":"s3",'
            '"whole":false}] and is []',
            id="it can no longer be undone",
        ),
        pytest.param(
            replace(PLAN, blast_radius={**PLAN.blast_radius, "principals": 3}),
            "principals was 2 and is 3",
            id="more may notice",
        ),
        pytest.param(
            replace(PLAN, blast_radius={**PLAN.blast_radius, "databases": 1}),
            "databases was unknown and is 1",
            id="others may notice",
        ),
        pytest.param(
            replace(PLAN, summary="Close it well.", blast_radius={"principals": 9}),
            'summary was "Close it." and is "Close it well."; principals was 2 and is 9',
            id="several things at once",
        ),
    ],
)
def test_an_approval_of_another_plan_is_void_and_says_how_that_differs(now: Plan, why: str) -> None:
    void(Case().with_planned(now).with_approval(), f"the plan is not the approved one: {why}")


def test_of_very_many_differences_twenty_are_said() -> None:
    now = replace(PLAN, before={"open": True, **{f"part-{number:02}": number for number in range(100)}})
    void(
        Case().with_planned(now).with_approval(),
        "the plan is not the approved one: "
        + "; ".join(f"before.part-{number:02} was nothing and is {number}" for number in range(20))
        + "; and 80 more",
    )


def test_an_approval_of_a_plan_for_another_resource_is_void() -> None:
    other = replace(PLAN, resource_arn="arn:aws:s3:::other")
    void(
        Case().with_approval(plan=other),
        'the plan is not the approved one: resource_arn was "arn:aws:s3:::other" and is "arn:aws:s3:::ledger"',
    )


@pytest.mark.parametrize(
    ("votes", "count"),
    [
        pytest.param((), 0, id="nobody"),
        pytest.param((vote(ALICE),), 1, id="one person"),
        pytest.param((vote(ALICE), vote(ALICE)), 1, id="one person twice"),
        pytest.param((vote(ALICE), vote(replace(ALICE, arn=BOB.arn))), 1, id="one person by another's name"),
        pytest.param((vote(ALICE), vote(OTHERWISE)), 1, id="one person through another role"),
    ],
)
def test_an_approval_by_too_few_different_people_is_void(votes: tuple[Vote, ...], count: int) -> None:
    case = Case().with_environment("dev", approvers=2).with_approval(votes=votes)
    void(case, f"2 different people must approve in dev; {count} did", approvers=2)


def test_that_the_plan_is_another_is_said_before_that_the_approval_is_over() -> None:
    case = Case().with_approval(plan=replace(PLAN, summary="Open it."), expires_at=NOW, votes=())
    assert "is not the approved one" in case.decided().sentence
    assert "it expired on" in Case().with_approval(expires_at=NOW, votes=()).decided().sentence


# -- It changes nothing else ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "case",
    [
        pytest.param(Case().with_finding(status="RESOLVED"), id="an issue that is over"),
        pytest.param(Case().with_finding(severity="LOW"), id="a severity below the floor"),
        pytest.param(Case().with_waiver(), id="an exception"),
        pytest.param(Case().with_suppression_tag("SEC-7/2026-12-24"), id="a suppression tag"),
        pytest.param(Case().without_owner(), id="no owner"),
        pytest.param(Case().with_environment("dev", allowed_actions={}), id="an action that is not allowed"),
        pytest.param(Case().with_environment("dev", mode=Mode.NOTIFY), id="a policy that notifies"),
        pytest.param(Case().with_environment("dev", mode=Mode.DRY_RUN), id="a policy that only plans"),
        pytest.param(
            Case()
            .with_policy(severity_floor="LOW")
            .with_entry(severities=frozenset({"MEDIUM"}))
            .with_finding(severity="MEDIUM"),
            id="a severity that the predicate does not allow",
        ),
    ],
)
def test_an_approval_does_not_stand_in_for_anything_but_a_person(case: Case) -> None:
    decision, approved = case.decided(), case.with_approval().decided()
    assert approved.outcome is not Outcome.APPROVED
    assert (approved.outcome, approved.reason) == (decision.outcome, decision.reason)
