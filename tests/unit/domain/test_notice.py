"""Who is told of what, and what each message says."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta

import pytest

from runtime.domain.audit import AuditEvent, EventKind, Evidence, History
from runtime.domain.command import AnnounceStop, ApprovePlan, Command, DryRun, Order, UndoChange
from runtime.domain.exceptions import ExceptionRequest, RegisteredException, Step
from runtime.domain.hold import hold_of
from runtime.domain.notice import (
    COMMAND_TYPE,
    EXCEPTION_TYPE,
    HELD_TYPE,
    REMINDER_TYPE,
    SCHEMA_VERSION,
    STUCK_TYPE,
    Audience,
    Notice,
    Sender,
)
from runtime.domain.outcome import Outcome, Reason
from runtime.domain.policy import NotificationPolicy
from runtime.domain.review import review_of
from runtime.domain.template import TemplateOwner, TemplateTool
from tests.unit.domain.cases import ACCOUNT, ACCOUNT_ID, ALICE, BUCKET_ARN, EVENT, FINDING, FIX, NOW, PLAN, POLICY

QUEUE, REVIEWERS, SECURITY, OWNER = Audience
SENDER = Sender(environment="test", policy=POLICY)
TOLD = replace(
    EVENT,
    outcome=Outcome.NOTIFY,
    reason=Reason.OWNER_MISSING,
    sentence="Nobody is known to own it.",
    issue_id="issue-1",
    account_id=ACCOUNT_ID,
    environment="production",
    resource_arn=BUCKET_ARN,
    fix_id=FIX.id,
    plan_digest=PLAN.digest,
    evidence=Evidence(
        plan=PLAN,
        owner_path=("resource tags: none", "account: none"),
        finding=FINDING,
        account=ACCOUNT,
        hazard=FIX.hazard,
    ),
)
ASKED = replace(
    TOLD,
    outcome=Outcome.APPROVE,
    reason=Reason.APPROVAL_REQUIRED,
    owner="payments",
    review_id="c-1",
    expires_at=NOW + timedelta(hours=72),
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


def sender(**notifications: object) -> Sender:
    """With contacts of owners, accounts and projects."""
    policy = replace(POLICY, notifications=NotificationPolicy(**notifications))  # type: ignore[arg-type]
    return replace(SENDER, policy=policy)


def told(event: AuditEvent) -> set[Audience]:
    """Who is told of an outcome where every owner can be reached."""
    return set(sender(accounts={event.account_id: "a@example.com"}).of_outcome(event).to)


def reminder(hours: float, event: AuditEvent = ASKED) -> Notice:
    review = review_of(History(events=(event,)))
    assert review is not None
    return SENDER.of_reminder(review, NOW + timedelta(hours=hours))


# -- who is told ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("outcome", "to"),
    [
        (Outcome.REMEDIATE, {OWNER}),
        (Outcome.APPROVED, {OWNER}),
        (Outcome.UNDO, {SECURITY, OWNER}),
        (Outcome.DRY_RUN, set()),
        (Outcome.SKIP, set()),
        (Outcome.NOTIFY, {SECURITY}),
        (Outcome.APPROVE, {QUEUE, REVIEWERS}),
        (Outcome.REJECT, {QUEUE}),
        (Outcome.FAILED, {QUEUE, REVIEWERS}),
    ],
)
def test_an_outcome_is_told_to_those_it_concerns(outcome: Outcome, to: set[Audience]) -> None:
    assert told(replace(TOLD, outcome=outcome, reason=Reason.APPROVAL_REQUIRED, expires_at=NOW)) == to


@pytest.mark.parametrize("outcome", [Outcome.REMEDIATE, Outcome.APPROVED])
def test_the_security_team_hears_of_a_fix_that_a_template_would_put_back(outcome: Outcome) -> None:
    event = replace(TOLD, outcome=outcome, evidence=Evidence(template=TEMPLATE))
    assert told(event) == {OWNER, SECURITY}
    template = {"tool": "terraform", "name": "terraform=yes", "property": "aws_x.y = true"}
    assert json.loads(SENDER.of_outcome(event).event)["template"] == template


@pytest.mark.parametrize("outcome", [Outcome.DRY_RUN, Outcome.SKIP])
def test_of_a_template_nobody_is_told_where_nothing_was_fixed(outcome: Outcome) -> None:
    assert told(replace(TOLD, outcome=outcome, evidence=Evidence(template=TEMPLATE))) == set()


@pytest.mark.parametrize("outcome", [Outcome.NOTIFY, Outcome.REJECT, Outcome.FAILED])
@pytest.mark.parametrize("command", [DryRun(target_id="c-0"), UndoChange(target_id="c-0", reason="", dry_run=True)])
def test_the_outcome_of_a_dry_run_that_somebody_asked_for_goes_to_the_bus_only(
    command: Command, outcome: Outcome
) -> None:
    evidence = Evidence(order=order(command), command_id="m-1", target_id="c-0")
    assert told(replace(TOLD, outcome=outcome, evidence=evidence)) == set()


@pytest.mark.parametrize(
    "command",
    [UndoChange(target_id="c-0", reason="", dry_run=False), ApprovePlan(review_id="c-0", digest="", reason="")],
)
def test_of_a_change_that_somebody_asked_for_and_that_failed_people_are_told(command: Command) -> None:
    evidence = Evidence(order=order(command), command_id="m-1", target_id="c-0")
    assert told(replace(TOLD, outcome=Outcome.FAILED, evidence=evidence)) == {QUEUE, REVIEWERS}


def test_of_a_finding_that_joins_a_review_nobody_is_told_again() -> None:
    assert told(replace(ASKED, review_id="c-0")) == set()


@pytest.mark.parametrize(
    ("outcome", "reason", "to"),
    [
        (Outcome.DONE, Reason.DRY_RUN_ACCEPTED, ()),
        (Outcome.DONE, Reason.STOP_ANNOUNCED, (SECURITY,)),
        (Outcome.DONE, Reason.RESUME_ANNOUNCED, (SECURITY,)),
        (Outcome.REJECT, Reason.NOTHING_RECORDED, ()),
        (Outcome.REJECT, Reason.IDENTITY_MISMATCH, (QUEUE,)),
        (Outcome.REJECT, Reason.COMMAND_INVALID, (QUEUE,)),
    ],
)
def test_a_commands_outcome_troubles_people_only_where_it_should(
    outcome: Outcome, reason: Reason, to: tuple[Audience, ...]
) -> None:
    evidence = Evidence(order=order(DryRun(target_id="c-0")))
    notice = SENDER.of_outcome(replace(EVENT, outcome=outcome, reason=reason, evidence=evidence))
    assert (notice.detail_type, notice.told.resource_arn, notice.to) == (COMMAND_TYPE, "", to)


def test_a_command_that_cannot_be_understood_has_no_order_and_is_one_nevertheless() -> None:
    notice = SENDER.of_outcome(replace(EVENT, outcome=Outcome.REJECT, reason=Reason.COMMAND_INVALID))
    assert (notice.detail_type, notice.to) == (COMMAND_TYPE, (QUEUE,))


# -- the directory of owners ------------------------------------------------------------------------------------------

CHANGED = replace(TOLD, outcome=Outcome.REMEDIATE, owner="Payments")


@pytest.mark.parametrize(
    ("directory", "contact"),
    [
        ({"owners": {"payments": "o@x.org"}, "accounts": {ACCOUNT_ID: "a@x.org"}}, "o@x.org"),
        ({"accounts": {ACCOUNT_ID: "a@x.org"}, "projects": {"payments": "p@x.org"}}, "a@x.org"),
        ({"owners": {"others": "o@x.org"}, "projects": {"payments": "p@x.org"}}, "p@x.org"),
        ({"projects": {"others": "p@x.org"}}, ""),
        ({}, ""),
    ],
)
def test_an_owner_is_found_by_their_name_then_the_account_then_the_project(
    directory: dict[str, object], contact: str
) -> None:
    notice = sender(**directory).of_outcome(CHANGED)
    assert notice.told.contact == contact
    assert (OWNER in notice.to) == bool(contact)


def test_projects_that_lead_to_several_contacts_lead_to_none() -> None:
    projects = {"payments": "p@x.org", "ledger": "l@x.org"}
    both = replace(CHANGED.evidence, finding=replace(FINDING, projects=("payments", "ledger")))
    assert sender(projects=projects).of_outcome(replace(CHANGED, evidence=both)).told.contact == ""
    assert sender(projects=dict.fromkeys(projects, "p@x.org")).of_outcome(CHANGED).told.contact == "p@x.org"


def test_of_a_change_whose_owner_cannot_be_reached_the_security_team_is_told_once_there_is_a_directory() -> None:
    assert sender(owners={"others": "o@x.org"}).of_outcome(CHANGED).to == (SECURITY,)
    assert SENDER.of_outcome(CHANGED).to == ()


# -- what a message says ----------------------------------------------------------------------------------------------


def test_a_request_for_approval_says_all_that_an_approver_has_to_know() -> None:
    links = sender(wiz_url="https://app.wiz.io", runbooks_url="https://example.com/runbooks")
    document = json.loads(links.of_outcome(ASKED).event)
    assert document["resource_arn"] == BUCKET_ARN
    assert (document["account_id"], document["account_name"]) == (ACCOUNT_ID, ACCOUNT.name)
    assert (document["environment"], document["owner"]) == ("production", "payments")
    assert document["control"] == {
        "id": FINDING.control.id,
        "name": FINDING.control.name,
        "rule_id": FINDING.control.rule_id,
        "rule_name": FINDING.control.rule_name,
    }
    assert document["severity"] == "CRITICAL"
    assert (document["plan"], document["changes"]) == (PLAN.summary, ["s3:PutBucketPolicy"])
    assert (document["hazard"], document["blast_radius"]) == (FIX.hazard, dict(PLAN.blast_radius))
    assert document["until"] == (NOW + timedelta(hours=72)).isoformat()
    assert (document["approvals"], document["approvals_needed"]) == (0, 1)
    assert document["wiz_url"] == "https://app.wiz.io/issues#~(issue~'issue-1)"
    assert (document["runbook"], document["runbook_url"]) == ("approve", "https://example.com/runbooks/approve.md")
    assert document["next_steps"] == {
        "approve": f"suture -e test approve c-1 --digest {PLAN.digest} --reason REASON",
        "deny": "suture -e test deny c-1 --reason REASON",
        "show": "suture -e test review show c-1",
    }
    assert document["schema_version"] == SCHEMA_VERSION


def test_whoever_is_told_that_nobody_owns_it_learns_where_an_owner_was_looked_for() -> None:
    document = json.loads(SENDER.of_outcome(TOLD).event)
    assert document["owner_path"] == ["resource tags: none", "account: none"]
    assert document["plan"] == PLAN.summary


def test_the_owner_of_what_was_changed_is_told_how_to_take_it_back() -> None:
    steps = SENDER.of_outcome(CHANGED).told.next_steps
    assert next(iter(steps.items())) == ("undo", "suture -e test undo c-1 --reason REASON")
    assert "undo" not in SENDER.of_outcome(replace(CHANGED, evidence=Evidence())).told.next_steps
    for_ever = replace(CHANGED.evidence, plan=replace(PLAN, undo=()))
    assert "undo" not in SENDER.of_outcome(replace(CHANGED, evidence=for_ever)).told.next_steps


@pytest.mark.parametrize(
    ("event", "step"),
    [
        (replace(TOLD, reason=Reason.DRIFT_LOOP), "clear c-1 --reason REASON"),
        (replace(TOLD, reason=Reason.UNDONE_BEFORE), "clear c-1 --reason REASON"),
        (replace(TOLD, outcome=Outcome.UNDO), "clear c-1 --reason REASON"),
        (replace(TOLD, outcome=Outcome.FAILED), "audit show --verbose c-1"),
        (replace(TOLD, correlation_id="$(id)"), "audit show --verbose '$(id)'"),
        (EVENT, "audit show --verbose c-1"),
    ],
)
def test_each_message_has_the_next_command(event: AuditEvent, step: str) -> None:
    assert next(iter(SENDER.of_outcome(event).told.next_steps.values())) == f"suture -e test {step}"


def test_whoever_hears_of_a_stop_is_told_how_to_end_it() -> None:
    stop = AnnounceStop(stop_id="s-1")
    event = replace(EVENT, outcome=Outcome.DONE, reason=Reason.STOP_ANNOUNCED, evidence=Evidence(order=order(stop)))
    assert SENDER.of_outcome(event).told.next_steps["resume"] == "suture -e test resume s-1 --reason REASON"


@pytest.mark.parametrize("issue_id", ["", "an issue", "1'~b", "../x"])
def test_what_is_no_issue_of_wizs_has_no_link(issue_id: str) -> None:
    assert SENDER.of_outcome(replace(TOLD, issue_id=issue_id)).told.wiz_url == ""


def test_a_message_holds_nothing_of_what_aws_answered() -> None:
    event = replace(TOLD, evidence=replace(TOLD.evidence, error="with a secret in it", answers=({"Secret": "secret"},)))
    assert "secret" not in SENDER.of_outcome(event).event


def test_the_headline_says_what_to_do_by_when_how_bad_it_is_where_and_to_what() -> None:
    assert SENDER.of_outcome(ASKED).told.headline == (
        "Suture APPROVE by 26 Nov 12:00 UTC: CRITICAL ledger fake-fix (payments-dev, production)"
    )
    assert SENDER.of_outcome(TOLD).told.headline == (
        "Suture NOTIFY: CRITICAL ledger OWNER_MISSING (payments-dev, production)"
    )
    assert SENDER.of_outcome(EVENT).told.headline == "Suture FAILED: c-1 INTERNAL_ERROR"
    undo = replace(ASKED, reason=Reason.UNDO_NEEDS_APPROVAL)
    assert SENDER.of_outcome(undo).told.headline.startswith("Suture APPROVE UNDO by 26 Nov 12:00 UTC: ")


# -- one ticket for each rule and owner -------------------------------------------------------------------------------


def test_findings_of_one_rule_and_owner_have_the_same_group() -> None:
    one, again = CHANGED, replace(CHANGED, correlation_id="c-2", issue_id="issue-2", owner="payments")
    other_rule = replace(FINDING.control, rule_id="S3-002")
    other = replace(CHANGED, evidence=Evidence(finding=replace(FINDING, control=other_rule)))
    groups = [SENDER.of_outcome(event).told.group_key for event in (one, again, other, replace(one, owner="ledger"))]
    assert groups[0] == groups[1]
    assert len(set(groups)) == 3


def test_findings_that_nobody_owns_are_grouped_by_their_account() -> None:
    keys = [SENDER.of_outcome(replace(TOLD, account_id=one)).told.group_key for one in ("111111111111", "222222222222")]
    assert keys[0] != keys[1]
    assert SENDER.of_outcome(EVENT).told.group_key == ""


# -- what waits, and what ends ----------------------------------------------------------------------------------------


def test_what_is_held_is_put_on_the_bus_with_what_it_waits_for() -> None:
    notice = SENDER.of_hold(HELD)
    assert (notice.detail_type, json.loads(notice.event)["until"], notice.to) == (HELD_TYPE, NOW.isoformat(), ())
    assert json.loads(notice.event)["reason"] == Reason.OUTSIDE_CHANGE_WINDOW
    assert json.loads(SENDER.of_hold(replace(HELD, expires_at=None)).event)["until"] is None


def test_people_are_told_what_to_do_about_a_held_run_that_does_not_end() -> None:
    notice = SENDER.of_stuck(replace(hold_of(History(events=(HELD,))), releases=5), NOW)
    assert (notice.detail_type, notice.to) == (STUCK_TYPE, (SECURITY,))
    assert (json.loads(notice.event)["resource_arn"], json.loads(notice.event)["releases"]) == (BUCKET_ARN, 5)
    assert json.loads(notice.event)["next_steps"] == {
        "retry": "suture -e test retry c-1 --reason REASON",
        "end": "suture -e test end c-1 --reason REASON",
    }
    assert notice.told.headline == "Suture STUCK: ledger fake-fix (222222222222, production)"


def test_the_end_of_an_exception_is_told_with_who_asked_and_who_approved() -> None:
    notice = SENDER.of_exception(exception("EX-1"), NOW)
    assert (notice.detail_type, notice.to) == (EXCEPTION_TYPE, (SECURITY,))
    assert notice.told.headline == "Suture EXCEPTION EX-1 ENDS by 26 Nov 12:00 UTC:"
    found = json.loads(notice.event)["exception"]
    assert (found["requested_by"], found["approved_by"], found["ticket"]) == (ALICE.arn, ALICE.arn, "SEC-1")
    assert json.loads(notice.event)["next_steps"] == {"show": "suture -e test exceptions show EX-1"}


# -- reminders --------------------------------------------------------------------------------------------------------


def test_reviewers_are_reminded_with_all_that_they_were_told() -> None:
    notice, asked = reminder(36), SENDER.of_outcome(ASKED)
    assert (notice.detail_type, notice.to) == (REMINDER_TYPE, (REVIEWERS,))
    assert notice.told.headline.startswith("Suture REMINDER by 26 Nov 12:00 UTC: CRITICAL")
    changed = {name for name, value in json.loads(notice.event).items() if value != json.loads(asked.event)[name]}
    assert changed == {"at", "headline"}


def test_the_last_time_the_security_team_is_told_too() -> None:
    notice = reminder(48)
    assert notice.to == (REVIEWERS, SECURITY)
    assert notice.told.headline.startswith("Suture LAST REMINDER by")
