"""An exception's life, and how the decision sees it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from runtime.domain.exceptions import ExceptionRequest, RegisteredException, Step
from runtime.domain.facts import Waiver, WaiverStatus
from tests.unit.domain.cases import ALICE, BOB, NOW

REQUEST = ExceptionRequest(
    id="e-1",
    control="S3-001",
    account_id="222222222222",
    resource="arn:aws:s3:::ledger",
    environment="dev",
    ticket="SEC-7",
    expires_at=NOW + timedelta(days=30),
    requested=Step(principal=BOB, reason="migration until spring", at=NOW, command_id="c-requested"),
)
APPROVED = Step(principal=ALICE, reason="agreed", at=NOW + timedelta(hours=1), command_id="c-approved")
REVOKED = Step(principal=BOB, reason="migrated", at=NOW + timedelta(days=1), command_id="c-revoked")


def test_an_exception_is_pending_then_approved_and_once_revoked_stays_so() -> None:
    asked = RegisteredException(request=REQUEST)
    granted = replace(asked, approved=APPROVED)
    assert asked.status is WaiverStatus.PENDING
    assert granted.status is WaiverStatus.APPROVED
    assert replace(asked, revoked=REVOKED).status is WaiverStatus.REVOKED
    assert replace(granted, revoked=REVOKED).status is WaiverStatus.REVOKED


def test_the_decision_sees_what_was_asked_for_by_whom_and_who_approved_it() -> None:
    assert RegisteredException(request=REQUEST, approved=APPROVED).waiver == Waiver(
        id="e-1",
        status=WaiverStatus.APPROVED,
        control="S3-001",
        account_id="222222222222",
        resource="arn:aws:s3:::ledger",
        environment="dev",
        reason="migration until spring",
        ticket="SEC-7",
        requested_by=BOB.arn,
        approved_by=ALICE.arn,
        requested_at=NOW,
        expires_at=NOW + timedelta(days=30),
    )


def test_what_nobody_approved_names_no_approver() -> None:
    assert RegisteredException(request=REQUEST).waiver.approved_by == ""
