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

from runtime.domain.access import RoleCheck
from runtime.domain.audit import (
    ApiCall,
    AuditEvent,
    EventKind,
    Evidence,
    History,
    SessionRecord,
    event_from_json,
    event_to_json,
    event_to_text,
    recorded_waivers,
)
from runtime.domain.case import Check
from runtime.domain.command import FOR_APPROVERS, FOR_OPERATORS, ApprovePlan, Order
from runtime.domain.facts import Account, Approval, PlatformAccount, Vote, Waiver, WaiverStatus
from runtime.domain.finding import Control, Finding
from runtime.domain.fix import PermissionUse
from runtime.domain.guardrails import Guardrails, Past, PastKind, Stop, StopScope, UsageScope
from runtime.domain.outcome import Outcome, Reason
from runtime.domain.plan import Plan
from runtime.domain.principal import Principal
from runtime.domain.resource import Resource
from runtime.domain.template import TemplateOwner, TemplateTool
from tests.unit.domain.cases import ALICE, BOB, EVENT, NOW, WAIVER
from tests.unit.domain.strategies import json_objects, json_plans, text_maps, texts, tuples


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
    "counted": tuples(texts),
    "through_topic": st.booleans(),
    "roles": tuples(built(RoleCheck, wrong_external_id_refused=st.none() | st.booleans())),
}
events = built(
    AuditEvent,
    kind=st.sampled_from(EventKind),
    at=moments,
    outcome=st.sampled_from(Outcome),
    reason=st.sampled_from(Reason),
    attempt=st.integers(0, 9999),
    number=st.integers(0, 9999),
    expires_at=st.none() | moments,
    evidence=st.builds(Evidence, **EVIDENCE),
)


def test_every_part_of_the_evidence_is_tried() -> None:
    assert set(EVIDENCE) == set(Evidence.__dataclass_fields__)


@given(event=events)
def test_an_event_survives_json(event: AuditEvent) -> None:
    document = event_to_json(event)
    assert event_from_json(json.loads(json.dumps(document))) == event
    assert json.loads(event_to_text(event)) == document


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


def of_kind(*kinds: EventKind) -> History:
    """The history of a run with events of these kinds."""
    return History().with_events([replace(EVENT, kind=kind) for kind in kinds], NOW)


@given(kinds=st.lists(st.sampled_from(EventKind), max_size=12))
def test_events_are_numbered_from_one_and_each_has_read_all_before_it(kinds: list[EventKind]) -> None:
    history = of_kind(*kinds)
    assert [event.number for event in history.events] == list(range(1, len(kinds) + 1))
    assert [event.kind for event in history.events] == kinds
    later = NOW.replace(year=NOW.year + 1)
    *before, event = history.with_events([EVENT], later).events
    assert tuple(before) == history.events
    assert event == replace(EVENT, at=later, number=len(kinds) + 1)
    *_, other = history.with_events([replace(EVENT, sentence="another delivery's")], later).events
    assert other.sequence == event.sequence, "two cannot both write the next"


def test_the_places_of_a_runs_events_sort_as_they_happen() -> None:
    sequences = [replace(EVENT, number=number).sequence for number in range(1, 10_000)]
    assert all(earlier < later for earlier, later in pairwise(sequences))


# -- what a history tells ---------------------------------------------------------------------------------------------

INTENT, RESUMED, WITHDRAWN, PENDING, OUTCOME, HELD, APPROVAL, VERDICT = (
    EventKind.INTENT,
    EventKind.RESUMED,
    EventKind.WITHDRAWN,
    EventKind.PENDING,
    EventKind.OUTCOME,
    EventKind.HELD,
    EventKind.APPROVAL,
    EventKind.VERDICT,
)


@pytest.mark.parametrize(
    ("kinds", "number"),
    [
        ((), None),
        ((INTENT,), 1),
        ((HELD, INTENT), 2),
        ((INTENT, RESUMED), 1),
        ((INTENT, RESUMED, RESUMED), 1),
        ((INTENT, WITHDRAWN), None),
        ((INTENT, WITHDRAWN, HELD), None),
        ((INTENT, WITHDRAWN, HELD, INTENT), 4),
        ((INTENT, RESUMED, WITHDRAWN, INTENT, RESUMED), 4),
        ((INTENT, PENDING), None),
        ((INTENT, PENDING, PENDING), None),
        ((INTENT, OUTCOME), None),
        ((INTENT, WITHDRAWN, OUTCOME), None),
        ((OUTCOME, APPROVAL, VERDICT), None),
    ],
)
def test_an_intent_is_open_until_it_is_known_what_became_of_it(
    kinds: tuple[EventKind, ...], number: int | None
) -> None:
    intent = of_kind(*kinds).open_intent
    assert (intent.number if intent else None) == number
    assert intent is None or intent.kind is INTENT


@pytest.mark.parametrize(
    ("kinds", "number"),
    [((INTENT,), None), ((INTENT, PENDING), 2), ((INTENT, PENDING, PENDING), 3), ((INTENT, PENDING, OUTCOME), None)],
)
def test_a_change_is_pending_from_its_last_look_until_the_run_has_ended(
    kinds: tuple[EventKind, ...], number: int | None
) -> None:
    pending = of_kind(*kinds).pending
    assert (pending.number if pending else None) == number


@pytest.mark.parametrize(
    ("kinds", "waiting", "holds"),
    [
        ((), None, []),
        ((HELD,), 1, [1]),
        ((HELD, HELD), 2, [1, 2]),
        ((HELD, INTENT), None, [1]),
        ((HELD, INTENT, WITHDRAWN), 1, [1]),
        ((HELD, INTENT, WITHDRAWN, HELD), 4, [1, 4]),
        ((HELD, OUTCOME), None, [1]),
        ((INTENT, OUTCOME), None, []),
    ],
)
def test_a_run_waits_while_nothing_came_after_its_hold(
    kinds: tuple[EventKind, ...], waiting: int | None, holds: list[int]
) -> None:
    history = of_kind(*kinds)
    assert (history.waiting.number if history.waiting else None) == waiting
    assert [event.number for event in history.holds] == holds


def test_a_history_tells_the_outcome_the_approvals_and_the_verdict() -> None:
    approvals = (approval_by(ALICE), approval_by(BOB))
    verdict = replace(EVENT, kind=VERDICT)
    history = History(events=(replace(EVENT, kind=INTENT), EVENT, *approvals, verdict))
    assert (history.outcome, history.approvals, history.verdict) == (EVENT, approvals, verdict)
    assert (History().outcome, History().approvals, History().verdict) == (None, (), None)
    assert of_kind(INTENT, PENDING).outcome is None


# -- exceptions -------------------------------------------------------------------------------------------------------


def test_a_record_keeps_so_many_exceptions_and_first_those_that_can_count() -> None:
    pending = tuple(replace(WAIVER, id=f"P-{number}", status=WaiverStatus.PENDING) for number in range(60))
    over = replace(WAIVER, id="W-over", expires_at=NOW)
    in_force = tuple(replace(WAIVER, id=f"W-{number}") for number in range(49))
    evidence = Evidence(decided_at=NOW, waivers=recorded_waivers((*pending, over, *in_force), NOW))
    assert evidence.waivers == (*in_force, pending[0])
    assert evidence.waivers_complete
    more = recorded_waivers((*in_force, WAIVER, replace(WAIVER, id="W-last")), NOW)
    assert more == (*in_force, WAIVER)
    assert not Evidence(decided_at=NOW, waivers=more).waivers_complete
