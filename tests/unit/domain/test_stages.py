"""How the stages of a run are put on record."""

from __future__ import annotations

import inspect
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from runtime.domain import stages
from runtime.domain.audit import (
    ApiCall,
    AuditEvent,
    EventKind,
    Evidence,
    History,
    SessionRecord,
    event_from_json,
    event_to_json,
)
from runtime.domain.case import LiveResourceNeeded, Wait
from runtime.domain.command import ApprovePlan, Order, UndoChange
from runtime.domain.facts import NotRead, ResourceMissing
from runtime.domain.finding import Dismissed
from runtime.domain.fix import PermissionUse
from runtime.domain.moment import Obstacle
from runtime.domain.outcome import Outcome, Reason
from runtime.domain.policy import TemplateMode
from runtime.domain.stages import Considered, Run, Undoing, Written, failed, resumed, said, withdrawn
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


INTENT = considered(Case(), sessions=(READ,)).intended(("place-1", "place-2"))
ORDER = Order(command=UndoChange(target_id="c-0", reason="it broke", dry_run=False), principal=ALICE)
APPLIED_CHANGE = Written(intent=INTENT, after={"open": False}, answers=ANSWERS, sessions=(READ, WRITE)).verified()
UNDOING = Undoing(
    run=replace(RUN, id="c-2", order=ORDER, command_id="m-1", target_id="c-1"),
    order=ORDER,
    command=UndoChange(target_id="c-1", reason="it broke", dry_run=False),
    target=APPLIED_CHANGE,
    observed={"open": False},
    sessions=(READ,),
)


def recorded(event: AuditEvent) -> AuditEvent:
    (event,) = History().with_events([event], LATER).events
    assert (event.at, event.number) == (LATER, 1)
    assert event_from_json(json.loads(json.dumps(event_to_json(event)))) == event
    return event


# -- what was decided, and by what ------------------------------------------------------------------------------------


def test_an_event_has_everything_that_the_decision_established() -> None:
    case = Case().with_tags(owner="somebody")
    decision = case.decided()
    event = recorded(considered(case, sessions=(READ,), permissions=USES).event)
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
    evidence = recorded(considered(case).event).evidence
    assert (evidence.account, evidence.waivers) == (replace(ACCOUNT, external_id=""), case.waivers)
    assert (evidence.guardrails, evidence.approval) == (case.guardrails, APPROVAL)
    assert ACCOUNT.external_id not in json.dumps(event_to_json(recorded(considered(case).event)))


def test_an_event_of_a_finding_that_was_stopped_early_keeps_what_the_payload_called_the_resource() -> None:
    event = recorded(considered(Case().with_finding(status="RESOLVED", resource_id="what the payload said")).event)
    assert (event.resource_arn, event.entry_id, event.fix_id, event.plan_digest) == (
        "what the payload said",
        "",
        "",
        "",
    )
    assert event.evidence.hazard == ""


def test_an_event_names_the_exception() -> None:
    assert recorded(considered(Case().with_waiver()).event).waiver_id == "W-1"


def test_an_event_names_the_template_whose_owner_is_told() -> None:
    case = Case().with_tags(terraform="yes").with_environment("dev", template_owned=TemplateMode.FIX_AND_NOTIFY)
    template = recorded(considered(case).event).evidence.template
    assert template is not None
    assert (template.tool, template.name) == (TemplateTool.TERRAFORM, "terraform=yes")


@pytest.mark.parametrize("live", [NotRead(), MISSING], ids=["not read", "missing"])
def test_what_was_not_read_is_not_made_up(live: NotRead | ResourceMissing) -> None:
    case = replace(Case(), account=None, live=live, guardrails=NotRead())
    evidence = recorded(considered(case).event).evidence
    assert (evidence.account, evidence.tags, evidence.observed, evidence.guardrails) == (None, {}, None, None)


def test_an_undecided_findings_event_has_the_checks_and_never_passes_for_decided() -> None:
    case = Case().unread()
    needed = case.decide()
    assert isinstance(needed, LiveResourceNeeded)
    event = recorded(failed(considered(case).event, Reason.ROLE_NOT_ASSUMABLE, "STS says no."))
    assert (event.outcome, event.reason) == (Outcome.FAILED, Reason.ROLE_NOT_ASSUMABLE)
    assert (event.fix_id, event.evidence.checks) == ("fake-fix", needed.checks)
    assert event.evidence.plan is None


@given(case=cases())
def test_whatever_was_decided_survives_json(case: Case) -> None:
    recorded(considered(case).event)
    recorded(considered(case.unread()).event)


def test_a_message_that_is_no_finding_is_recorded_with_what_it_named() -> None:
    dismissed = Dismissed(
        outcome=Outcome.REJECT,
        reason=Reason.PAYLOAD_MALFORMED,
        sentence="It is not JSON.",
        issue_id="issue-9",
        account_id="222222222222",
    )
    event = recorded(RUN.turned_away(dismissed))
    assert (event.outcome, event.reason, event.sentence) == (
        Outcome.REJECT,
        Reason.PAYLOAD_MALFORMED,
        "It is not JSON.",
    )
    assert (event.issue_id, event.account_id, event.evidence.payload_sha256) == ("issue-9", "222222222222", "00")


# -- what comes of it -------------------------------------------------------------------------------------------------


def test_people_are_asked_until_a_time() -> None:
    until = LATER + timedelta(days=1)
    event = recorded(considered(Case()).approvable("r-1", until))
    assert (event.review_id, event.expires_at) == ("r-1", until)


def test_what_waits_is_recorded_with_what_it_waits_for_and_how_often_it_had_to() -> None:
    case = Case()
    obstacle = Obstacle(reason=Reason.STOPPED, sentence="It is stopped.", until=LATER)
    wait = Wait(decision=case.decided(), obstacle=obstacle)
    once = recorded(replace(considered(case), decision=wait).held(History(), LATER))
    event = recorded(replace(considered(case), decision=wait).held(History(events=(once, once)), LATER))
    assert (event.kind, event.reason, event.sentence) == (EventKind.HELD, Reason.STOPPED, "It is stopped.")
    assert (event.expires_at, event.attempt, event.outcome) == (LATER, 3, Outcome.REMEDIATE)
    assert event.evidence.plan == PLAN


def test_an_intent_has_the_plan_the_state_before_and_where_it_was_counted() -> None:
    assert INTENT.kind is EventKind.INTENT
    assert (INTENT.evidence.plan, INTENT.evidence.observed) == (PLAN, PLAN.before)
    assert INTENT.evidence.counted == ("place-1", "place-2")


def test_a_delivery_that_takes_up_an_intent_says_so() -> None:
    event = recorded(resumed(INTENT))
    assert event == replace(INTENT, kind=EventKind.RESUMED, at=LATER, number=1)


def test_an_intent_that_is_withdrawn_counts_nowhere_and_says_why() -> None:
    event = recorded(withdrawn(INTENT, "It was stopped.", certain=True, after={"open": True}, sessions=(READ, WRITE)))
    assert (event.kind, event.sentence, event.evidence.counted) == (EventKind.WITHDRAWN, "It was stopped.", ())
    assert (event.evidence.after, event.evidence.sessions) == ({"open": True}, (READ, WRITE))
    assert event.evidence.plan == PLAN


def test_a_change_that_was_made_is_recorded_with_what_aws_answered_and_how_the_resource_is_now() -> None:
    written = Written(intent=INTENT, after={"open": False}, answers=ANSWERS, sessions=(READ, WRITE))
    for event, kind in (
        (recorded(written.pending(2)), EventKind.PENDING),
        (recorded(written.verified()), EventKind.OUTCOME),
    ):
        assert (event.kind, event.outcome, event.reason) == (kind, Outcome.REMEDIATE, INTENT.reason)
        assert (event.evidence.after, event.evidence.answers) == ({"open": False}, ANSWERS)
        assert event.evidence.sessions == (READ, WRITE)
        assert event.evidence.counted == INTENT.evidence.counted
    assert recorded(written.pending(2)).attempt == 2
    assert recorded(written.verified()).sentence == INTENT.sentence
    assert recorded(written.verified("By others.")).sentence == "By others."


def test_a_session_that_made_more_calls_since_is_recorded_once() -> None:
    more = session("read", "GetBucketPolicy", "GetBucketAcl")
    event = recorded(withdrawn(INTENT, "", certain=True, sessions=(more, WRITE)))
    assert event.evidence.sessions == (more, WRITE)
    another = session("read", "GetBucketAcl")
    event = recorded(withdrawn(INTENT, "", certain=True, sessions=(another,)))
    assert event.evidence.sessions == (READ, another), "the calls on record are not these"


@pytest.mark.parametrize(
    ("before", "fix_id"),
    [
        pytest.param(considered(Case(), sessions=(READ,)).event, "fake-fix", id="decided"),
        pytest.param(INTENT, "fake-fix", id="announced"),
        pytest.param(UNDOING.event, "fake-fix", id="to be undone"),
    ],
)
def test_a_failure_keeps_what_was_known_and_says_what_was_seen(before: AuditEvent, fix_id: str) -> None:
    seen = {"after": {"open": "half"}, "expected": {"open": True}}
    event = recorded(failed(before, Reason.STALE_STATE, "It moved.", **seen, sessions=(READ, WRITE)))
    assert (event.kind, event.outcome, event.reason) == (EventKind.OUTCOME, Outcome.FAILED, Reason.STALE_STATE)
    assert (event.sentence, event.evidence.error) == ("It moved.", "It moved.")
    assert (event.evidence.after, event.evidence.expected) == ({"open": "half"}, {"open": True})
    assert (event.fix_id, event.evidence.plan, event.evidence.sessions) == (fix_id, PLAN, (READ, WRITE))


def test_a_failure_that_saw_nothing_leaves_what_was_seen_before() -> None:
    seen = replace(INTENT, evidence=replace(INTENT.evidence, after={"open": "half"}))
    event = recorded(failed(seen, Reason.ACCESS_DENIED, "AWS says no."))
    assert event.evidence.after == {"open": "half"}


# -- undoing ----------------------------------------------------------------------------------------------------------


def test_an_undo_is_recorded_with_what_it_takes_back_and_who_asked() -> None:
    event = recorded(UNDOING.intended())
    assert (event.correlation_id, event.kind, event.outcome) == ("c-2", EventKind.INTENT, Outcome.UNDO)
    assert event.reason is Reason.UNDO_REQUESTED
    assert ALICE.arn in event.sentence
    assert "it broke" in event.sentence
    assert (event.issue_id, event.fix_id, event.plan_digest) == (FINDING.issue_id, "fake-fix", PLAN.digest)
    evidence = event.evidence
    assert (evidence.plan, evidence.answers, evidence.observed) == (PLAN, ANSWERS, {"open": False})
    assert (evidence.order, evidence.command_id, evidence.target_id) == (ORDER, "m-1", "c-1")


def test_an_undo_that_was_only_tried_says_what_it_would_use_and_how_the_resource_is() -> None:
    event = recorded(UNDOING.planned(USES, "It could be undone."))
    assert (event.kind, event.outcome, event.reason) == (
        EventKind.OUTCOME,
        Outcome.DRY_RUN,
        Reason.DRY_RUN_BY_COMMAND,
    )
    assert (event.sentence, event.evidence.permissions) == ("It could be undone.", USES)
    assert event.evidence.after == {"open": False}


# -- commands ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("outcome", [Outcome.DONE, Outcome.REJECT])
def test_a_command_is_recorded_under_its_own_id_and_with_the_run_that_it_was_about(outcome: Outcome) -> None:
    run = replace(RUN, id="m-1", order=ORDER)
    event = recorded(run.command_ended(outcome, Reason.UNDO_ACCEPTED, "It is undone.", INTENT))
    assert (event.correlation_id, event.outcome, event.reason) == ("m-1", outcome, Reason.UNDO_ACCEPTED)
    assert (event.fix_id, event.resource_arn, event.plan_digest) == ("fake-fix", BUCKET_ARN, PLAN.digest)
    assert (event.evidence.target_id, event.evidence.order) == ("c-1", ORDER)
    about_nothing = recorded(run.command_ended(outcome, Reason.UNDO_ACCEPTED, "It is undone."))
    assert (about_nothing.fix_id, about_nothing.evidence.target_id) == ("", "")


@pytest.mark.parametrize("kind", [EventKind.APPROVAL, EventKind.VERDICT, EventKind.REOPENED])
def test_what_a_person_says_of_a_plan_is_added_to_the_run_that_stored_it(kind: EventKind) -> None:
    order = Order(command=ApprovePlan(review_id="c-1", digest=PLAN.digest, reason="agreed"), principal=ALICE)
    stored, run = recorded(considered(Case()).event), replace(RUN, id="m-1", code_version="code-2")
    event = recorded(said(run, order, kind, stored, LATER, Reason.APPROVAL_COMPLETE, "agreed"))
    assert event.expires_at == LATER
    assert (event.correlation_id, event.kind, event.outcome) == ("c-1", kind, Outcome.DONE)
    assert (event.actor, event.code_version, event.reason) == (ALICE.arn, "code-2", Reason.APPROVAL_COMPLETE)
    assert event.evidence == Evidence(order=order, command_id="m-1")
    assert (event.fix_id, event.plan_digest) == (stored.fix_id, stored.plan_digest)


def test_every_event_is_tried_here() -> None:
    """So that one which is added gets its test."""
    places = (stages, Run, Considered, Undoing, Written)
    makers = [
        name
        for place in places
        for name, made in vars(place).items()
        if inspect.isfunction(made) and made.__module__ == stages.__name__
    ]
    tested = Path(__file__).read_text(encoding="utf-8")
    assert [name for name in makers if not name.startswith("_") and f"{name}(" not in tested] == []
