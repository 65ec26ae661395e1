"""What people hear of, and when: reviews that wait for them, and changes of what is theirs."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from runtime.application.ports import Key, Message, Table
from runtime.application.resume import MOST_REMINDED
from runtime.domain.audit import AuditEvent
from runtime.domain.command import DenyPlan, ReopenReview
from runtime.domain.errors import PlatformCallFailed, RegistryInvalid
from runtime.domain.notice import OUTCOME_TYPE, REMINDER_TYPE, Audience
from runtime.domain.outcome import Outcome, Reason
from runtime.items.trail import event_key
from tests.flow.scene import ANN, BOB, Bucket, a_bucket, approval_of
from tests.flow.world import CUSTOMER, PEOPLE, World
from tests.memory.calls import refuse


@pytest.fixture
def bucket(world: World) -> Bucket:
    """In an environment in which people are asked, for 24 hours, and reminded 8 and 2 hours before the end."""
    world.policy["environments"]["production"]["remind_hours"] = [2, 8]
    world.onboard(environment="production")
    return a_bucket(world)


def reminded(world: World, hours: float) -> list[tuple[Audience, ...]]:
    """Whom the reminders were for that came within these hours."""
    before = len(world.mail.notices)
    for _ in range(int(hours * 2)):
        world.now += timedelta(minutes=30)
        world.tick()
    return [one.to for one in world.mail.notices[before:] if one.detail_type == REMINDER_TYPE]


REVIEWERS, ALL = (Audience.REVIEWERS,), (Audience.REVIEWERS, Audience.SECURITY)

# -- a review that waits ----------------------------------------------------------------------------------------------


def test_reviewers_hear_of_a_plan_at_once(world: World, bucket: Bucket) -> None:
    stored = bucket.found()
    (told,) = world.mail.told(Audience.REVIEWERS)
    assert (told["outcome"], told["review_id"]) == (Outcome.APPROVE, stored.correlation_id)
    assert world.mail.review == [told]
    (change,) = told["changes"]
    assert change.startswith('configuration: nothing → {"BlockPublicAcls":true,')


def test_reviewers_are_reminded_and_before_the_end_the_security_team_is_told(world: World, bucket: Bucket) -> None:
    bucket.find()
    assert reminded(world, 15.5) == []
    assert reminded(world, 1) == [REVIEWERS]
    assert reminded(world, 5) == []
    assert reminded(world, 1) == [ALL]
    assert reminded(world, 24) == []


def test_a_review_is_reminded_of_as_it_is_by_then(world: World, bucket: Bucket) -> None:
    world.policy["environments"]["production"]["approvers"] = 2
    world.order(approval_of(bucket.found()), ANN)
    reminded(world, 17)
    (told,) = (one.told for one in world.mail.notices if one.detail_type == REMINDER_TYPE)
    assert (told.approvals, told.approvals_needed) == (1, 2)


@pytest.mark.parametrize("answer", ["approve", "deny"])
def test_nobody_is_reminded_of_what_was_answered(world: World, bucket: Bucket, answer: str) -> None:
    stored = bucket.found()
    denial = DenyPlan(review_id=stored.correlation_id, reason="not now")
    world.order(approval_of(stored) if answer == "approve" else denial, ANN)
    assert reminded(world, 24) == []


@pytest.mark.parametrize("denied_for", [0, 10], ids=["at once", "after its first reminder was due"])
def test_of_a_review_that_was_reopened_people_are_reminded_by_its_new_end_only(
    world: World, bucket: Bucket, denied_for: int
) -> None:
    stored = bucket.found()
    reminded(world, 10)
    world.order(DenyPlan(review_id=stored.correlation_id, reason="not now"), ANN)
    assert reminded(world, denied_for) == []
    world.order(ReopenReview(review_id=stored.correlation_id, reason="now"), BOB)
    assert reminded(world, 15.5) == []
    assert reminded(world, 1) == [REVIEWERS]
    assert reminded(world, 6) == [ALL]


def test_a_finding_that_joins_a_review_brings_no_reminder_of_its_own(world: World, bucket: Bucket) -> None:
    bucket.find()
    bucket.find()
    assert reminded(world, 24) == [REVIEWERS, ALL]


def test_nobody_is_reminded_in_the_first_half_of_a_reviews_time(world: World, bucket: Bucket) -> None:
    world.policy["environments"]["production"]["remind_hours"] = [72, 24]
    bucket.find()
    assert reminded(world, 11.5) == []
    assert reminded(world, 1) == [ALL]


def test_a_reminder_that_could_not_be_sent_is_sent_a_minute_later(world: World, bucket: Bucket) -> None:
    bucket.find()
    world.now += timedelta(hours=17)
    with world.watched() as calls:
        calls.before = refuse("mail.tell", "Throttled")
        with pytest.raises(PlatformCallFailed):
            world.tick()
    assert reminded(world, 1) == [REVIEWERS]


def unreadable(world: World, outcome: AuditEvent) -> Key:
    """Spoils the record of a review, and returns where."""
    key = event_key(outcome)
    world.store.items[key] = {**world.store.items[key], "document": b"no longer whole"}
    return key


def test_reviews_that_cannot_be_read_keep_nobody_from_the_others(world: World, bucket: Bucket) -> None:
    for number in range(MOST_REMINDED):
        unreadable(world, a_bucket(world, f"flow-bucket-{number}").found())
    world.now += timedelta(minutes=1)
    bucket.find()
    assert reminded(world, 17) == [REVIEWERS]
    assert set(world.telemetry.problems) == {"REMINDER_UNREADABLE"}


def test_a_review_that_cannot_be_read_is_reported_each_hour_and_reminded_of_once_it_can(
    world: World, bucket: Bucket
) -> None:
    stored = bucket.found()
    whole = world.store.items[event_key(stored)]
    key = unreadable(world, stored)
    world.now += timedelta(hours=16)
    for _ in range(120):
        world.now += timedelta(minutes=1)
        world.tick()
    assert world.telemetry.problems == ["REMINDER_UNREADABLE"] * 3
    world.store.items[key] = whole
    assert reminded(world, 1.5) == [REVIEWERS]


def test_a_reminder_of_no_review_is_forgotten(world: World, bucket: Bucket) -> None:
    bucket.find()
    strange = Key(Table.HOLDS, "reminders", "0-broken")
    world.store.items[strange] = {"nonsense": 1}
    assert reminded(world, 17) == [REVIEWERS]
    assert strange not in world.store.items


def test_an_exception_that_cannot_be_read_keeps_nobody_from_being_reminded(world: World, bucket: Bucket) -> None:
    bucket.find()
    world.now += timedelta(hours=17)
    world.store.items[Key(Table.LEDGER, "exceptions-by-end", (world.now + timedelta(hours=1)).isoformat())] = {
        "nonsense": 1
    }
    with pytest.raises(RegistryInvalid):
        world.tick()
    assert [one.to for one in world.mail.notices if one.detail_type == REMINDER_TYPE] == [REVIEWERS]


def test_one_sweep_reminds_of_so_many_reviews_and_the_next_of_the_others(world: World, bucket: Bucket) -> None:
    for number in range(MOST_REMINDED + 3):
        a_bucket(world, f"flow-bucket-{number}").find()
    world.now += timedelta(hours=17)
    for expected in (MOST_REMINDED, 3, 0):
        assert len(reminded(world, 0.5)) == expected


# -- owners -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def owned(world: World) -> Bucket:
    """In an environment in which findings are fixed unasked. Its owner can be reached."""
    world.policy["notifications"] = {"owners": {"Payments": "payments@example.com"}}
    world.onboard()
    bucket = a_bucket(world)
    bucket.tag(owner="payments")
    return bucket


def test_an_owner_hears_of_a_change_and_of_how_to_take_it_back(world: World, owned: Bucket) -> None:
    run = owned.find()
    (told,) = world.mail.told(Audience.OWNER)
    assert (told["outcome"], told["contact"], told["owner"]) == (Outcome.REMEDIATE, "payments@example.com", "payments")
    assert told["next_steps"]["undo"] == f"suture -e test undo {run} --reason REASON"
    assert told["hazard"]


def test_an_owner_hears_that_a_change_was_taken_back(world: World, owned: Bucket) -> None:
    owned.undo(owned.find())
    assert [told["outcome"] for told in world.mail.told(Audience.OWNER)] == [Outcome.REMEDIATE, Outcome.UNDO]
    assert [told["outcome"] for told in world.mail.security] == [Outcome.UNDO]


def test_a_tag_chooses_among_contacts_and_is_none_itself(world: World, owned: Bucket) -> None:
    owned.tag(owner="mallory@example.net")
    owned.find()
    assert world.mail.told(Audience.OWNER) == []
    (told,) = world.mail.security
    assert (told["outcome"], told["owner"], told["contact"]) == (Outcome.REMEDIATE, "mallory@example.net", "")


def test_where_the_account_has_a_contact_it_is_told_of_what_strangers_own(world: World, owned: Bucket) -> None:
    world.policy["notifications"]["accounts"] = {CUSTOMER: "account@example.com"}
    owned.tag(owner="mallory@example.net")
    owned.find()
    (told,) = world.mail.told(Audience.OWNER)
    assert told["contact"] == "account@example.com"


# -- buttons ----------------------------------------------------------------------------------------------------------


PRESSED = {"reason": "Pressed in the chat channel."}


def press(world: World, message: Message) -> AuditEvent:
    """Somebody presses a button: a command that does not say whose it is. One role each may give commands."""
    people = replace(PEOPLE, operator_role_arns=PEOPLE.operator_role_arns[:1], approver_role_arns=(APPROVERS,))
    platform = replace(world.platform, commands=replace(world.platform.commands, people=people))
    world.deliver_order(message, platform)
    world.deliver_to_itself()
    return world.outcome_of(message.id)


def button(world: World, sender_id: str, **command: Any) -> Message:
    return Message(id=world.mail.next_id(), body=json.dumps({**command, **PRESSED}), sender_id=sender_id)


APPROVERS = PEOPLE.approver_role_arns[0]


def test_a_command_that_names_nobody_is_given_by_whoever_sent_it(world: World, bucket: Bucket) -> None:
    stored = bucket.found()
    approval = {"kind": "ApprovePlan", "review_id": stored.correlation_id, "digest": stored.plan_digest}
    outcome = press(world, button(world, ANN.user_id, **approval))
    assert outcome.reason is Reason.APPROVAL_COMPLETE
    assert outcome.evidence.order is not None
    assert outcome.evidence.order.principal == ANN
    assert bucket.closed


def test_a_button_that_is_pressed_twice_counts_once(world: World, bucket: Bucket) -> None:
    world.policy["environments"]["production"]["approvers"] = 2
    stored = bucket.found()
    approval = {"kind": "ApprovePlan", "review_id": stored.correlation_id, "digest": stored.plan_digest}
    reasons = [press(world, button(world, ANN.user_id, **approval)).reason for _ in range(2)]
    assert reasons == [Reason.APPROVAL_COUNTED, Reason.SAME_PERSON]
    assert not bucket.closed


def test_an_undo_by_button_is_the_operators_who_pressed_it(world: World, owned: Bucket) -> None:
    outcome = press(world, button(world, BOB.user_id, kind="UndoChange", target_id=owned.find(), dry_run=False))
    assert outcome.reason is Reason.UNDO_ACCEPTED
    assert not owned.closed


@pytest.mark.parametrize(
    "sender_id", ["AROAEXAMPLEEXAMPLE000:chatbot-session-1", "AROAEXAMPLEEXAMPLE000", "AIDAEXAMPLE", ""]
)
def test_a_button_pressed_in_a_session_that_is_nobodys_does_nothing(
    world: World, bucket: Bucket, sender_id: str
) -> None:
    stored = bucket.found()
    approval = {"kind": "ApprovePlan", "review_id": stored.correlation_id, "digest": stored.plan_digest}
    assert press(world, button(world, sender_id, **approval)).outcome is Outcome.REJECT
    assert not bucket.closed


def test_where_several_roles_may_give_a_command_it_has_to_name_its_sender(world: World, bucket: Bucket) -> None:
    stored = bucket.found()
    approval = {"kind": "ApprovePlan", "review_id": stored.correlation_id, "digest": stored.plan_digest}
    message = button(world, ANN.user_id, **approval)
    world.deliver_order(message)
    assert world.outcome_of(message.id).reason is Reason.COMMAND_INVALID
    assert not bucket.closed


def test_every_message_of_an_outcome_is_an_event_of_its_kind(world: World, owned: Bucket) -> None:
    owned.find()
    assert [one.detail_type for one in world.mail.notices] == [OUTCOME_TYPE]
