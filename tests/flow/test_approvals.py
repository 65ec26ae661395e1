"""Plans that people approve: exactly what they saw is carried out, once, or nothing is."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from runtime.application.ports import Message
from runtime.domain.audit import AuditEvent
from runtime.domain.command import ApprovePlan, ClearBlock, DenyPlan, ReopenReview
from runtime.domain.errors import FactsChanged, MessageInvalid, PlatformCallFailed
from runtime.domain.followup import Approved, message_to_json
from runtime.domain.guardrails import Past, PastKind
from runtime.domain.outcome import Outcome, Reason
from runtime.domain.principal import Principal
from runtime.fixes.catalog import SPECS
from runtime.items.past import past_key, put_past
from tests.flow.scene import ANN, BOB, CYD, FIX, Bucket, a_bucket, approval_of, approved_run, resume, stop
from tests.flow.world import World, person
from tests.memory.calls import lose


@pytest.fixture
def bucket(world: World) -> Bucket:
    world.onboard(environment="production")
    return a_bucket(world)


def test_a_plan_up_for_review_is_stored_with_all_that_people_need(world: World, bucket: Bucket) -> None:
    stored = bucket.found()
    assert (stored.outcome, stored.reason) == (Outcome.APPROVE, Reason.APPROVAL_REQUIRED)
    evidence = stored.evidence
    assert evidence.decided_at is not None
    assert stored.expires_at == evidence.decided_at + timedelta(hours=24)
    assert evidence.plan is not None
    assert stored.plan_digest == evidence.plan.digest
    assert evidence.observed is not None
    assert evidence.hazard == SPECS[FIX].hazard
    assert evidence.account is not None
    assert evidence.account.external_id == ""
    assert {use.session for use in evidence.permissions} == {"read", "write"}
    assert "s3:PutBucketPublicAccessBlock" in {use.action for use in evidence.permissions}
    assert not bucket.closed


def test_an_approved_plan_is_carried_out_and_says_who_approved_it(world: World, bucket: Bucket) -> None:
    stored = bucket.found()
    done = world.order(approval_of(stored), ANN)
    assert (done.outcome, done.reason) == (Outcome.DONE, Reason.APPROVAL_COMPLETE)
    run = world.outcome_of(approved_run(stored.correlation_id))
    assert (run.outcome, run.reason) == (Outcome.APPROVED, Reason.PLAN_APPROVED)
    assert run.evidence.approval is not None
    assert run.evidence.approval.approvers == (ANN.arn,)
    assert run.evidence.target_id == stored.correlation_id
    assert ANN.arn in run.sentence
    assert bucket.closed


def test_approving_twice_applies_once(world: World, bucket: Bucket) -> None:
    stored = bucket.found()
    order = world.ordered(approval_of(stored), ANN)
    with world.watched() as calls:
        for _ in range(3):
            world.deliver_order(order)
            world.deliver_to_itself()
        assert world.order(approval_of(stored), ANN).reason is Reason.NOT_UNDER_REVIEW
        assert world.order(approval_of(stored), BOB).reason is Reason.NOT_UNDER_REVIEW
    assert calls.count("s3:PutPublicAccessBlock") == 1
    assert bucket.closed


def test_an_approval_is_void_if_the_resource_has_changed_and_says_what_did(world: World, bucket: Bucket) -> None:
    stored = bucket.found()
    bucket.set_block(BlockPublicAcls=False)
    world.order(approval_of(stored), ANN)
    run = world.outcome_of(approved_run(stored.correlation_id))
    assert (run.outcome, run.reason) == (Outcome.APPROVE, Reason.APPROVAL_VOID)
    assert "BlockPublicAcls" in run.sentence
    assert bucket.block() is not None
    assert not bucket.closed
    # What would be done now is up for review itself.
    world.order(approval_of(run), ANN)
    assert world.outcome_of(approved_run(run.correlation_id)).outcome is Outcome.APPROVED
    assert bucket.closed


def test_an_expired_review_cannot_be_approved_or_denied(world: World, bucket: Bucket) -> None:
    stored = bucket.found()
    world.now += timedelta(hours=24)
    assert world.order(approval_of(stored), ANN).reason is Reason.REVIEW_EXPIRED
    deny = DenyPlan(review_id=stored.correlation_id, reason="no")
    assert world.order(deny, ANN).reason is Reason.REVIEW_EXPIRED
    assert not bucket.closed


def test_an_approval_that_is_carried_out_too_late_is_void(world: World, bucket: Bucket) -> None:
    stored = bucket.found()
    world.deliver_order(world.ordered(approval_of(stored), ANN))
    world.now += timedelta(hours=24)
    world.deliver_to_itself()
    run = world.outcome_of(approved_run(stored.correlation_id))
    assert (run.outcome, run.reason) == (Outcome.APPROVE, Reason.APPROVAL_VOID)
    assert not bucket.closed


def test_a_denied_plan_cannot_be_approved(world: World, bucket: Bucket) -> None:
    stored = bucket.found()
    denied = world.order(DenyPlan(review_id=stored.correlation_id, reason="a website"), BOB)
    assert (denied.outcome, denied.reason) == (Outcome.DONE, Reason.REVIEW_DENIED)
    refused = world.order(approval_of(stored), ANN)
    assert (refused.outcome, refused.reason) == (Outcome.REJECT, Reason.NOT_UNDER_REVIEW)
    assert "denied" in refused.sentence
    assert not bucket.closed


def test_only_the_plan_that_was_stored_can_be_approved(world: World, bucket: Bucket) -> None:
    stored = bucket.found()
    refused = world.order(ApprovePlan(review_id=stored.correlation_id, digest="0" * 64, reason="agreed"), ANN)
    assert refused.reason is Reason.PLAN_MISMATCH
    assert world.history_of(stored.correlation_id).approvals == ()


def test_two_different_people_are_needed_where_the_policy_says_so(world: World) -> None:
    world.onboard(environment="restricted-production")
    bucket = a_bucket(world)
    stored = bucket.found()
    assert stored.reason is Reason.RESTRICTED_PRODUCTION
    first = world.order(approval_of(stored), ANN)
    assert (first.outcome, first.reason) == (Outcome.DONE, Reason.APPROVAL_COUNTED)
    again = world.order(approval_of(stored), ANN)
    assert (again.outcome, again.reason) == (Outcome.REJECT, Reason.SAME_PERSON)
    assert not bucket.closed
    assert world.order(approval_of(stored), BOB).reason is Reason.APPROVAL_COMPLETE
    run = world.outcome_of(approved_run(stored.correlation_id))
    assert run.evidence.approval is not None
    assert run.evidence.approval.approvers == (ANN.arn, BOB.arn)
    assert bucket.closed


def test_one_person_in_two_roles_is_one_person(world: World) -> None:
    world.onboard(environment="restricted-production")
    stored = a_bucket(world).found()
    other = Principal(arn="arn:aws:sts::111111111111:assumed-role/others/ann", user_id="AROAOTHEROTHEROTHER00:ann")
    assert world.order(approval_of(stored), ANN).reason is Reason.APPROVAL_COUNTED
    assert world.order(approval_of(stored), other).reason is Reason.SAME_PERSON


@pytest.mark.parametrize("name", ["botocore-session-1764072000", "AWSCLI-Session", "ann-2", "my laptop"])
def test_a_session_that_is_not_named_as_the_deployment_requires_approves_nothing(
    world: World, bucket: Bucket, name: str
) -> None:
    """Each of a person's sessions would have another name, and count as another person."""
    stored = bucket.found()
    refused = world.order(approval_of(stored), person(name))
    assert (refused.outcome, refused.reason) == (Outcome.REJECT, Reason.IDENTITY_MISMATCH)
    assert "role_session_name" in refused.sentence
    assert not bucket.closed


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:sts::111111111111:assumed-role/unlisted/ann",
        "arn:aws:sts::999999999999:assumed-role/people/ann",
        "arn:aws:iam::111111111111:user/ann",
        "arn:aws:sts::111111111111:assumed-role/people/bob",
    ],
)
def test_an_arn_that_is_not_a_session_of_a_listed_role_approves_nothing(world: World, bucket: Bucket, arn: str) -> None:
    """SQS vouches for the user id only."""
    stored = bucket.found()
    refused = world.order(approval_of(stored), replace(ANN, arn=arn))
    assert (refused.outcome, refused.reason) == (Outcome.REJECT, Reason.IDENTITY_MISMATCH)
    assert not bucket.closed


def test_a_command_that_names_somebody_else_is_refused_and_put_before_people(world: World, bucket: Bucket) -> None:
    stored = bucket.found()
    world.mail.notices.clear()
    forged = world.ordered(approval_of(stored), ANN)
    world.deliver_order(replace(forged, sender_id=BOB.user_id))
    refused = world.outcome_of(forged.id)
    assert (refused.outcome, refused.reason) == (Outcome.REJECT, Reason.IDENTITY_MISMATCH)
    assert len(world.mail.review) == 1
    assert not bucket.closed


def test_an_approval_does_not_come_through_the_operators_queue(world: World, bucket: Bucket) -> None:
    stored = bucket.found()
    order = world.ordered(approval_of(stored), ANN)
    world.platform.commands.handle_operator(order)
    assert world.outcome_of(order.id).reason is Reason.COMMAND_INVALID
    assert not bucket.closed


def test_what_people_approved_is_not_done_over_an_exception(world: World, bucket: Bucket) -> None:
    """The finding is decided again, by everything as it is then."""
    stored = bucket.found()
    world.policy["environments"]["production"]["allowed_actions"] = []
    world.order(approval_of(stored), ANN)
    run = world.outcome_of(approved_run(stored.correlation_id))
    assert (run.outcome, run.reason) == (Outcome.NOTIFY, Reason.ACTION_NOT_ALLOWED)
    assert not bucket.closed


def test_a_run_that_nobody_approved_is_not_carried_out(world: World, bucket: Bucket) -> None:
    stored = bucket.found()
    body = json.dumps(message_to_json(Approved(review_id=stored.correlation_id)))
    with pytest.raises(MessageInvalid, match="have not approved"):
        world.platform.runs.handle_run(Message(id="1", body=body))
    assert not bucket.closed


def test_a_vote_whose_answer_was_lost_is_recognised_when_its_command_comes_again(world: World) -> None:
    world.onboard(environment="restricted-production")
    bucket = a_bucket(world)
    stored = bucket.found()
    command = world.ordered(approval_of(stored), ANN)
    with world.watched() as calls:
        calls.after = lose("store.commit")
        with pytest.raises(PlatformCallFailed):
            world.deliver_order(command)
    for _ in range(2):
        world.deliver_order(command)
    assert world.outcome_of(command.id).reason is Reason.APPROVAL_COUNTED
    votes = world.history_of(stored.correlation_id).approvals
    assert [vote.actor for vote in votes] == [ANN.arn]
    assert world.order(approval_of(stored), BOB).reason is Reason.APPROVAL_COMPLETE
    assert bucket.closed


@pytest.mark.parametrize(("who", "approvers"), [(ANN, (ANN,)), (CYD, (ANN, CYD))])
def test_enough_votes_complete_a_review_once_fewer_are_needed_whoever_asks(
    world: World, who: Principal, approvers: tuple[Principal, ...]
) -> None:
    world.onboard(environment="production")
    world.policy["environments"]["production"]["approvers"] = 2
    bucket = a_bucket(world)
    stored = bucket.found()
    assert world.order(approval_of(stored), ANN).reason is Reason.APPROVAL_COUNTED
    assert world.order(approval_of(stored), ANN).reason is Reason.SAME_PERSON
    world.policy["environments"]["production"]["approvers"] = 1
    assert world.order(approval_of(stored), who).reason is Reason.APPROVAL_COMPLETE
    assert len(world.history_of(stored.correlation_id).approvals) == len(approvers)  # nobody counts twice
    approval = world.outcome_of(approved_run(stored.correlation_id)).evidence.approval
    assert approval is not None
    assert approval.approvers == tuple(one.arn for one in approvers)
    assert bucket.closed


def test_two_people_who_approve_at_the_same_moment_both_count(world: World) -> None:
    world.onboard(environment="restricted-production")
    bucket = a_bucket(world)
    stored = bucket.found()
    meanwhile: list[AuditEvent] = []

    def bob_too(_: int, name: str) -> None:
        if name == "store.commit" and calls.count(name) == 1:
            meanwhile.append(world.order(approval_of(stored), BOB))

    with world.watched() as calls:
        calls.before = bob_too
        completed = world.order(approval_of(stored), ANN)
    assert [event.reason for event in (*meanwhile, completed)] == [Reason.APPROVAL_COUNTED, Reason.APPROVAL_COMPLETE]
    assert [vote.actor for vote in world.history_of(stored.correlation_id).approvals] == [BOB.arn, ANN.arn]
    assert bucket.closed


def test_a_review_that_is_approved_and_denied_at_the_same_moment_has_one_verdict(world: World, bucket: Bucket) -> None:
    stored = bucket.found()
    meanwhile: list[AuditEvent] = []

    def bob_denies(_: int, name: str) -> None:
        if name == "store.commit" and calls.count(name) == 1:
            meanwhile.append(world.order(DenyPlan(review_id=stored.correlation_id, reason="no"), BOB))

    with world.watched() as calls:
        calls.before = bob_denies
        refused = world.order(approval_of(stored), ANN)
    assert [event.reason for event in (*meanwhile, refused)] == [Reason.REVIEW_DENIED, Reason.NOT_UNDER_REVIEW]
    verdict = world.history_of(stored.correlation_id).verdict
    assert verdict is not None
    assert (verdict.reason, verdict.actor) == (Reason.REVIEW_DENIED, BOB.arn)
    assert world.history_of(stored.correlation_id).approvals == ()  # of the approval nothing was recorded
    assert not bucket.closed


# -- one review for all findings with the same plan ----------------------------------------------------------------


def test_findings_with_the_same_plan_join_one_review_and_people_are_told_once(world: World, bucket: Bucket) -> None:
    opened, *others = [bucket.found() for _ in range(7)]
    assert opened.review_id == opened.correlation_id
    for other in others:
        assert (other.outcome, other.reason) == (Outcome.APPROVE, Reason.APPROVAL_REQUIRED)
        assert (other.review_id, other.expires_at) == (opened.correlation_id, opened.expires_at)
    assert [message["correlation_id"] for message in world.mail.review] == [opened.correlation_id]


def test_a_denied_plan_is_not_made_by_way_of_another_finding(world: World, bucket: Bucket) -> None:
    stored, joined = bucket.found(), bucket.found()
    assert world.order(DenyPlan(review_id=stored.correlation_id, reason="a website"), BOB).outcome is Outcome.DONE
    refused = world.order(approval_of(joined), ANN)
    assert (refused.outcome, refused.reason) == (Outcome.REJECT, Reason.NOT_UNDER_REVIEW)
    assert not bucket.closed


def test_nobody_is_asked_about_a_denied_plan_again(world: World, bucket: Bucket) -> None:
    stored = bucket.found()
    world.order(DenyPlan(review_id=stored.correlation_id, reason="a website"), BOB)
    world.mail.notices.clear()
    found = bucket.found()
    assert (found.outcome, found.reason) == (Outcome.SKIP, Reason.PLAN_DENIED)
    for text in (BOB.arn, "a website", f"suture review reopen {stored.correlation_id}"):
        assert text in found.sentence
    assert world.mail.review == []
    assert world.mail.security == []


def test_a_denied_plan_is_not_made_unasked_either(world: World, bucket: Bucket) -> None:
    stored = bucket.found()
    world.order(DenyPlan(review_id=stored.correlation_id, reason="a website"), BOB)
    world.order(ClearBlock(target_id=stored.correlation_id, reason="an operator lets the fix act again"), CYD)
    world.policy["environments"]["production"]["mode"] = "remediate"
    assert bucket.found().reason is Reason.PLAN_DENIED
    assert not bucket.closed


def test_people_are_asked_anew_once_the_plan_is_another(world: World, bucket: Bucket) -> None:
    stored = bucket.found()
    world.order(DenyPlan(review_id=stored.correlation_id, reason="a website"), BOB)
    bucket.set_block(BlockPublicAcls=False)
    found = bucket.found()
    assert (found.outcome, found.review_id) == (Outcome.APPROVE, found.correlation_id)
    assert found.plan_digest != stored.plan_digest


def test_votes_for_findings_with_the_same_plan_meet_and_it_is_made_once(world: World) -> None:
    world.onboard(environment="restricted-production")
    bucket = a_bucket(world)
    stored, joined = bucket.found(), bucket.found()
    with world.watched() as calls:
        assert world.order(approval_of(stored), ANN).reason is Reason.APPROVAL_COUNTED
        assert world.order(approval_of(joined), ANN).reason is Reason.SAME_PERSON
        completed = world.order(approval_of(joined), BOB)
        assert (completed.reason, completed.evidence.target_id) == (Reason.APPROVAL_COMPLETE, stored.correlation_id)
    run = world.outcome_of(approved_run(stored.correlation_id))
    assert (run.outcome, run.evidence.target_id) == (Outcome.APPROVED, stored.correlation_id)
    assert run.evidence.approval is not None
    assert run.evidence.approval.approvers == (ANN.arn, BOB.arn)
    assert calls.count("s3:PutPublicAccessBlock") == 1
    assert world.history_of(approved_run(joined.correlation_id)).events == ()


def test_a_finding_joins_a_plan_that_is_approved_and_waits(world: World, bucket: Bucket) -> None:
    stored = bucket.found()
    stop(world)
    world.order(approval_of(stored), ANN)
    assert bucket.found().review_id == stored.correlation_id
    resume(world)
    world.tick()
    assert bucket.closed


def test_people_are_asked_anew_once_an_approved_plan_was_carried_out(world: World, bucket: Bucket) -> None:
    stored = bucket.found()
    world.order(approval_of(stored), ANN)
    bucket.open()
    found = bucket.found()
    assert (found.plan_digest, found.review_id) == (stored.plan_digest, found.correlation_id)


def test_people_are_asked_anew_once_a_review_has_expired(world: World, bucket: Bucket) -> None:
    stored = bucket.found()
    world.now += timedelta(hours=24)
    found = bucket.found()
    assert (found.plan_digest, found.review_id) == (stored.plan_digest, found.correlation_id)
    assert world.order(approval_of(found), ANN).reason is Reason.APPROVAL_COMPLETE


def test_a_void_approval_is_up_for_review_anew_though_the_plan_is_the_same(world: World, bucket: Bucket) -> None:
    stored = bucket.found()
    world.deliver_order(world.ordered(approval_of(stored), ANN))
    world.now += timedelta(hours=24)
    world.deliver_to_itself()
    void = world.outcome_of(approved_run(stored.correlation_id))
    assert (void.reason, void.review_id) == (Reason.APPROVAL_VOID, void.correlation_id)
    assert world.order(approval_of(void), ANN).reason is Reason.APPROVAL_COMPLETE
    assert bucket.closed


def test_a_reopened_review_asks_again_and_no_earlier_approval_counts(world: World) -> None:
    world.onboard(environment="restricted-production")
    bucket = a_bucket(world)
    stored = bucket.found()
    world.order(approval_of(stored), ANN)
    world.order(DenyPlan(review_id=stored.correlation_id, reason="a website"), BOB)
    world.now += timedelta(hours=30)
    reopen = ReopenReview(review_id=stored.correlation_id, reason="it has moved")
    assert world.order(reopen, CYD).reason is Reason.REVIEW_REOPENED
    joined = bucket.found()
    assert joined.review_id == stored.correlation_id
    assert joined.expires_at is not None
    assert joined.expires_at > world.now + timedelta(hours=23)
    assert world.order(approval_of(joined), BOB).reason is Reason.APPROVAL_COUNTED
    assert world.order(approval_of(stored), ANN).reason is Reason.APPROVAL_COMPLETE
    assert bucket.closed


def test_only_a_denied_review_is_reopened(world: World, bucket: Bucket) -> None:
    stored = bucket.found()
    reopen = ReopenReview(review_id=stored.correlation_id, reason="again")
    refused = world.order(reopen, ANN)
    assert (refused.outcome, refused.reason) == (Outcome.REJECT, Reason.NOT_DENIED)
    world.order(approval_of(stored), ANN)
    assert world.order(reopen, ANN).reason is Reason.NOT_DENIED


def test_a_plan_that_is_denied_again_after_it_was_reopened_is_denied(world: World, bucket: Bucket) -> None:
    stored = bucket.found()
    for command, reason in (
        (DenyPlan(review_id=stored.correlation_id, reason="a website"), Reason.REVIEW_DENIED),
        (ReopenReview(review_id=stored.correlation_id, reason="it has moved"), Reason.REVIEW_REOPENED),
        (DenyPlan(review_id=stored.correlation_id, reason="it has not"), Reason.REVIEW_DENIED),
    ):
        assert world.order(command, BOB).reason is reason
    assert "it has not" in bucket.found().sentence
    assert world.order(approval_of(stored), ANN).reason is Reason.NOT_UNDER_REVIEW


def test_a_denial_between_the_decision_and_the_write_stops_it(world: World, bucket: Bucket) -> None:
    stored = bucket.found()
    world.deliver_order(world.ordered(approval_of(stored), ANN))
    ((body, _),) = world.mail.runs
    key = past_key(bucket.arn)
    denied = Past(
        kind=PastKind.DENIED,
        fix_id=FIX,
        correlation_id="another review of the same plan",
        at=world.now,
        by=BOB.arn,
        reason="a website",
        digest=stored.plan_digest,
    )

    def deny(_: int, name: str) -> None:
        if name == "store.commit" and calls.count(name) == 1:
            world.store.items[key] = put_past(key, world.store.items.get(key), add=[denied]).item

    with world.watched() as calls:
        calls.before = deny
        with pytest.raises(FactsChanged):
            world.platform.runs.handle_run(Message(id="run", body=body))
        world.platform.runs.handle_run(Message(id="run", body=body))
    run = world.outcome_of(approved_run(stored.correlation_id))
    assert (run.outcome, run.reason) == (Outcome.SKIP, Reason.PLAN_DENIED)
    assert not bucket.closed
