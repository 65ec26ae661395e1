"""Audit events: they survive JSON, and each has a place of its own."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.domain.audit import (
    ApiCall,
    AuditEvent,
    EventKind,
    Evidence,
    History,
    SessionRecord,
    event_from_json,
    event_to_json,
    with_decision,
    with_facts,
)
from runtime.domain.case import Check, LiveResourceNeeded
from runtime.domain.command import FOR_APPROVERS, FOR_OPERATORS, ApprovePlan, Order
from runtime.domain.facts import (
    Account,
    Approval,
    NotRead,
    PlatformAccount,
    ResourceMissing,
    Vote,
    Waiver,
    WaiverStatus,
)
from runtime.domain.finding import Control, Finding
from runtime.domain.fix import PermissionUse
from runtime.domain.guardrails import Guardrails, Past, PastKind, Stop, StopScope, UsageScope
from runtime.domain.outcome import Outcome, Reason
from runtime.domain.plan import Plan
from runtime.domain.policy import TemplateMode
from runtime.domain.principal import Principal
from runtime.domain.resource import Resource
from runtime.domain.template import TemplateOwner, TemplateTool
from tests.unit.domain.cases import (
    ACCOUNT,
    ALICE,
    APPLIED,
    APPROVAL,
    BOB,
    BUCKET_ARN,
    EVENT,
    FINDING,
    FIX,
    MISSING,
    NOW,
    PLAN,
    PLATFORM,
    WAIVER,
    Case,
)
from tests.unit.domain.strategies import cases, json_objects, json_plans, text_maps, texts, tuples


def built(kind: type, /, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """The dataclass with a text in every field that is not named."""
    return st.builds(kind, **{name: texts for name in kind.__dataclass_fields__ if name not in fields}, **fields)


findings = built(Finding, projects=tuples(texts), control=built(Control))
sessions = built(SessionRecord, tags=text_maps, calls=tuples(built(ApiCall)))
moments = st.datetimes(timezones=st.just(UTC))
principals = built(Principal)
waivers = built(Waiver, status=st.sampled_from(WaiverStatus), requested_at=moments, expires_at=moments)
guardrails = st.builds(
    Guardrails,
    stops=tuples(built(Stop, scope=st.sampled_from(StopScope), at=moments)),
    past=tuples(built(Past, kind=st.sampled_from(PastKind), at=moments)),
    usage=st.dictionaries(st.sampled_from(UsageScope), st.integers(0, 9)),
)
approvals = built(
    Approval, plan=json_plans(), votes=tuples(built(Vote, principal=principals, at=moments)), expires_at=moments
)
OF_COMMANDS = {"dry_run": st.booleans(), "reason": texts.filter(str.strip)}
orders = st.builds(
    Order,
    command=st.sampled_from([*FOR_APPROVERS, *FOR_OPERATORS]).flatmap(
        lambda kind: built(kind, **{name: OF_COMMANDS[name] for name in OF_COMMANDS if name in kind.__slots__})
    ),
    principal=principals,
)
EVIDENCE = {
    "finding": st.none() | findings,
    "payload_sha256": texts,
    "resource": st.none() | built(Resource),
    "options": json_objects,
    "decided_at": st.none() | moments,
    "platform": st.none() | built(PlatformAccount),
    "account": st.none() | built(Account),
    "waivers": tuples(waivers),
    "tags": text_maps,
    "observed": st.none() | json_objects,
    "guardrails": st.none() | guardrails,
    "approval": st.none() | approvals,
    "checks": tuples(built(Check, passed=st.booleans())),
    "owner_path": tuples(texts),
    "plan": st.none() | json_plans(),
    "hazard": texts,
    "permissions": tuples(built(PermissionUse)),
    "template": st.none() | built(TemplateOwner, tool=st.sampled_from(TemplateTool)),
    "order": st.none() | orders,
    "command_id": texts,
    "target_id": texts,
    "expected": st.none() | json_objects,
    "after": st.none() | json_objects,
    "answers": tuples(json_objects),
    "sessions": tuples(sessions),
    "error": texts,
}
events = built(
    AuditEvent,
    kind=st.sampled_from(EventKind),
    at=moments,
    outcome=st.sampled_from(Outcome),
    reason=st.sampled_from(Reason),
    attempt=st.integers(0, 9999),
    expires_at=st.none() | moments,
    evidence=st.builds(Evidence, **EVIDENCE),
)


def test_every_part_of_the_evidence_is_tried() -> None:
    assert set(EVIDENCE) == set(Evidence.__dataclass_fields__)


@given(event=events)
def test_an_event_survives_json(event: AuditEvent) -> None:
    document = event_to_json(event)
    assert event_from_json(json.loads(json.dumps(document))) == event


@pytest.mark.parametrize("name", sorted(Evidence.__dataclass_fields__))
def test_of_an_earlier_version_s_record_what_it_did_not_keep_is_left_empty(name: str) -> None:
    document = event_to_json(EVENT)
    del document["evidence"][name]
    assert event_from_json(document) == EVENT


@given(plan=json_plans())
def test_a_plan_is_still_the_one_that_was_approved_after_json(plan: Plan) -> None:
    restored = event_from_json(event_to_json(replace(EVENT, evidence=Evidence(plan=plan)))).evidence.plan
    assert restored is not None
    assert restored.digest == plan.digest


@given(case=cases())
def test_what_was_decided_survives_json(case: Case) -> None:
    before = replace(EVENT, evidence=Evidence(finding=case.finding))
    unread = case.unread()
    for event in (
        with_decision(with_facts(before, case.facts), case.settled()),
        with_decision(with_facts(before, unread.facts), unread.decide()),
    ):
        assert event_from_json(json.loads(json.dumps(event_to_json(event)))) == event


def test_dates_that_aws_answered_are_kept_as_text() -> None:
    answers = ({"CreateDate": datetime(2026, 1, 1, tzinfo=UTC), "Blob": b"x"},)
    document = event_to_json(replace(EVENT, evidence=Evidence(answers=answers)))
    assert document["evidence"]["answers"] == [{"CreateDate": "2026-01-01T00:00:00+00:00", "Blob": "b'x'"}]


@pytest.mark.parametrize("field", sorted(AuditEvent.__dataclass_fields__))
def test_an_event_without_one_of_its_fields_is_not_taken_for_one(field: str) -> None:
    document = event_to_json(EVENT)
    required = {"correlation_id", "kind", "at", "outcome", "reason", "sentence", "actor", "code_version"}
    del document[field]
    if field in required | {"catalog_version", "evidence"}:
        with pytest.raises((KeyError, TypeError, ValueError)):
            event_from_json(document)
    else:
        assert getattr(event_from_json(document), field) == AuditEvent.__dataclass_fields__[field].default


# -- order ------------------------------------------------------------------------------------------------------------


def approval_by(principal: Principal) -> AuditEvent:
    order = Order(command=ApprovePlan(review_id="r-1", digest="", reason=""), principal=principal)
    return replace(EVENT, kind=EventKind.APPROVAL, evidence=Evidence(order=order))


def test_the_places_of_a_run_s_events_differ_and_sort_as_they_happen() -> None:
    attempts = (1, 2, 9, 10, 99, 9999)
    in_order = [
        *(replace(EVENT, kind=EventKind.HELD, attempt=attempt) for attempt in attempts),
        replace(EVENT, kind=EventKind.INTENT),
        *(replace(EVENT, kind=EventKind.PENDING, attempt=attempt) for attempt in attempts),
        replace(EVENT, kind=EventKind.OUTCOME),
        approval_by(ALICE),
        approval_by(BOB),
        replace(EVENT, kind=EventKind.VERDICT),
    ]
    for earlier, later in pairwise(in_order):
        assert earlier.sequence < later.sequence


places = st.builds(
    lambda kind, attempt, principal: replace(approval_by(principal), kind=kind, attempt=attempt),
    st.sampled_from(EventKind),
    st.integers(0, 9999),
    st.sampled_from([ALICE, BOB]),
)


@given(one=places, other=places)
def test_only_attempts_and_the_approvals_of_different_people_have_places_of_their_own(
    one: AuditEvent, other: AuditEvent
) -> None:
    def differs(event: AuditEvent) -> object:
        if event.kind in (EventKind.HELD, EventKind.PENDING):
            return event.attempt
        assert event.evidence.order is not None
        return event.evidence.order.principal if event.kind is EventKind.APPROVAL else None

    same = one.kind is other.kind and differs(one) == differs(other)
    assert (one.sequence == other.sequence) == same


def test_a_person_approves_once_through_whichever_role() -> None:
    otherwise = Principal(arn="arn:aws:sts::111111111111:assumed-role/other/Alice", user_id="AROAOTHER:Alice")
    assert approval_by(ALICE).sequence == approval_by(otherwise).sequence


def test_a_history_tells_the_intent_and_the_outcome() -> None:
    intent, pending = replace(EVENT, kind=EventKind.INTENT), replace(EVENT, kind=EventKind.PENDING, attempt=1)
    assert (History().intent, History().outcome) == (None, None)
    assert History(events=(intent, pending)).intent is intent
    assert History(events=(intent, pending)).outcome is None
    assert History(events=(intent, pending, EVENT)).outcome is EVENT


def test_a_history_tells_the_last_look_at_a_pending_change() -> None:
    first, second = (replace(EVENT, kind=EventKind.PENDING, attempt=attempt) for attempt in (1, 2))
    assert History(events=(first, second, EVENT)).pending is second
    assert History(events=(EVENT,)).pending is None


def test_a_history_tells_the_last_time_held_the_approvals_and_the_verdict() -> None:
    first, second = (replace(EVENT, kind=EventKind.HELD, attempt=attempt) for attempt in (1, 2))
    approvals = (approval_by(ALICE), approval_by(BOB))
    verdict = replace(EVENT, kind=EventKind.VERDICT)
    history = History(events=(first, second, EVENT, *approvals, verdict))
    assert (history.held, history.approvals, history.verdict) == (second, approvals, verdict)
    assert (History().held, History().approvals, History().verdict) == (None, (), None)


# -- what a decision adds ---------------------------------------------------------------------------------------------


def test_an_event_has_everything_that_the_decision_established() -> None:
    before = replace(EVENT, evidence=Evidence(finding=FINDING, payload_sha256="00"))
    decision = Case().with_tags(owner="somebody").decided()
    event = with_decision(before, decision)
    assert (event.outcome, event.reason, event.sentence) == (decision.outcome, decision.reason, decision.sentence)
    assert (event.resource_arn, event.entry_id, event.fix_id) == (BUCKET_ARN, "close-buckets", "fake-fix")
    assert (event.environment, event.owner, event.waiver_id) == ("dev", "somebody", "")
    assert event.plan_digest == PLAN.digest
    assert event.evidence == Evidence(
        finding=FINDING,
        payload_sha256="00",
        resource=decision.resource,
        checks=decision.checks,
        owner_path=decision.owner_path,
        plan=PLAN,
        hazard=FIX.hazard,
    )


def test_an_event_of_a_finding_that_was_stopped_early_keeps_what_the_payload_called_the_resource() -> None:
    before = replace(EVENT, resource_arn="what the payload said")
    event = with_decision(before, Case().with_finding(status="RESOLVED").decided())
    assert (event.resource_arn, event.entry_id, event.fix_id, event.plan_digest) == (
        "what the payload said",
        "",
        "",
        "",
    )


def test_an_event_names_the_exception() -> None:
    assert with_decision(EVENT, Case().with_waiver().decided()).waiver_id == "W-1"


def test_an_undecided_finding_s_event_has_the_checks_and_no_outcome_of_its_own() -> None:
    needed = Case().unread().decide()
    assert isinstance(needed, LiveResourceNeeded)
    event = with_decision(EVENT, needed)
    assert (event.outcome, event.reason) == (EVENT.outcome, EVENT.reason)
    assert (event.fix_id, event.evidence.checks) == ("fake-fix", needed.checks)


def test_an_event_names_the_template_whose_owner_is_told() -> None:
    case = Case().with_tags(terraform="yes").with_environment("dev", template_owned=TemplateMode.FIX_AND_NOTIFY)
    template = with_decision(EVENT, case.decided()).evidence.template
    assert template is not None
    assert (template.tool, template.name) == (TemplateTool.TERRAFORM, "terraform=yes")


# -- what was decided by ----------------------------------------------------------------------------------------------


def test_an_event_has_everything_that_was_decided_by_but_what_lets_others_in() -> None:
    case = Case().with_tags(owner="somebody").with_waiver(control="other").with_past(APPLIED).with_approval()
    event = with_facts(replace(EVENT, evidence=Evidence(payload_sha256="00")), case.facts)
    assert event.evidence == Evidence(
        payload_sha256="00",
        decided_at=EVENT.at,
        platform=PLATFORM,
        account=replace(ACCOUNT, external_id=""),
        waivers=case.waivers,
        tags={"owner": "somebody"},
        observed=PLAN.before,
        guardrails=case.guardrails,
        approval=APPROVAL,
    )
    assert ACCOUNT.external_id not in json.dumps(event_to_json(event))


@pytest.mark.parametrize("live", [NotRead(), MISSING], ids=["not read", "missing"])
def test_what_was_not_read_is_not_made_up(live: NotRead | ResourceMissing) -> None:
    case = replace(Case(), account=None, live=live, guardrails=NotRead(), platform=None)
    assert with_facts(EVENT, case.facts).evidence == Evidence(decided_at=EVENT.at)


def test_a_record_keeps_so_many_exceptions_and_first_those_that_can_count() -> None:
    pending = tuple(replace(WAIVER, id=f"P-{number}", status=WaiverStatus.PENDING) for number in range(60))
    over = replace(WAIVER, id="W-over", expires_at=NOW)
    in_force = tuple(replace(WAIVER, id=f"W-{number}") for number in range(49))
    evidence = with_facts(EVENT, replace(Case(), waivers=(*pending, over, *in_force)).facts).evidence
    assert evidence.waivers == (*in_force, pending[0])
    assert evidence.waivers_complete
    more = with_facts(EVENT, replace(Case(), waivers=(*in_force, WAIVER, replace(WAIVER, id="W-last"))).facts).evidence
    assert more.waivers == (*in_force, WAIVER)
    assert not more.waivers_complete
