"""``suture review``, ``approve`` and ``deny``: people see the plan, and what they say is about that plan."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from cli.deployment import Deployment
from cli.reviews import LONGEST_OPEN, pending_reviews
from infra.policy_schema import policy_schema
from runtime.domain.audit import AuditEvent
from runtime.domain.followup import Approved, run_id
from runtime.domain.guardrails import Stop, StopScope
from runtime.domain.outcome import Outcome, Reason
from runtime.fixes.catalog import SPECS
from runtime.items.stops import put_stop
from tests.unit.cli.command import operate, operate_json
from tests.unit.cli.conftest import LogIn
from tests.unit.cli.live_platform import APPROVALS, CLOSED, COMMANDS, CUSTOMER, FIX, LivePlatform


@pytest.fixture
def bucket(platform: LivePlatform) -> str:
    """An open bucket in an account where people are asked. Its ARN."""
    platform.onboard("production")
    return platform.bucket()


@pytest.fixture
def review(platform: LivePlatform, bucket: str) -> str:
    """The id of a review."""
    return platform.find(bucket)


def _stored(platform: LivePlatform, review_id: str) -> AuditEvent:
    event = platform.outcome(review_id)
    assert event.outcome is Outcome.APPROVE
    return event


def _listed(*options: str) -> dict[str, str]:
    return {one["review_id"]: one["status"] for one in operate_json("review", "list", *options)}


def test_what_waits_is_listed_newest_first_with_what_people_need_to_choose(platform: LivePlatform, bucket: str) -> None:
    first, second = platform.find(bucket), platform.find(platform.bucket("acme-orders"))
    assert list(_listed()) == [second, first]
    (newest,) = operate_json("review", "list", "--limit", "1")
    assert newest["review_id"] == second
    assert (newest["account_id"], newest["environment"], newest["fix_id"]) == (CUSTOMER, "production", FIX)
    assert newest["plan_digest"] == _stored(platform, second).plan_digest
    assert newest["approvals"] == []
    shown = operate("review", "list")
    for text in (first, second, bucket, "production", "APPROVAL_REQUIRED"):
        assert text in shown.stdout
    assert "--limit" in operate("review", "list", "--limit", "1").stderr


def test_what_is_over_is_listed_only_if_asked_for(platform: LivePlatform, bucket: str) -> None:
    names = ("acme-orders", "acme-letters", "acme-archive")
    approved, denied, pending = (platform.find(platform.bucket(name)) for name in names)
    platform.policy["approvals"]["expire_hours"] = 1
    expired = platform.find(bucket, hours_ago=2)
    operate_json("approve", approved, "--reason", "agreed", "--yes")
    operate_json("deny", denied, "--reason", "no")
    assert _listed() == {pending: "pending"}
    assert _listed("--all") == {expired: "expired", pending: "pending", denied: "denied", approved: "approved"}


def test_findings_with_the_same_plan_are_one_row_that_says_how_many_wait(platform: LivePlatform, bucket: str) -> None:
    opened, joined = platform.find(bucket, issue_id="issue-1"), platform.find(bucket, issue_id="issue-2")
    platform.find(bucket, issue_id="issue-2")  # delivered again by Wiz
    (row,) = operate_json("review", "list")
    assert (row["review_id"], row["issue_ids"]) == (opened, ["issue-2", "issue-1"])
    assert "Findings" in operate("review", "list").stdout
    assert operate_json("review", "show", joined)["review_id"] == opened


def test_what_is_said_by_the_id_of_a_run_that_joined_is_said_of_the_review(platform: LivePlatform, bucket: str) -> None:
    opened, joined = platform.find(bucket), platform.find(bucket)
    answer = operate_json("approve", joined, "--reason", "agreed", "--yes")
    assert (answer["outcome"], answer["run_id"]) == ("APPROVED", run_id(Approved(review_id=opened)))
    assert platform.block(bucket) == CLOSED


def test_a_denied_review_is_reopened(platform: LivePlatform, bucket: str, review: str) -> None:
    refused = operate("review", "reopen", review, "--reason", "again")
    assert refused.exit_code == 1
    assert "is pending; only a denied review can be reopened. Nothing was sent." in refused.stderr
    operate_json("deny", review, "--reason", "a website")
    assert f"suture review reopen {review}" in operate("review", "show", review).stdout
    assert operate_json("review", "reopen", review, "--reason", "it has moved")["reason"] == "REVIEW_REOPENED"
    assert _listed() == {review: "pending"}
    assert platform.block(bucket) is None


def test_a_review_that_was_reopened_waits_however_long_ago_it_was_opened(platform: LivePlatform, bucket: str) -> None:
    opened = platform.find(bucket, hours_ago=2, issue_id="issue-1")
    platform.find(bucket, hours_ago=1, issue_id="issue-2")
    denied = platform.find(platform.bucket("acme-orders"))
    for one in (opened, denied):
        operate_json("deny", one, "--reason", "a website")
        operate_json("review", "reopen", one, "--reason", "it has moved")
    operate_json("deny", denied, "--reason", "it has not")
    fresh = platform.find(platform.bucket("acme-letters"))
    reader, now = Deployment("test").audit_reader(), datetime.now(UTC) + LONGEST_OPEN - timedelta(minutes=30)
    platform.policy["approvals"]["expire_hours"] = 720
    operate_json("deny", opened, "--reason", "a website")
    operate_json("review", "reopen", opened, "--reason", "it has moved")
    waiting = {one.review.id: one.issues for one in pending_reviews(reader, now=now)}
    assert waiting == {opened: ("issue-2", "issue-1")}
    assert fresh in _listed()


def test_an_empty_list_is_an_answer(platform: LivePlatform) -> None:
    assert operate_json("review", "list") == []
    assert operate("review", "list").stderr == "No plan waits for approval.\n"


def test_reviews_are_looked_for_as_far_back_as_a_policy_may_keep_them_open() -> None:
    hours = policy_schema(SPECS)["properties"]["approvals"]["properties"]["expire_hours"]["maximum"]
    assert LONGEST_OPEN.total_seconds() == hours * 3600


def test_a_review_is_shown_with_the_plan_its_hazard_and_its_facts(platform: LivePlatform, review: str) -> None:
    stored = _stored(platform, review)
    shown = operate("review", "show", review).stdout
    parts = (
        f"Review {review}: pending",
        "APPROVAL_REQUIRED",
        SPECS[FIX].hazard,
        stored.plan_digest,
        "s3:PutPublicAccessBlock",
        "s3:PutBucketPublicAccessBlock",
        "account 222222222222: me@example.com",
        "not-undone-before",
        f"suture approve {review} --reason TEXT",
    )
    places = [shown.index(part) for part in parts]
    assert places == sorted(places)
    document = operate_json("review", "show", review)
    assert document["record"]["evidence"]["plan"]["changes"][0]["operation"] == "PutPublicAccessBlock"
    assert document["hazard"] == SPECS[FIX].hazard


def test_a_run_that_people_are_not_asked_about_is_not_shown(platform: LivePlatform) -> None:
    fixed = platform.find(platform.bucket())
    for command in (("review", "show", fixed), ("approve", fixed, "--reason", "x"), ("deny", fixed, "--reason", "x")):
        result = operate(*command)
        assert result.exit_code == 1
        assert result.stdout == ""
        assert "ended as REMEDIATE" in result.stderr
    result = operate("review", "show", "nothing", "--json")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "'nothing'" in result.stderr


def test_an_approved_plan_is_carried_out_in_the_name_of_whoever_approved_it(
    platform: LivePlatform, bucket: str, review: str, log_in: LogIn
) -> None:
    bob = log_in("bob")
    answer = operate_json("approve", review, "--reason", "agreed", "--yes")
    assert platform.block(bucket) == CLOSED
    assert (answer["state"], answer["outcome"], answer["reason"]) == ("done", "APPROVED", "PLAN_APPROVED")
    assert answer["run_id"] == run_id(Approved(review_id=review))
    assert answer["command_id"] == answer["command"]["correlation_id"]
    (vote,) = platform.history(review).approvals
    assert (vote.actor, vote.sentence) == (bob.arn, "agreed")
    assert bob.arn in answer["sentence"]


def test_it_says_which_run_carried_the_plan_out_and_how_to_take_it_back(review: str) -> None:
    run = run_id(Approved(review_id=review))
    result = operate("approve", review, "--reason", "agreed", "--yes")
    assert result.exit_code == 0
    assert f"suture undo {run}" in result.stderr
    shown = operate("review", "show", review).stdout
    assert run in shown
    assert "agreed" in shown
    assert "suture approve" not in shown
    assert operate_json("review", "show", review)["run_id"] == run


@pytest.mark.usefixtures("terminal")
def test_it_shows_the_plan_and_asks(platform: LivePlatform, bucket: str, review: str) -> None:
    refused = operate("approve", review, "--reason", "agreed", text="n\n")
    assert refused.exit_code == 1
    assert _stored(platform, review).plan_digest in refused.stdout
    assert "Approve this plan" in refused.stderr
    assert "Nothing was done" in refused.stderr
    assert platform.commands_sent == 0
    assert operate("approve", review, "--reason", "agreed", text="y\n").exit_code == 0
    assert platform.block(bucket) == CLOSED


@pytest.mark.usefixtures("terminal")
def test_with_json_nobody_is_asked_not_even_at_a_terminal(platform: LivePlatform, review: str) -> None:
    result = operate("approve", review, "--reason", "agreed", "--json", text="y\n")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "With --json nobody is asked: pass --yes to confirm" in result.stderr
    assert platform.commands_sent == 0


@pytest.mark.parametrize(
    ("option", "plan_shown"), [((), True), (("--json",), False)], ids=["without a terminal", "with --json"]
)
def test_where_nobody_can_be_asked_it_needs_yes(
    platform: LivePlatform, review: str, option: tuple[str, ...], plan_shown: bool
) -> None:
    result = operate("approve", review, "--reason", "agreed", *option, text="y\n")
    assert result.exit_code == 2
    assert (_stored(platform, review).plan_digest in result.stdout) is plan_shown
    assert plan_shown or result.stdout == ""
    assert "--yes" in result.stderr
    assert platform.commands_sent == 0


def test_what_is_approved_is_the_plan_that_was_shown(platform: LivePlatform, review: str) -> None:
    digest = _stored(platform, review).plan_digest
    result = operate("approve", review, "--reason", "agreed", "--yes", "--no-wait")
    assert digest in result.stdout
    (sent,) = platform.sent(APPROVALS)
    assert json.loads(sent.body)["digest"] == digest


def test_a_digest_that_was_read_before_must_be_the_plans(platform: LivePlatform, bucket: str, review: str) -> None:
    digest = _stored(platform, review).plan_digest
    other = operate("approve", review, "--reason", "agreed", "--yes", "--digest", "0" * 64)
    assert other.exit_code == 1
    assert f"has the digest {digest}, not {'0' * 64}" in other.stderr
    assert platform.commands_sent == 0
    assert operate("approve", review, "--reason", "agreed", "--yes", "--digest", digest).exit_code == 0
    assert platform.block(bucket) == CLOSED


def test_where_two_must_approve_each_is_somebody_else(platform: LivePlatform, log_in: LogIn) -> None:
    platform.onboard("restricted-production")
    bucket = platform.bucket()
    approve = ("approve", platform.find(bucket), "--reason", "agreed", "--yes")
    first = operate_json(*approve)
    assert (first["state"], first["reason"], first["run_id"]) == ("done", "APPROVAL_COUNTED", "")
    again = operate_json(*approve, exit_code=1)
    assert (again["state"], again["reason"]) == ("refused", "SAME_PERSON")
    assert platform.block(bucket) is None
    log_in("bob")
    assert operate_json(*approve)["outcome"] == "APPROVED"
    assert platform.block(bucket) == CLOSED


def test_an_approval_that_is_void_says_what_changed_and_what_is_up_for_review_now(
    platform: LivePlatform, bucket: str, review: str
) -> None:
    platform.set_block(bucket, BlockPublicAcls=False)
    result = operate("approve", review, "--reason", "agreed", "--yes")
    assert result.exit_code == 1
    assert "APPROVE, APPROVAL_VOID" in result.stderr
    assert "BlockPublicAcls" in result.stderr
    assert f"suture review show {run_id(Approved(review_id=review))}" in result.stderr
    assert platform.block(bucket) == {**CLOSED, "BlockPublicAcls": False}


def test_an_approved_plan_that_has_to_wait_says_what_for(platform: LivePlatform, bucket: str, review: str) -> None:
    at = platform.outcome(review).at
    stop = Stop(id="STOP-1", scope=StopScope.EVERYTHING, value="", reason="an incident", stopped_by="olga", at=at)
    put_stop(platform.store, stop)
    answer = operate_json("approve", review, "--reason", "agreed", "--yes", exit_code=5)
    assert (answer["state"], answer["outcome"], answer["reason"]) == ("waits", None, "STOPPED")
    assert "an incident" in answer["sentence"]
    assert "suture status" in answer["sentence"]
    assert platform.block(bucket) is None


def test_a_plan_is_denied_without_asking_and_stays_denied(
    platform: LivePlatform, bucket: str, review: str, log_in: LogIn
) -> None:
    bob = log_in("bob")
    answer = operate_json("deny", review, "--reason", "a website")
    assert (answer["state"], answer["reason"], answer["run_id"]) == ("done", "REVIEW_DENIED", "")
    verdict = platform.history(review).verdict
    assert verdict is not None
    assert (verdict.reason, verdict.actor, verdict.sentence) == (Reason.REVIEW_DENIED, bob.arn, "a website")
    assert f"by {bob.arn}: a website" in operate("review", "show", review).stdout
    assert operate_json("review", "show", review)["run_id"] == ""
    for command in (("approve", review, "--reason", "agreed", "--yes"), ("deny", review, "--reason", "no")):
        result = operate(*command)
        assert result.exit_code == 1
        assert "was denied already. Nothing was sent." in result.stderr
    assert platform.commands_sent == 1
    assert platform.block(bucket) is None


def test_an_expired_review_is_not_asked_about(platform: LivePlatform, bucket: str) -> None:
    platform.policy["approvals"]["expire_hours"] = 1
    result = operate("approve", platform.find(bucket, hours_ago=2), "--reason", "agreed", "--yes")
    assert result.exit_code == 1
    assert "could be approved until" in result.stderr
    assert platform.commands_sent == 0


@pytest.mark.parametrize("command", ["approve", "deny"])
def test_what_approvers_say_goes_through_their_own_queue(platform: LivePlatform, review: str, command: str) -> None:
    operate(command, review, "--reason", "agreed", "--no-wait", *(["--yes"] if command == "approve" else []))
    assert len(platform.sent(APPROVALS)) == 1
    assert platform.sent(COMMANDS) == []
