"""A plan that waits for people, as its history tells it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from runtime.domain.audit import AuditEvent, EventKind, Evidence, History
from runtime.domain.command import ApprovePlan, Order
from runtime.domain.facts import Approval, Vote
from runtime.domain.outcome import Outcome, Reason
from runtime.domain.principal import Principal
from runtime.domain.review import Review, ReviewStatus, review_of
from tests.unit.domain.cases import ALICE, BOB, EVENT, NOW, PLAN

EXPIRES_AT = NOW + timedelta(hours=72)
STORED = replace(
    EVENT,
    correlation_id="r-1",
    outcome=Outcome.APPROVE,
    reason=Reason.APPROVAL_REQUIRED,
    expires_at=EXPIRES_AT,
    evidence=Evidence(plan=PLAN),
)


def approval_by(principal: Principal, reason: str) -> AuditEvent:
    order = Order(command=ApprovePlan(review_id="r-1", digest=PLAN.digest, reason=reason), principal=principal)
    return replace(
        EVENT,
        correlation_id="r-1",
        kind=EventKind.APPROVAL,
        at=NOW + timedelta(hours=1),
        sentence=reason,
        evidence=Evidence(order=order),
    )


def verdict(reason: Reason) -> AuditEvent:
    return replace(EVENT, correlation_id="r-1", kind=EventKind.VERDICT, reason=reason)


def review(*events: AuditEvent) -> Review:
    found = review_of(History(events=events))
    assert found is not None
    return found


def test_a_plan_that_was_stored_for_review_waits_for_votes() -> None:
    found = review(STORED)
    assert found == Review(
        stored=STORED,
        approval=Approval(review_id="r-1", plan=PLAN, votes=(), expires_at=EXPIRES_AT),
        approvals=(),
        verdict=None,
        asked_at=STORED.at,
    )
    assert found.id == "r-1"


def test_each_approval_is_a_vote() -> None:
    approvals = (approval_by(ALICE, "agreed"), approval_by(BOB, "me too"))
    found = review(STORED, *approvals)
    at = NOW + timedelta(hours=1)
    assert found.approval.votes == (
        Vote(principal=ALICE, reason="agreed", at=at),
        Vote(principal=BOB, reason="me too", at=at),
    )
    assert found.approvals == approvals
    assert found.approval.approvers == (ALICE.arn, BOB.arn)


def test_an_approver_is_one_person_however_often_and_through_whichever_role() -> None:
    otherwise = Principal(arn="arn:aws:sts::111111111111:assumed-role/other/Alice", user_id="AROAOTHER:Alice")
    votes = tuple(Vote(principal=one, reason="", at=NOW) for one in (ALICE, BOB, otherwise, ALICE))
    approval = Approval(review_id="r-1", plan=PLAN, votes=votes, expires_at=EXPIRES_AT)
    assert approval.approvers == (ALICE.arn, BOB.arn)


@pytest.mark.parametrize(
    "events",
    [
        pytest.param((), id="nothing happened"),
        pytest.param((replace(EVENT, kind=EventKind.INTENT),), id="it has not ended"),
        pytest.param((replace(EVENT, outcome=Outcome.REMEDIATE),), id="it was remediated"),
        pytest.param((replace(EVENT, outcome=Outcome.APPROVED),), id="it was carried out at people's word"),
    ],
)
def test_any_other_run_is_under_no_review(events: tuple[AuditEvent, ...]) -> None:
    assert review_of(History(events=events)) is None


@pytest.mark.parametrize(
    ("events", "now", "status"),
    [
        ((), EXPIRES_AT - timedelta(microseconds=1), ReviewStatus.PENDING),
        ((), EXPIRES_AT, ReviewStatus.EXPIRED),
        ((approval_by(ALICE, "one of two"),), NOW, ReviewStatus.PENDING),
        ((approval_by(ALICE, "one of two"),), EXPIRES_AT, ReviewStatus.EXPIRED),
        ((verdict(Reason.APPROVAL_COMPLETE),), NOW, ReviewStatus.APPROVED),
        ((verdict(Reason.APPROVAL_COMPLETE),), EXPIRES_AT, ReviewStatus.APPROVED),
        ((verdict(Reason.REVIEW_DENIED),), NOW, ReviewStatus.DENIED),
        ((verdict(Reason.REVIEW_DENIED),), EXPIRES_AT, ReviewStatus.DENIED),
    ],
)
def test_a_review_is_over_by_its_verdict_or_by_its_time(
    events: tuple[AuditEvent, ...], now: datetime, status: ReviewStatus
) -> None:
    assert review(STORED, *events).status(now) is status
