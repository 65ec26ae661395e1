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
)
from runtime.domain.decision import Check, LiveResourceNeeded
from runtime.domain.finding import Control, Finding
from runtime.domain.outcome import Outcome, Reason
from runtime.domain.plan import Change, Plan
from runtime.domain.resource import Resource
from tests.unit.domain.cases import BUCKET_ARN, EVENT, FINDING, PLAN, Case
from tests.unit.domain.strategies import cases

# A half of a surrogate pair is no text: intake lets none through.
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=4)
json_objects = st.dictionaries(
    texts,
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), texts),
        lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(texts, inner, max_size=2)),
        max_leaves=3,
    ),
    max_size=2,
)
text_maps = st.dictionaries(texts, texts, max_size=2)


def tuples(values: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    return st.lists(values, max_size=2).map(tuple)


changes = st.builds(Change, service=texts, operation=texts, parameters=json_objects)


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    made = draw(st.lists(changes, min_size=1, max_size=2).map(tuple))
    undo = draw(st.one_of(st.just(()), st.lists(changes, min_size=len(made), max_size=len(made)).map(tuple)))
    return Plan(
        fix_id=draw(texts),
        resource_arn=draw(texts),
        summary=draw(texts),
        before=draw(json_objects),
        changes=made,
        undo=undo,
        blast_radius=draw(json_objects),
    )


def built(kind: type, /, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """The dataclass with a text in every field that is not named."""
    return st.builds(kind, **{name: texts for name in kind.__dataclass_fields__ if name not in fields}, **fields)


findings = built(Finding, projects=tuples(texts), control=built(Control))
sessions = built(SessionRecord, tags=text_maps, calls=tuples(built(ApiCall)))
evidences = st.builds(
    Evidence,
    finding=st.none() | findings,
    payload_sha256=texts,
    resource=st.none() | built(Resource),
    options=json_objects,
    tags=text_maps,
    checks=tuples(built(Check, passed=st.booleans())),
    owner_path=tuples(texts),
    plan=st.none() | plans(),
    after=st.none() | json_objects,
    answers=tuples(json_objects),
    sessions=tuples(sessions),
    error=texts,
)
events = built(
    AuditEvent,
    kind=st.sampled_from(EventKind),
    at=st.datetimes(timezones=st.just(UTC)),
    outcome=st.sampled_from(Outcome),
    reason=st.sampled_from(Reason),
    attempt=st.integers(0, 9999),
    evidence=evidences,
)


@given(event=events)
def test_an_event_survives_json(event: AuditEvent) -> None:
    document = event_to_json(event)
    assert event_from_json(json.loads(json.dumps(document))) == event


@given(plan=plans())
def test_a_plan_is_still_the_one_that_was_approved_after_json(plan: Plan) -> None:
    restored = event_from_json(event_to_json(replace(EVENT, evidence=Evidence(plan=plan)))).evidence.plan
    assert restored is not None
    assert restored.digest == plan.digest


@given(case=cases())
def test_what_was_decided_survives_json(case: Case) -> None:
    for decision in (case.decide(), case.unread().decide()):
        event = with_decision(replace(EVENT, evidence=Evidence(finding=case.finding)), decision)
        assert event_from_json(json.loads(json.dumps(event_to_json(event)))) == event


def test_dates_that_aws_answered_are_kept_as_text() -> None:
    answers = ({"CreateDate": datetime(2026, 1, 1, tzinfo=UTC), "Blob": b"x"},)
    document = event_to_json(replace(EVENT, evidence=Evidence(answers=answers)))
    assert document["evidence"]["answers"] == [{"CreateDate": "2026-01-01 00:00:00+00:00", "Blob": "b'x'"}]


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


def test_the_places_of_a_finding_s_events_differ_and_sort_as_they_happen() -> None:
    attempts = (1, 2, 9, 10, 99, 9999)
    in_order = [
        replace(EVENT, kind=EventKind.INTENT),
        *(replace(EVENT, kind=EventKind.PENDING, attempt=attempt) for attempt in attempts),
        replace(EVENT, kind=EventKind.OUTCOME),
    ]
    for earlier, later in pairwise(in_order):
        assert earlier.sequence < later.sequence


places = st.builds(
    lambda kind, attempt: replace(EVENT, kind=kind, attempt=attempt), st.sampled_from(EventKind), st.integers(0, 9999)
)


@given(one=places, other=places)
def test_a_finding_has_one_intent_one_outcome_and_one_pending_event_per_attempt(
    one: AuditEvent, other: AuditEvent
) -> None:
    same = one.kind is other.kind and (one.kind is not EventKind.PENDING or one.attempt == other.attempt)
    assert (one.sequence == other.sequence) == same


def test_a_history_tells_the_intent_and_the_outcome() -> None:
    intent, pending = replace(EVENT, kind=EventKind.INTENT), replace(EVENT, kind=EventKind.PENDING, attempt=1)
    assert (History().intent, History().outcome) == (None, None)
    assert History(events=(intent, pending)).intent is intent
    assert History(events=(intent, pending)).outcome is None
    assert History(events=(intent, pending, EVENT)).outcome is EVENT


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
