"""The published schema of events: fresh, complete, and true of every event. Flow tests hold theirs to it too."""

from __future__ import annotations

import json
from dataclasses import fields, replace

import pytest
from jsonschema import Draft4Validator, ValidationError

from infra.event_schema import DETAIL_TYPES, MEANINGS, SCHEMA_FILE, event_schema
from infra.json_schema import render
from runtime.domain import notice as module
from runtime.domain.audit import Evidence, History
from runtime.domain.command import DryRun, Order
from runtime.domain.hold import hold_of
from runtime.domain.notice import SCHEMA_VERSION, Notice, Told
from runtime.domain.outcome import Outcome, Reason
from tests.samples.events import check_event
from tests.unit.domain.cases import ALICE, EVENT, NOW
from tests.unit.domain.test_notice import ASKED, HELD, SENDER, TEMPLATE, TOLD, exception, reminder

ORDERED = Evidence(order=Order(command=DryRun(target_id="c-0"), principal=ALICE))
EVERY_KIND = (
    SENDER.of_outcome(ASKED),
    SENDER.of_outcome(replace(EVENT, outcome=Outcome.DONE, evidence=ORDERED)),
    SENDER.of_hold(HELD),
    SENDER.of_stuck(hold_of(History(events=(HELD,))), NOW),
    reminder(48),
    SENDER.of_exception(exception("EX-1"), NOW),
)


def test_the_published_schema_is_fresh() -> None:
    assert SCHEMA_FILE.read_text(encoding="utf-8") == render(event_schema()), "make docs"
    Draft4Validator.check_schema(event_schema())


def test_the_published_schema_says_what_each_field_means() -> None:
    assert list(MEANINGS) == [one.name for one in fields(Told)]


def test_every_kind_of_event_is_published() -> None:
    kinds = {value for name, value in vars(module).items() if name.endswith("_TYPE")}
    assert {one.detail_type for one in EVERY_KIND} == set(DETAIL_TYPES) == kinds


@pytest.mark.parametrize("notice", EVERY_KIND, ids=lambda notice: notice.detail_type)
def test_every_kind_of_event_is_as_published(notice: Notice) -> None:
    check_event(notice)


@pytest.mark.parametrize("outcome", Outcome)
def test_the_event_of_every_outcome_is_as_published(outcome: Outcome) -> None:
    whole = replace(TOLD.evidence, template=TEMPLATE)
    for evidence in (whole, Evidence()):
        reviewed = outcome is Outcome.APPROVE
        event = replace(TOLD, outcome=outcome, expires_at=NOW, evidence=whole if reviewed else evidence)
        check_event(SENDER.of_outcome(event))


@pytest.mark.parametrize("reason", Reason)
def test_the_event_of_every_reason_is_as_published(reason: Reason) -> None:
    check_event(SENDER.of_outcome(replace(TOLD, reason=reason)))


def test_an_event_with_a_field_that_is_not_published_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    (asked, *_) = EVERY_KIND
    monkeypatch.setattr(Notice, "event", json.dumps({**json.loads(asked.event), "unsaid": 1}))
    with pytest.raises(ValidationError, match="unsaid"):
        check_event(asked)


def test_a_consumer_takes_an_event_with_a_field_that_is_newer_than_its_schema() -> None:
    detail = {**json.loads(EVERY_KIND[2].event), "newer": True}
    event = {"source": "suture", "detail-type": module.HELD_TYPE, "detail": detail}
    Draft4Validator(event_schema()).validate(event)
    del event["detail"]["at"]
    with pytest.raises(ValidationError, match="'at' is a required property"):
        Draft4Validator(event_schema()).validate(event)


def test_the_schemas_file_is_named_by_its_first_number() -> None:
    assert SCHEMA_FILE.name == f"suture-event-{SCHEMA_VERSION.partition('.')[0]}.schema.json"
