"""Who is told of what."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from runtime.domain.audit import EventKind, Evidence, History
from runtime.domain.command import ApprovePlan, Command, DryRun, Order, UndoChange
from runtime.domain.exceptions import ExceptionRequest, RegisteredException, Step
from runtime.domain.hold import hold_of
from runtime.domain.notice import (
    COMMAND_TYPE,
    EXCEPTION_TYPE,
    HELD_TYPE,
    OUTCOME_TYPE,
    ForBus,
    ForReview,
    ForSecurity,
    Notice,
    notice_of_hold,
    notice_of_stuck,
    notices_of,
    notices_of_end,
    summary_of,
)
from runtime.domain.outcome import Outcome, Reason
from runtime.domain.template import TemplateOwner, TemplateTool
from tests.unit.domain.cases import ALICE, BUCKET_ARN, EVENT, NOW, PLAN

TOLD = replace(
    EVENT,
    outcome=Outcome.NOTIFY,
    reason=Reason.OWNER_MISSING,
    sentence="Nobody is known to own it.",
    issue_id="issue-1",
    resource_arn=BUCKET_ARN,
    evidence=Evidence(plan=PLAN, owner_path=("resource tags: none", "account: none")),
)
HELD = replace(TOLD, kind=EventKind.HELD, reason=Reason.OUTSIDE_CHANGE_WINDOW, attempt=1, expires_at=NOW)
TEMPLATE = TemplateOwner(tool=TemplateTool.TERRAFORM, name="terraform=yes", property="aws_x.y = true")


def order(command: Command) -> Order:
    return Order(command=command, principal=ALICE)


def exception(exception_id: str) -> RegisteredException:
    step = Step(principal=ALICE, reason="a website", at=NOW, command_id="m-1")
    request = ExceptionRequest(
        id=exception_id,
        control="RULE-1",
        account_id="",
        resource="",
        environment="",
        ticket="SEC-1",
        expires_at=NOW + timedelta(days=3),
        requested=step,
    )
    return RegisteredException(request=request, approved=step)


def kinds(notices: tuple[Notice, ...]) -> list[type[Notice]]:
    return [type(notice) for notice in notices]


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_is_put_on_the_bus(outcome: Outcome) -> None:
    (for_bus,) = (one for one in notices_of(replace(TOLD, outcome=outcome)) if isinstance(one, ForBus))
    assert (for_bus.detail_type, for_bus.at, for_bus.resource_arn) == (OUTCOME_TYPE, NOW, BUCKET_ARN)


@pytest.mark.parametrize(
    ("outcome", "others"),
    [
        (Outcome.REMEDIATE, []),
        (Outcome.APPROVED, []),
        (Outcome.UNDO, [ForSecurity]),
        (Outcome.DRY_RUN, []),
        (Outcome.SKIP, []),
        (Outcome.NOTIFY, [ForSecurity]),
        (Outcome.APPROVE, [ForReview]),
        (Outcome.REJECT, [ForReview]),
        (Outcome.FAILED, [ForReview]),
    ],
)
def test_an_outcome_is_told_to_those_it_concerns(outcome: Outcome, others: list[type[Notice]]) -> None:
    notices = notices_of(replace(TOLD, outcome=outcome))
    assert kinds(notices) == [ForBus, *others]
    assert {json.dumps(notice.document) for notice in notices} == {json.dumps(notices[0].document)}


@pytest.mark.parametrize("outcome", [Outcome.REMEDIATE, Outcome.APPROVED])
def test_the_owner_of_a_template_is_told_what_to_change_in_it(outcome: Outcome) -> None:
    notices = notices_of(replace(TOLD, outcome=outcome, evidence=Evidence(template=TEMPLATE)))
    assert kinds(notices) == [ForBus, ForSecurity]
    told = {"tool": "terraform", "name": "terraform=yes", "change": "aws_x.y = true"}
    assert notices[1].document["template"] == told


@pytest.mark.parametrize("outcome", [Outcome.DRY_RUN, Outcome.SKIP])
def test_of_a_template_nobody_is_told_where_nothing_was_fixed(outcome: Outcome) -> None:
    assert kinds(notices_of(replace(TOLD, outcome=outcome, evidence=Evidence(template=TEMPLATE)))) == [ForBus]


@pytest.mark.parametrize("outcome", [Outcome.NOTIFY, Outcome.REJECT, Outcome.FAILED])
@pytest.mark.parametrize("command", [DryRun(target_id="c-0"), UndoChange(target_id="c-0", reason="", dry_run=True)])
def test_the_outcome_of_a_dry_run_that_somebody_asked_for_goes_to_the_bus_only(
    command: Command, outcome: Outcome
) -> None:
    asked = replace(TOLD, outcome=outcome, evidence=Evidence(order=order(command), command_id="m-1", target_id="c-0"))
    assert kinds(notices_of(asked)) == [ForBus]


@pytest.mark.parametrize(
    "command",
    [UndoChange(target_id="c-0", reason="", dry_run=False), ApprovePlan(review_id="c-0", digest="", reason="")],
)
def test_of_a_change_that_somebody_asked_for_and_that_failed_people_are_told(command: Command) -> None:
    evidence = Evidence(order=order(command), command_id="m-1", target_id="c-0")
    assert kinds(notices_of(replace(TOLD, outcome=Outcome.FAILED, evidence=evidence))) == [ForBus, ForReview]


@pytest.mark.parametrize(
    ("outcome", "reason", "others"),
    [
        (Outcome.DONE, Reason.DRY_RUN_ACCEPTED, []),
        (Outcome.DONE, Reason.STOP_ANNOUNCED, [ForSecurity]),
        (Outcome.DONE, Reason.RESUME_ANNOUNCED, [ForSecurity]),
        (Outcome.REJECT, Reason.NOTHING_RECORDED, []),
        (Outcome.REJECT, Reason.IDENTITY_MISMATCH, [ForReview]),
        (Outcome.REJECT, Reason.COMMAND_INVALID, [ForReview]),
    ],
)
def test_a_commands_outcome_troubles_people_only_where_it_should(
    outcome: Outcome, reason: Reason, others: list[type[Notice]]
) -> None:
    evidence = Evidence(order=order(DryRun(target_id="c-0")))
    notices = notices_of(replace(EVENT, outcome=outcome, reason=reason, evidence=evidence))
    assert kinds(notices) == [ForBus, *others]
    assert isinstance(notices[0], ForBus)
    assert (notices[0].detail_type, notices[0].resource_arn) == (COMMAND_TYPE, "")


def test_a_command_that_cannot_be_understood_has_no_order_and_is_one_nevertheless() -> None:
    invalid = replace(EVENT, outcome=Outcome.REJECT, reason=Reason.COMMAND_INVALID)
    for_bus, *others = notices_of(invalid)
    assert isinstance(for_bus, ForBus)
    assert for_bus.detail_type == COMMAND_TYPE
    assert kinds(tuple(others)) == [ForReview]


@pytest.mark.parametrize("about", ["x" * 256, "Prüfung №1", "line\nbreak\x07", "\U0001f512", ""])
def test_a_subject_is_legal_whatever_it_is_about(about: str) -> None:
    """Printable ASCII, less than 100 characters: https://docs.aws.amazon.com/sns/latest/api/API_Publish.html"""
    held = replace(HELD, issue_id=about, correlation_id=about)
    notices = (
        notices_of(replace(TOLD, issue_id=about))[1],
        notice_of_stuck(hold_of(History(events=(held,)))),
        notices_of_end(exception(about), NOW)[0],
    )
    for notice in notices:
        assert isinstance(notice, ForSecurity)
        assert notice.subject.startswith("Suture: ")
        assert len(notice.subject) < 100
        assert notice.subject.isascii()
        assert notice.subject.isprintable()


def test_people_are_told_what_to_do_about_a_held_run_that_does_not_end() -> None:
    notice = notice_of_stuck(replace(hold_of(History(events=(HELD,))), releases=5))
    assert notice.subject == "Suture: a held run does not end (issue-1)"
    assert (notice.document["resource_arn"], notice.document["releases"]) == (BUCKET_ARN, 5)
    assert notice.document["next"] == "suture retry c-1, or suture end c-1"
    json.dumps(notice.document)


def test_a_summary_is_json_and_holds_no_evidence() -> None:
    summary = summary_of(replace(TOLD, evidence=replace(TOLD.evidence, error="with a secret in it", template=TEMPLATE)))
    assert (summary["correlation_id"], summary["outcome"], summary["plan"]) == ("c-1", "NOTIFY", PLAN.summary)
    assert "secret" not in json.dumps(summary)
    assert summary_of(EVENT)["plan"] == ""
    assert summary_of(EVENT)["template"] is None


def test_what_is_held_is_put_on_the_bus_with_what_it_waits_for() -> None:
    notice = notice_of_hold(HELD)
    assert (notice.detail_type, notice.document["until"]) == (HELD_TYPE, NOW.isoformat())
    assert notice.document["reason"] == Reason.OUTSIDE_CHANGE_WINDOW
    assert notice_of_hold(replace(HELD, expires_at=None)).document["until"] == ""


def test_the_end_of_an_exception_is_told_with_who_asked_and_who_approved() -> None:
    for_security, for_bus = notices_of_end(exception("EX-1"), NOW)
    assert for_security.subject == "Suture: exception EX-1 ends on 2026-11-26"
    assert (for_bus.detail_type, for_bus.at) == (EXCEPTION_TYPE, NOW)
    assert for_bus.document == for_security.document
    assert (for_bus.document["requested_by"], for_bus.document["approved_by"]) == (ALICE.arn, ALICE.arn)
    json.dumps(for_bus.document)
