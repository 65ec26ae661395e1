"""Exceptions: one person asks, another approves, and every finding they cover is skipped until they end."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from runtime.domain.audit import AuditEvent
from runtime.domain.command import ApproveException, DryRun, RequestException, RevokeException
from runtime.domain.exceptions import RegisteredException
from runtime.domain.facts import WaiverStatus
from runtime.domain.followup import RunCommand, run_id
from runtime.domain.outcome import Outcome, Reason
from runtime.items.exceptions import find_exception, list_exceptions
from tests.flow.scene import ANN, BOB, CYD, FIX, Bucket, a_bucket, stop
from tests.flow.world import CUSTOMER, NOW, World

REQUEST = RequestException(
    exception_id="EX-1",
    control=f"RULE-{FIX}",
    account_id=CUSTOMER,
    resource="arn:aws:s3:::flow-*",
    environment="dev",
    reason="a website",
    ticket="SEC-1",
    expires_at=(NOW + timedelta(days=30)).isoformat(),
)
APPROVE = ApproveException(exception_id="EX-1", account_id=CUSTOMER, reason="agreed")
REVOKE = RevokeException(exception_id="EX-1", account_id=CUSTOMER, reason="moved")


@pytest.fixture
def bucket(world: World) -> Bucket:
    return a_bucket(world)


def registered(world: World) -> RegisteredException:
    found = find_exception(world.store, "EX-1", CUSTOMER)
    assert found is not None
    return found


def test_an_exception_counts_once_somebody_else_approved_it_and_until_it_is_revoked(
    world: World, bucket: Bucket
) -> None:
    assert world.order(REQUEST, ANN).reason is Reason.EXCEPTION_REQUESTED
    assert registered(world).status is WaiverStatus.PENDING
    assert world.order(APPROVE, BOB).reason is Reason.EXCEPTION_GRANTED
    skipped = bucket.found()
    assert (skipped.outcome, skipped.reason, skipped.waiver_id) == (Outcome.SKIP, Reason.EXCEPTION_APPROVED, "EX-1")
    assert "SEC-1" in skipped.sentence
    (evidence,) = skipped.evidence.waivers
    assert (evidence.requested_by, evidence.approved_by) == (ANN.arn, BOB.arn)
    assert not bucket.closed
    assert world.order(REVOKE, CYD).reason is Reason.EXCEPTION_REVOKED
    assert bucket.found().outcome is Outcome.REMEDIATE
    assert bucket.closed


def test_an_exception_ends_by_itself(world: World, bucket: Bucket) -> None:
    world.order(REQUEST, ANN)
    world.order(APPROVE, BOB)
    world.now += timedelta(days=30)
    assert bucket.found().outcome is Outcome.REMEDIATE


def test_whoever_asked_cannot_approve(world: World, bucket: Bucket) -> None:
    world.order(REQUEST, ANN)
    refused = world.order(APPROVE, ANN)
    assert (refused.outcome, refused.reason) == (Outcome.REJECT, Reason.SAME_PERSON)
    assert registered(world).approved is None
    assert bucket.found().outcome is Outcome.REMEDIATE


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"expires_at": (NOW + timedelta(days=91)).isoformat()}, "90 days"),
        ({"expires_at": NOW.isoformat()}, "has passed"),
        ({"expires_at": "2026-12-01T00:00:00"}, "time zone"),
        ({"expires_at": "soon"}, "'soon'"),
        ({"expires_at": "0001-01-01T00:00:00+14:00"}, "not a time"),
        ({"control": "", "account_id": "", "resource": "", "environment": ""}, "scope"),
        ({"account_id": "42"}, "12 digits"),
        ({"environment": "qa"}, "'qa'"),
        ({"control": "RULE-s3-block-public-acess"}, "Did you mean rule-s3-block-public-access or"),
        ({"ticket": " "}, "ticket"),
        ({"reason": ""}, "reason"),
        ({"exception_id": "a#b"}, "'a#b'"),
    ],
)
def test_a_request_that_is_not_whole_is_refused_and_says_why(world: World, changes: dict[str, str], said: str) -> None:
    refused = world.order(replace(REQUEST, **changes), ANN)
    assert (refused.outcome, refused.reason) == (Outcome.REJECT, Reason.COMMAND_INVALID)
    assert said in refused.sentence
    assert list_exceptions(world.store) == ()


def test_commands_that_come_again_do_once_what_they_do(world: World) -> None:
    for command, who in ((REQUEST, ANN), (APPROVE, BOB), (REVOKE, CYD)):
        order = world.ordered(command, who)
        world.deliver_order(order)
        first = registered(world)
        world.deliver_order(order)
        assert registered(world) == first
        assert world.outcome_of(order.id).outcome is Outcome.DONE


def test_an_id_is_taken_once_and_an_exception_approved_and_revoked_once(world: World) -> None:
    world.order(REQUEST, ANN)
    assert world.order(replace(REQUEST, reason="another"), BOB).reason is Reason.COMMAND_INVALID
    world.order(APPROVE, BOB)
    assert world.order(APPROVE, CYD).reason is Reason.EXCEPTION_NOT_PENDING
    world.order(REVOKE, CYD)
    assert world.order(REVOKE, ANN).reason is Reason.EXCEPTION_NOT_IN_FORCE
    assert world.order(APPROVE, BOB).reason is Reason.EXCEPTION_NOT_PENDING
    assert world.order(replace(APPROVE, exception_id="EX-9"), BOB).reason is Reason.NOTHING_RECORDED
    assert registered(world).request.requested.reason == "a website"


def test_an_exception_that_ends_soon_is_told_of_once(world: World) -> None:
    world.order(REQUEST, ANN)
    world.order(APPROVE, BOB)
    world.tick()
    world.now += timedelta(days=24)
    world.mail.notices.clear()
    for _ in range(3):
        world.tick()
    (event,) = world.mail.events
    assert (event["waiver_id"], event["exception"]["approved_by"]) == ("EX-1", BOB.arn)
    (notice,) = world.mail.security
    assert notice["waiver_id"] == "EX-1"


def test_an_exception_that_nobody_approved_ends_unsaid(world: World) -> None:
    world.order(REQUEST, ANN)
    world.now += timedelta(days=24)
    world.mail.notices.clear()
    world.tick()
    assert world.mail.events == []


@pytest.mark.parametrize(
    ("value", "environment", "reason"),
    [
        ("SEC-12/2026-12-01", "dev", Reason.SUPPRESSED_BY_TAG),
        ("SEC-12/2026-11-22", "dev", Reason.ELIGIBLE),  # it has ended
        ("SEC-12/2027-12-01", "dev", Reason.ELIGIBLE),  # it is longer than an exception may be
        ("yes", "dev", Reason.ELIGIBLE),
        ("SEC-12/2026-12-01", "production", Reason.APPROVAL_REQUIRED),  # there tags do not count
    ],
)
def test_a_suppression_tag_counts_only_where_and_as_it_should(
    world: World, bucket: Bucket, value: str, environment: str, reason: Reason
) -> None:
    world.onboard(environment=environment)
    bucket.tag(**{"suture:suppress": value})
    outcome = bucket.found()
    assert outcome.reason is reason
    assert value in next(check.found for check in outcome.evidence.checks if check.name == "no-suppression-tag")


def dry_run(world: World, run: str) -> AuditEvent:
    command = world.order(DryRun(target_id=run), ANN)
    assert (command.outcome, command.reason) == (Outcome.DONE, Reason.DRY_RUN_ACCEPTED)
    return world.outcome_of(run_id(RunCommand(command_id=command.correlation_id)))


def test_one_command_may_ask_for_a_dry_run_and_gets_what_a_real_run_would_do(world: World, bucket: Bucket) -> None:
    stop(world)
    run = bucket.find()
    asked = dry_run(world, run)
    assert (asked.outcome, asked.reason) == (Outcome.DRY_RUN, Reason.DRY_RUN_BY_COMMAND)
    assert not bucket.closed
    held = world.history_of(run).waiting
    assert held is not None
    assert asked.plan_digest == held.plan_digest
    assert asked.evidence.plan == held.evidence.plan
    assert "s3:PutBucketPublicAccessBlock" in {use.action for use in asked.evidence.permissions}


def of_the_fix(world: World) -> list[dict[str, Any]]:
    return [entry for entry in world.policy["catalog"] if entry["fix"] == FIX]


@pytest.mark.parametrize("place", ["environment", "account", "entry"])
def test_a_dry_run_by_policy_has_the_evidence_of_a_real_one(world: World, bucket: Bucket, place: str) -> None:
    if place == "environment":
        world.policy["environments"]["dev"]["mode"] = "dry-run"
    elif place == "account":
        world.policy["accounts"] = {CUSTOMER: {"mode": "dry-run"}}
    else:
        for entry in of_the_fix(world):
            entry["environments"]["dev"] = "dry-run"
    dry = bucket.found()
    assert (dry.outcome, dry.reason) == (Outcome.DRY_RUN, Reason.DRY_RUN_BY_POLICY)
    assert not bucket.closed
    world.policy["environments"]["dev"]["mode"] = "remediate"
    world.policy["accounts"] = {}
    for entry in of_the_fix(world):
        entry["environments"]["dev"] = "remediate"
    real = bucket.found()
    assert real.outcome is Outcome.REMEDIATE
    assert dry.evidence.plan == real.evidence.plan
    assert {use.action for use in dry.evidence.permissions} >= {"s3:PutBucketPublicAccessBlock"}


def test_the_answer_to_a_dry_run_goes_to_whoever_asked_and_troubles_nobody_else(world: World, bucket: Bucket) -> None:
    run = bucket.find()
    world.onboard(owner="")
    bucket.open()
    world.mail.notices.clear()
    assert dry_run(world, run).reason is Reason.OWNER_MISSING
    assert world.mail.security == []
