"""How the stages of a run are put on record."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given

from runtime.domain.audit import (
    ApiCall,
    AuditEvent,
    EventKind,
    Evidence,
    SessionRecord,
    event_from_json,
    event_to_json,
)
from runtime.domain.case import LiveResourceNeeded, Wait
from runtime.domain.command import ApprovePlan, Order, UndoChange
from runtime.domain.facts import NotRead, ResourceMissing
from runtime.domain.finding import Dismissed
from runtime.domain.fix import PermissionUse
from runtime.domain.obstacle import Obstacle
from runtime.domain.outcome import Outcome, Reason
from runtime.domain.policy import TemplateMode
from runtime.domain.records import record_of
from runtime.domain.stages import (
    Approvable,
    CommandEnded,
    Considered,
    Failed,
    Held,
    Intended,
    Pending,
    Resumed,
    Run,
    Said,
    Stage,
    TurnedAway,
    Undoing,
    UndoIntended,
    UndoPlanned,
    Verified,
    Withdrawn,
    Written,
)
from runtime.domain.template import TemplateTool
from tests.unit.domain.cases import (
    ACCOUNT,
    ALICE,
    APPLIED,
    APPROVAL,
    BUCKET_ARN,
    FINDING,
    FIX,
    MISSING,
    NOW,
    PLAN,
    PLATFORM,
    Case,
)
from tests.unit.domain.strategies import cases

LATER = NOW + timedelta(seconds=30)
RUN = Run(
    id="c-1",
    at=NOW,
    actor="suture-test",
    code_version="code-1",
    policy_version="policy-1",
    payload_sha256="00",
)
USES = (PermissionUse(action="s3:PutBucketPolicy", resource=BUCKET_ARN, session="write"),)
ANSWERS = ({"Id": "rule-1"},)


def session(name: str, *calls: str) -> SessionRecord:
    made = tuple(ApiCall(service="s3", operation=call, request_id=f"r-{call}") for call in calls)
    return SessionRecord(role_arn="role", session_name=name, source_identity="c-1", tags={}, policy="{}", calls=made)


READ, WRITE = session("read", "GetBucketPolicy"), session("write", "PutBucketPolicy")


def considered(case: Case, **fields: Any) -> Considered:
    return Considered(run=RUN, finding=case.finding, facts=case.facts, decision=case.decide(), **fields)


INTENT = record_of(Intended(considered=considered(Case(), sessions=(READ,)), counted=("place-1", "place-2")), NOW)
ORDER = Order(command=UndoChange(target_id="c-0", reason="it broke", dry_run=False), principal=ALICE)
APPLIED_CHANGE = record_of(
    Verified(written=Written(intent=INTENT, after={"open": False}, answers=ANSWERS, sessions=(READ, WRITE))), NOW
)
UNDOING = Undoing(
    run=replace(RUN, id="c-2", order=ORDER, command_id="m-1", target_id="c-1"),
    order=ORDER,
    command=UndoChange(target_id="c-1", reason="it broke", dry_run=False),
    target=APPLIED_CHANGE,
    observed={"open": False},
    sessions=(READ,),
)


def recorded(stage: Stage) -> AuditEvent:
    event = record_of(stage, LATER)
    assert event.at == LATER
    assert event_from_json(json.loads(json.dumps(event_to_json(event)))) == event
    return event


# -- what was decided, and by what ------------------------------------------------------------------------------------


def test_an_event_has_everything_that_the_decision_established() -> None:
    case = Case().with_tags(owner="somebody")
    decision = case.decided()
    event = recorded(considered(case, sessions=(READ,), permissions=USES))
    assert (event.correlation_id, event.kind, event.issue_id) == ("c-1", EventKind.OUTCOME, FINDING.issue_id)
    assert (event.outcome, event.reason, event.sentence) == (decision.outcome, decision.reason, decision.sentence)
    assert (event.resource_arn, event.entry_id, event.fix_id) == (BUCKET_ARN, "close-buckets", "fake-fix")
    assert (event.environment, event.owner, event.waiver_id) == ("dev", "somebody", "")
    assert (event.actor, event.code_version, event.catalog_version) == ("suture-test", "code-1", "policy-1")
    assert event.plan_digest == PLAN.digest
    assert event.evidence == Evidence(
        finding=FINDING,
        payload_sha256="00",
        resource=decision.resource,
        decided_at=NOW,
        platform=PLATFORM,
        account=replace(ACCOUNT, external_id=""),
        tags={"owner": "somebody"},
        observed=PLAN.before,
        guardrails=case.facts.guardrails,
        checks=decision.checks,
        owner_path=decision.owner_path,
        plan=PLAN,
        hazard=FIX.hazard,
        permissions=USES,
        sessions=(READ,),
    )


def test_an_event_has_everything_that_was_decided_by_but_what_lets_others_in() -> None:
    case = Case().with_tags(owner="somebody").with_waiver(control="other").with_past(APPLIED).with_approval()
    evidence = recorded(considered(case)).evidence
    assert (evidence.account, evidence.waivers) == (replace(ACCOUNT, external_id=""), case.waivers)
    assert (evidence.guardrails, evidence.approval) == (case.guardrails, APPROVAL)
    assert ACCOUNT.external_id not in json.dumps(event_to_json(recorded(considered(case))))


def test_an_event_of_a_finding_that_was_stopped_early_keeps_what_the_payload_called_the_resource() -> None:
    event = recorded(considered(Case().with_finding(status="RESOLVED", resource_id="what the payload said")))
    assert (event.resource_arn, event.entry_id, event.fix_id, event.plan_digest) == (
        "what the payload said",
        "",
        "",
        "",
    )
    assert event.evidence.hazard == ""


def test_an_event_names_the_exception() -> None:
    assert recorded(considered(Case().with_waiver())).waiver_id == "W-1"


def test_an_event_names_the_template_whose_owner_is_told() -> None:
    case = Case().with_tags(terraform="yes").with_environment("dev", template_owned=TemplateMode.FIX_AND_NOTIFY)
    template = recorded(considered(case)).evidence.template
    assert template is not None
    assert (template.tool, template.name) == (TemplateTool.TERRAFORM, "terraform=yes")


@pytest.mark.parametrize("live", [NotRead(), MISSING], ids=["not read", "missing"])
def test_what_was_not_read_is_not_made_up(live: NotRead | ResourceMissing) -> None:
    case = replace(Case(), account=None, live=live, guardrails=NotRead())
    evidence = recorded(considered(case)).evidence
    assert (evidence.account, evidence.tags, evidence.observed, evidence.guardrails) == (None, {}, None, None)


def test_an_undecided_findings_event_has_the_checks_and_never_passes_for_decided() -> None:
    case = Case().unread()
    needed = case.decide()
    assert isinstance(needed, LiveResourceNeeded)
    event = recorded(Failed(before=considered(case), reason=Reason.ROLE_NOT_ASSUMABLE, sentence="STS says no."))
    assert (event.outcome, event.reason) == (Outcome.FAILED, Reason.ROLE_NOT_ASSUMABLE)
    assert (event.fix_id, event.evidence.checks) == ("fake-fix", needed.checks)
    assert event.evidence.plan is None


@given(case=cases())
def test_whatever_was_decided_survives_json(case: Case) -> None:
    recorded(considered(case))
    recorded(considered(case.unread()))


def test_a_message_that_is_no_finding_is_recorded_with_what_it_named() -> None:
    dismissed = Dismissed(
        outcome=Outcome.REJECT,
        reason=Reason.PAYLOAD_MALFORMED,
        sentence="It is not JSON.",
        issue_id="issue-9",
        account_id="222222222222",
    )
    event = recorded(TurnedAway(run=RUN, dismissed=dismissed))
    assert (event.outcome, event.reason, event.sentence) == (
        Outcome.REJECT,
        Reason.PAYLOAD_MALFORMED,
        "It is not JSON.",
    )
    assert (event.issue_id, event.account_id, event.evidence.payload_sha256) == ("issue-9", "222222222222", "00")


# -- what comes of it -------------------------------------------------------------------------------------------------


def test_people_are_asked_until_a_time() -> None:
    stage = Approvable(considered=considered(Case()), review_id="r-1", expires_at=LATER + timedelta(days=1))
    assert (recorded(stage).review_id, recorded(stage).expires_at) == ("r-1", LATER + timedelta(days=1))


def test_what_waits_is_recorded_with_what_it_waits_for_and_how_often_it_had_to() -> None:
    case = Case()
    wait = Wait(
        decision=case.decided(), obstacle=Obstacle(reason=Reason.STOPPED, sentence="It is stopped.", until=LATER)
    )
    held = Held(considered=replace(considered(case), decision=wait), wait=wait, attempt=3)
    event = recorded(held)
    assert (event.kind, event.reason, event.sentence) == (EventKind.HELD, Reason.STOPPED, "It is stopped.")
    assert (event.expires_at, event.attempt, event.outcome) == (LATER, 3, Outcome.REMEDIATE)
    assert event.evidence.plan == PLAN


def test_an_intent_has_the_plan_the_state_before_and_where_it_was_counted() -> None:
    assert INTENT.kind is EventKind.INTENT
    assert (INTENT.evidence.plan, INTENT.evidence.observed) == (PLAN, PLAN.before)
    assert INTENT.evidence.counted == ("place-1", "place-2")


def test_a_delivery_that_takes_up_an_intent_says_so() -> None:
    event = recorded(Resumed(intent=INTENT))
    assert event == replace(INTENT, kind=EventKind.RESUMED, at=LATER)


def test_an_intent_that_is_withdrawn_counts_nowhere_and_says_why() -> None:
    event = recorded(
        Withdrawn(certain=True, intent=INTENT, why="It was stopped.", after={"open": True}, sessions=(READ, WRITE))
    )
    assert (event.kind, event.sentence, event.evidence.counted) == (EventKind.WITHDRAWN, "It was stopped.", ())
    assert (event.evidence.after, event.evidence.sessions) == ({"open": True}, (READ, WRITE))
    assert event.evidence.plan == PLAN


def test_a_change_that_was_made_is_recorded_with_what_aws_answered_and_how_the_resource_is_now() -> None:
    written = Written(intent=INTENT, after={"open": False}, answers=ANSWERS, sessions=(READ, WRITE))
    for stage, kind in (
        (Pending(written=written, attempt=2), EventKind.PENDING),
        (Verified(written=written), EventKind.OUTCOME),
    ):
        event = recorded(stage)
        assert (event.kind, event.outcome, event.reason) == (kind, Outcome.REMEDIATE, INTENT.reason)
        assert (event.evidence.after, event.evidence.answers) == ({"open": False}, ANSWERS)
        assert event.evidence.sessions == (READ, WRITE)
        assert event.evidence.counted == INTENT.evidence.counted
    assert recorded(Pending(written=written, attempt=2)).attempt == 2
    assert recorded(Verified(written=written)).sentence == INTENT.sentence
    assert recorded(Verified(written=written, sentence="By others.")).sentence == "By others."


def test_a_session_that_made_more_calls_since_is_recorded_once() -> None:
    more = session("read", "GetBucketPolicy", "GetBucketAcl")
    event = recorded(Withdrawn(certain=True, intent=INTENT, why="", sessions=(more, WRITE)))
    assert event.evidence.sessions == (more, WRITE)
    another = session("read", "GetBucketAcl")
    event = recorded(Withdrawn(certain=True, intent=INTENT, why="", sessions=(another,)))
    assert event.evidence.sessions == (READ, another), "the calls on record are not these"


@pytest.mark.parametrize(
    ("before", "fix_id"),
    [
        pytest.param(considered(Case(), sessions=(READ,)), "fake-fix", id="decided"),
        pytest.param(INTENT, "fake-fix", id="announced"),
        pytest.param(UNDOING, "fake-fix", id="to be undone"),
    ],
)
def test_a_failure_keeps_what_was_known_and_says_what_was_seen(before: Any, fix_id: str) -> None:
    failed = Failed(
        before=before,
        reason=Reason.STALE_STATE,
        sentence="It moved.",
        after={"open": "half"},
        expected={"open": True},
        sessions=(READ, WRITE),
    )
    event = recorded(failed)
    assert (event.kind, event.outcome, event.reason) == (EventKind.OUTCOME, Outcome.FAILED, Reason.STALE_STATE)
    assert (event.sentence, event.evidence.error) == ("It moved.", "It moved.")
    assert (event.evidence.after, event.evidence.expected) == ({"open": "half"}, {"open": True})
    assert (event.fix_id, event.evidence.plan, event.evidence.sessions) == (fix_id, PLAN, (READ, WRITE))


def test_a_failure_that_saw_nothing_leaves_what_was_seen_before() -> None:
    seen = replace(INTENT, evidence=replace(INTENT.evidence, after={"open": "half"}))
    failed = Failed(before=seen, reason=Reason.ACCESS_DENIED, sentence="AWS says no.")
    assert recorded(failed).evidence.after == {"open": "half"}


# -- undoing ----------------------------------------------------------------------------------------------------------


def test_an_undo_is_recorded_with_what_it_takes_back_and_who_asked() -> None:
    event = recorded(UndoIntended(undoing=UNDOING))
    assert (event.correlation_id, event.kind, event.outcome) == ("c-2", EventKind.INTENT, Outcome.UNDO)
    assert event.reason is Reason.UNDO_REQUESTED
    assert ALICE.arn in event.sentence
    assert "it broke" in event.sentence
    assert (event.issue_id, event.fix_id, event.plan_digest) == (FINDING.issue_id, "fake-fix", PLAN.digest)
    evidence = event.evidence
    assert (evidence.plan, evidence.answers, evidence.observed) == (PLAN, ANSWERS, {"open": False})
    assert (evidence.order, evidence.command_id, evidence.target_id) == (ORDER, "m-1", "c-1")


def test_an_undo_that_was_only_tried_says_what_it_would_use_and_how_the_resource_is() -> None:
    event = recorded(UndoPlanned(undoing=UNDOING, permissions=USES, sentence="It could be undone."))
    assert (event.kind, event.outcome, event.reason) == (
        EventKind.OUTCOME,
        Outcome.DRY_RUN,
        Reason.DRY_RUN_BY_COMMAND,
    )
    assert (event.sentence, event.evidence.permissions) == ("It could be undone.", USES)
    assert event.evidence.after == {"open": False}


# -- commands ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("done", "outcome"), [(True, Outcome.DONE), (False, Outcome.REJECT)])
def test_a_command_is_recorded_under_its_own_id_and_with_the_run_that_it_was_about(
    done: bool, outcome: Outcome
) -> None:
    run = replace(RUN, id="m-1", order=ORDER)
    ended = CommandEnded(run=run, done=done, reason=Reason.UNDO_ACCEPTED, sentence="It is undone.", about=INTENT)
    event = recorded(ended)
    assert (event.correlation_id, event.outcome, event.reason) == ("m-1", outcome, Reason.UNDO_ACCEPTED)
    assert (event.fix_id, event.resource_arn, event.plan_digest) == ("fake-fix", BUCKET_ARN, PLAN.digest)
    assert (event.evidence.target_id, event.evidence.order) == ("c-1", ORDER)
    about_nothing = recorded(replace(ended, about=None))
    assert (about_nothing.fix_id, about_nothing.evidence.target_id) == ("", "")


@pytest.mark.parametrize("kind", [EventKind.APPROVAL, EventKind.VERDICT, EventKind.REOPENED])
def test_what_a_person_says_of_a_plan_is_added_to_the_run_that_stored_it(kind: EventKind) -> None:
    order = Order(command=ApprovePlan(review_id="c-1", digest=PLAN.digest, reason="agreed"), principal=ALICE)
    stored = recorded(considered(Case()))
    said = Said(
        stored=stored,
        run=replace(RUN, id="m-1", code_version="code-2"),
        order=order,
        kind=kind,
        expires_at=LATER,
        reason=Reason.APPROVAL_COMPLETE,
        sentence="agreed",
    )
    event = recorded(said)
    assert (event.correlation_id, event.kind, event.outcome) == ("c-1", kind, Outcome.DONE)
    assert event.expires_at == LATER
    assert (event.actor, event.code_version, event.reason) == (ALICE.arn, "code-2", Reason.APPROVAL_COMPLETE)
    assert event.evidence == Evidence(order=order, command_id="m-1")
    assert (event.fix_id, event.plan_digest) == (stored.fix_id, stored.plan_digest)


def test_every_stage_is_tried_here() -> None:
    """So that one which is added gets its test."""
    tried = {
        TurnedAway,
        Considered,
        Approvable,
        Held,
        Intended,
        UndoIntended,
        UndoPlanned,
        Resumed,
        Withdrawn,
        Pending,
        Verified,
        Failed,
        CommandEnded,
        Said,
    }
    assert set(Stage.__value__.__args__) == tried
