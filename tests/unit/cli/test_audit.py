"""``suture audit``: which events are found, in which order, and what is shown of them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from botocore.client import BaseClient

from runtime.aws.audit_trail import AuditTrail
from runtime.domain.audit import ApiCall, AuditEvent, EventKind, Evidence, SessionRecord
from runtime.domain.decision import Check
from runtime.domain.outcome import Outcome, Reason
from runtime.domain.plan import Change, Plan
from tests.unit.cli.command import suture, suture_json
from tests.unit.cli.conftest import AUDIT

MARCH_14 = datetime(2026, 3, 14, 8, 0, tzinfo=UTC)
BUCKET = "arn:aws:s3:::acme-invoices"

PLAN = Plan(
    fix_id="s3-block-public-access",
    resource_arn=BUCKET,
    summary="Turn on everything for acme-invoices.",
    before={"configuration": None},
    changes=(Change(service="s3", operation="PutPublicAccessBlock", parameters={"Bucket": "acme-invoices"}),),
    undo=(Change(service="s3", operation="DeletePublicAccessBlock", parameters={"Bucket": "acme-invoices"}),),
)

SESSION = SessionRecord(
    role_arn="arn:aws:iam::111122223333:role/suture-remediation",
    session_name="suture-issue-1",
    source_identity="suture-run-1",
    tags={"suture:finding": "issue-1"},
    policy='{"Version":"2012-10-17"}',
    calls=(ApiCall(service="s3", operation="GetPublicAccessBlock", request_id="REQUEST0000000001"),),
)


def _event(correlation_id: str, at: datetime = MARCH_14, **changes: object) -> AuditEvent:
    event = AuditEvent(
        correlation_id=correlation_id,
        kind=EventKind.OUTCOME,
        at=at,
        outcome=Outcome.REMEDIATE,
        reason=Reason.ELIGIBLE,
        sentence="Every check passed.",
        actor="suture-test",
        code_version="abc",
        catalog_version="1",
        issue_id="issue-1",
        account_id="111122223333",
        resource_arn=BUCKET,
        fix_id="s3-block-public-access",
    )
    return replace(event, **changes)  # type: ignore[arg-type]


@pytest.fixture
def trail(dynamodb: BaseClient) -> AuditTrail:
    return AuditTrail(client=dynamodb, table=AUDIT)


def _listed(*options: object) -> list[str]:
    return [event["correlation_id"] for event in suture_json("-e", "test", "audit", "list", *options)]


def test_by_default_it_is_today(trail: AuditTrail) -> None:
    now = datetime.now(UTC)
    trail.append(_event("today", now))
    trail.append(_event("earlier", now - timedelta(days=2)))
    assert _listed() == ["today"]


def test_the_newest_come_first_and_no_more_than_asked_for(trail: AuditTrail) -> None:
    for hour in (3, 1, 2):
        trail.append(_event(f"at-{hour}", MARCH_14.replace(hour=hour)))
    assert _listed("--day", "2026-03-14") == ["at-3", "at-2", "at-1"]
    assert _listed("--day", "2026-03-14", "--limit", "2") == ["at-3", "at-2"]
    result = suture("-e", "test", "audit", "list", "--day", "2026-03-14", "--limit", "2")
    assert "--limit" in result.stderr


@pytest.mark.parametrize(
    ("options", "different"),
    [
        (("--outcome", "failed"), {"outcome": Outcome.FAILED}),
        (("--account", "444455556666"), {"account_id": "444455556666"}),
        (("--fix", "kms-key-rotation"), {"fix_id": "kms-key-rotation"}),
        (("--issue", "issue-2"), {"issue_id": "issue-2"}),
    ],
    ids=["outcome", "account", "fix", "issue"],
)
def test_it_is_found_by_its(trail: AuditTrail, options: tuple[str, ...], different: dict[str, object]) -> None:
    trail.append(_event("other", MARCH_14))
    trail.append(_event("first", MARCH_14, **different))
    trail.append(_event("second", MARCH_14 + timedelta(days=1), **different))
    assert _listed(*options) == ["second", "first"]
    assert _listed(*options, "--day", "2026-03-14") == ["first"]
    assert _listed(*options, "--since", "2026-03-15") == ["second"]
    assert _listed("--since", "2026-03-14T08:00:01Z", *options) == ["second"]


def test_filters_narrow_each_other_down(trail: AuditTrail) -> None:
    trail.append(_event("both", outcome=Outcome.FAILED))
    trail.append(_event("account only"))
    trail.append(_event("outcome only", outcome=Outcome.FAILED, account_id="444455556666"))
    assert _listed("--account", "111122223333", "--outcome", "FAILED") == ["both"]


def test_a_limit_counts_only_what_the_filters_leave(trail: AuditTrail) -> None:
    trail.append(_event("wanted", MARCH_14, outcome=Outcome.FAILED))
    for minute in range(1, 4):
        trail.append(_event(f"newer-{minute}", MARCH_14.replace(minute=minute)))
    assert _listed("--account", "111122223333", "--outcome", "FAILED", "--limit", "1") == ["wanted"]


def test_since_goes_through_every_day_until_today(trail: AuditTrail) -> None:
    now = datetime.now(UTC)
    for days in (0, 1, 3, 6):
        trail.append(_event(f"{days} days ago", now - timedelta(days=days)))
    since = (now - timedelta(days=4)).date()
    assert _listed("--since", since) == ["0 days ago", "1 days ago", "3 days ago"]


def test_a_time_since_is_in_utc_where_it_has_no_zone(trail: AuditTrail) -> None:
    trail.append(_event("at eight", MARCH_14))
    assert _listed("--issue", "issue-1", "--since", "2026-03-14T08:00:00") == ["at eight"]
    assert _listed("--issue", "issue-1", "--since", "2026-03-14T08:00:00-01:00") == []


def test_an_issue_is_listed_with_what_was_only_announced(trail: AuditTrail) -> None:
    trail.append(_event("run-1", kind=EventKind.INTENT))
    listed = suture_json("-e", "test", "audit", "list", "--issue", "issue-1")
    assert [event["kind"] for event in listed] == ["INTENT"]
    assert "INTENT: REMEDIATE" in suture("-e", "test", "audit", "list", "--issue", "issue-1").stdout


def test_an_empty_list_is_an_answer(trail: AuditTrail) -> None:
    assert suture_json("-e", "test", "audit", "list") == []
    result = suture("-e", "test", "audit", "list", "--issue", "nothing")
    assert result.exit_code == 0
    assert result.stdout == ""
    assert "Nothing is recorded" in result.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--day", "14.3.2026"), "'14.3.2026' is not a day"),
        (("--since", "yesterday"), "'yesterday' is neither a day nor a time"),
        (("--day", "2026-03-14", "--since", "2026-03-14"), "exclude each other"),
        (("--account", "acme"), "--account 'acme' is not an AWS account id: 12 digits"),
        (("--outcome", "FIXED"), "'FIXED' is not one of 'remediate', 'approve'"),
        (("--limit", "0"), "--limit"),
        (("--since", "2020-01-01"), "add --account, --fix, --outcome or --issue"),
    ],
    ids=" ".join,
)
def test_a_value_that_cannot_be_used_is_refused(options: tuple[str, ...], said: str) -> None:
    result = suture("-e", "test", "audit", "list", *options)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert said in " ".join(result.stderr.split())


def _append_whole_run(trail: AuditTrail) -> None:
    intent = Evidence(
        checks=(Check(name="issue-open", expected="OPEN", found="OPEN", passed=True),), plan=PLAN, sessions=(SESSION,)
    )
    written = replace(
        SESSION, calls=(ApiCall(service="s3", operation="PutPublicAccessBlock", request_id="REQUEST0000000002"),)
    )
    whole = replace(intent, after={"configuration": "on"}, sessions=(SESSION, written))
    trail.append(_event("run-1", kind=EventKind.INTENT, evidence=intent))
    trail.append(_event("run-1", MARCH_14 + timedelta(seconds=2), kind=EventKind.PENDING, attempt=1, evidence=whole))
    trail.append(_event("run-1", MARCH_14 + timedelta(seconds=3), evidence=whole))


def test_a_finding_is_shown_event_by_event(trail: AuditTrail) -> None:
    _append_whole_run(trail)
    (run,) = suture_json("-e", "test", "audit", "show", "run-1")["runs"]
    assert run["correlation_id"] == "run-1"
    assert [event["kind"] for event in run["events"]] == ["INTENT", "PENDING", "OUTCOME"]
    assert run["events"][0]["evidence"]["plan"]["summary"] == PLAN.summary
    assert run["events"][2]["evidence"]["sessions"][1]["calls"][0]["request_id"] == "REQUEST0000000002"


def test_people_see_the_evidence_of_a_finding_once_and_in_order(trail: AuditTrail) -> None:
    _append_whole_run(trail)
    shown = suture("-e", "test", "audit", "show", "run-1").stdout
    parts = (
        "Finding run-1",
        "INTENT at 2026-03-14 08:00:00",
        "issue-open",
        "Turn on everything for acme-invoices.",
        '{"configuration": null}',
        PLAN.digest,
        "s3:DeletePublicAccessBlock",
        "suture-run-1",
        "REQUEST0000000001",
        "PENDING, look 1 at 2026-03-14 08:00:02",
        '{"configuration": "on"}',
        "REQUEST0000000002",
        "OUTCOME at 2026-03-14 08:00:03",
    )
    places = [shown.index(part) for part in parts]
    assert places == sorted(places)
    for once in ("REQUEST0000000001", PLAN.digest, "issue-open"):
        assert shown.count(once) == 1


def test_an_issue_is_shown_with_every_run_and_the_oldest_first(trail: AuditTrail) -> None:
    trail.append(_event("b", MARCH_14, kind=EventKind.INTENT))
    trail.append(_event("a", MARCH_14 + timedelta(hours=1)))
    trail.append(_event("b", MARCH_14 + timedelta(hours=2)))
    trail.append(_event("c", MARCH_14, issue_id="issue-2"))
    runs = suture_json("-e", "test", "audit", "show", "issue-1")["runs"]
    assert [(run["correlation_id"], [event["kind"] for event in run["events"]]) for run in runs] == [
        ("b", ["INTENT", "OUTCOME"]),
        ("a", ["OUTCOME"]),
    ]


def test_nothing_under_an_id_is_a_no(trail: AuditTrail) -> None:
    result = suture("-e", "test", "audit", "show", "nothing", "--json")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "Nothing is recorded under 'nothing' in suture-test-audit" in result.stderr


def test_a_record_of_another_form_is_named_and_not_guessed_at(dynamodb: BaseClient) -> None:
    item = {"correlation_id": "old", "sequence": "3-OUTCOME", "document": json.dumps({"kind": "OUTCOME"})}
    dynamodb.put_item(TableName=AUDIT, Item={name: {"S": value} for name, value in item.items()})
    result = suture("-e", "test", "audit", "show", "old")
    assert result.exit_code == 3
    assert result.stdout == ""
    assert "old/3-OUTCOME cannot be read" in result.stderr
