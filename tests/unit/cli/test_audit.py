"""``suture audit``: which events are found, in which order, and what is shown of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from botocore.client import BaseClient

from cli.audit_reader import AuditReader
from cli.rows import Wanted
from runtime.application.ports import Key, Partition, Put, Store, Stored
from runtime.aws.store import DynamoStore
from runtime.domain.audit import ApiCall, AuditEvent, EventKind, Evidence, SessionRecord
from runtime.domain.case import Check
from runtime.domain.command import ApprovePlan, Command, DenyPlan, Order, UndoChange
from runtime.domain.facts import Approval, Vote
from runtime.domain.fix import PermissionUse
from runtime.domain.guardrails import Guardrails, Past, PastKind, Stop, StopScope, UsageScope
from runtime.domain.outcome import Outcome, Reason
from runtime.domain.plan import Change, Plan
from runtime.domain.principal import Principal
from runtime.domain.template import TemplateOwner, TemplateTool
from runtime.items.trail import run_partition
from tests.flow.world import in_order
from tests.memory.calls import Watched
from tests.memory.store import MemoryStore
from tests.unit.cli.command import suture, suture_json
from tests.unit.cli.live_platform import AUDIT, Trail

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
    role_arn="arn:aws:iam::111122223333:role/suture-remediation-s3",
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


def _listed(*options: object) -> list[str]:
    return [event["correlation_id"] for event in suture_json("-e", "test", "audit", "list", *options)]


def test_by_default_it_is_today(trail: Trail) -> None:
    now = datetime.now(UTC)
    trail.append(_event("today", now))
    trail.append(_event("earlier", now - timedelta(days=2)))
    assert _listed() == ["today"]


def test_the_newest_come_first_and_no_more_than_asked_for(trail: Trail) -> None:
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
def test_it_is_found_by_its(trail: Trail, options: tuple[str, ...], different: dict[str, object]) -> None:
    trail.append(_event("other", MARCH_14))
    trail.append(_event("first", MARCH_14, **different))
    trail.append(_event("second", MARCH_14 + timedelta(days=1), **different))
    assert _listed(*options) == ["second", "first"]
    assert _listed(*options, "--day", "2026-03-14") == ["first"]
    assert _listed(*options, "--since", "2026-03-15") == ["second"]
    assert _listed("--since", "2026-03-14T08:00:01Z", *options) == ["second"]


def test_filters_narrow_each_other_down(trail: Trail) -> None:
    trail.append(_event("both", outcome=Outcome.FAILED))
    trail.append(_event("account only"))
    trail.append(_event("outcome only", outcome=Outcome.FAILED, account_id="444455556666"))
    assert _listed("--account", "111122223333", "--outcome", "FAILED") == ["both"]


def test_a_limit_counts_only_what_the_filters_leave(trail: Trail) -> None:
    trail.append(_event("wanted", MARCH_14, outcome=Outcome.FAILED))
    for minute in range(1, 4):
        trail.append(_event(f"newer-{minute}", MARCH_14.replace(minute=minute)))
    assert _listed("--account", "111122223333", "--outcome", "FAILED", "--limit", "1") == ["wanted"]


def test_a_list_is_read_from_what_the_index_shows_and_its_json_from_the_documents(trail: Trail, store: Store) -> None:
    trail.append(_event("run-1"))
    ((key, item),) = store.find(run_partition("run-1"))
    store.commit([Put(key, {**item, "document": b"unreadable"})])
    listed = suture("-e", "test", "audit", "list", "--account", "111122223333")
    assert listed.exit_code == 0
    for part in ("2026-03-14 08:00:00", "REMEDIATE", "ELIGIBLE", "111122223333", BUCKET, PLAN.fix_id, "run-1"):
        assert part in listed.stdout
    assert suture("-e", "test", "audit", "list", "--account", "111122223333", "--json").exit_code == 3


def test_no_more_documents_are_read_than_are_shown(trail: Trail, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[Key] = []
    for minute in range(3):
        trail.append(_event(f"run-{minute}", MARCH_14.replace(minute=minute)))

    def note(self: DynamoStore, items: Sequence[Key] = (), partitions: Sequence[Partition] = ()) -> Stored:
        read.extend(items)
        return reading(self, items, partitions)

    reading = DynamoStore.read
    monkeypatch.setattr(DynamoStore, "read", note)
    assert _listed("--day", "2026-03-14", "--limit", "2") == ["run-2", "run-1"]
    assert [key.partition for key in read] == ["run-2", "run-1"]


def test_since_goes_through_every_day_until_today(trail: Trail) -> None:
    now = datetime.now(UTC)
    for days in (0, 1, 3, 6):
        trail.append(_event(f"{days} days ago", now - timedelta(days=days)))
    since = (now - timedelta(days=4)).date()
    assert _listed("--since", since) == ["0 days ago", "1 days ago", "3 days ago"]


class Noting:
    """A client of a table without items. ``asked`` has the key of each query."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.times: list[tuple[str, str]] = []

    def get_paginator(self, operation: str) -> Noting:
        return self

    def paginate(self, **query: Any) -> list[Any]:
        values = {name: value["S"] for name, value in query["ExpressionAttributeValues"].items()}
        self.asked.append(values[":key"])
        self.times.append((values[":since"], values[":until"]))
        return []


@pytest.mark.parametrize(
    ("today", "asked"),
    [
        (date(2026, 11, 25), ["2026-03-16", "2026-03-15", "2026-03-14"]),
        (date(2026, 3, 15), ["2026-03-15", "2026-03-14"]),
    ],
)
def test_only_the_days_and_the_rows_between_two_times_are_asked_for(today: date, asked: list[str]) -> None:
    client = Noting()
    wanted = Wanted(since=MARCH_14, until=MARCH_14 + timedelta(days=2))
    assert (
        list(
            AuditReader(client=client, table=AUDIT, store=MemoryStore(Watched(), in_order)).find_events(
                wanted, today=today
            )
        )
        == []
    )
    assert client.asked == asked
    times = (MARCH_14.isoformat(), (MARCH_14 + timedelta(days=2)).isoformat())
    assert {*client.times} == {times}, "of a day, rows of other times are not read"


def test_a_time_since_is_in_utc_where_it_has_no_zone(trail: Trail) -> None:
    trail.append(_event("at eight", MARCH_14))
    assert _listed("--issue", "issue-1", "--since", "2026-03-14T08:00:00") == ["at eight"]
    assert _listed("--issue", "issue-1", "--since", "2026-03-14T08:00:00-01:00") == []


def test_an_issue_is_listed_with_what_was_only_announced(trail: Trail) -> None:
    trail.append(_event("run-1", kind=EventKind.INTENT))
    listed = suture_json("-e", "test", "audit", "list", "--issue", "issue-1")
    assert [event["kind"] for event in listed] == ["INTENT"]
    assert "INTENT: REMEDIATE" in suture("-e", "test", "audit", "list", "--issue", "issue-1").stdout


def test_an_empty_list_is_an_answer(trail: Trail) -> None:
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
        (("--day", "2026-03-14", "--since", "2026-03-14"), "mutually exclusive"),
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


def _append_whole_run(trail: Trail) -> None:
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


def test_a_finding_is_shown_event_by_event(trail: Trail) -> None:
    _append_whole_run(trail)
    (run,) = suture_json("-e", "test", "audit", "show", "run-1")["runs"]
    assert run["correlation_id"] == "run-1"
    assert [event["kind"] for event in run["events"]] == ["INTENT", "PENDING", "OUTCOME"]
    assert run["events"][0]["evidence"]["plan"]["summary"] == PLAN.summary
    assert run["events"][2]["evidence"]["sessions"][1]["calls"][0]["request_id"] == "REQUEST0000000002"


def test_people_see_the_evidence_of_a_finding_once_and_in_order(trail: Trail) -> None:
    _append_whole_run(trail)
    shown = _shown("run-1")
    parts = (
        "INTENT at 2026-03-14 08:00:00",
        "issue-open",
        "Turn on everything for acme-invoices.",
        PLAN.digest,
        "State before",
        "configuration  null",
        "s3:DeletePublicAccessBlock",
        "suture-run-1",
        "REQUEST0000000001",
        "PENDING, look 1 at 2026-03-14 08:00:02",
        'configuration  "on"',
        "REQUEST0000000002",
        "OUTCOME at 2026-03-14 08:00:03",
    )
    places = [shown.index(part) for part in parts]
    assert places == sorted(places)
    for once in ("REQUEST0000000001", PLAN.digest, "issue-open"):
        assert shown.count(once) == 1


def test_the_answer_comes_first_with_what_changed_and_the_next_step_and_nothing_more(trail: Trail) -> None:
    _append_whole_run(trail)
    shown = _answer("run-1")
    _in_order(
        shown,
        "Run run-1",
        "REMEDIATE, ELIGIBLE",
        "Every check passed.",
        BUCKET,
        "Changed",
        '~ configuration = null -> "on"',
        "suture undo run-1 --reason TEXT",
    )
    for more in ("REQUEST", "issue-open", "INTENT", PLAN.digest):
        assert more not in shown
    assert "--verbose" in suture("-e", "test", "audit", "show", "run-1").stderr
    assert _answer("run-1", "--verbose").startswith(shown)


def test_what_failed_is_shown_with_what_was_expected(trail: Trail) -> None:
    checks = (
        Check(name="issue-open", expected="OPEN", found="OPEN", passed=True),
        Check(name="owner-found", expected="an owner", found="no tag, no account, no project", passed=False),
    )
    evidence = Evidence(checks=checks)
    trail.append(_event("run-1", outcome=Outcome.NOTIFY, reason=Reason.OWNER_MISSING, evidence=evidence))
    shown = _answer("run-1")
    _in_order(shown, "NOTIFY, OWNER_MISSING", "Failed check: owner-found", "an owner", "no tag, no account, no project")
    assert "issue-open" not in shown


@pytest.mark.parametrize(
    ("changes", "commands"),
    [
        ({"outcome": Outcome.APPROVE, "expires_at": MARCH_14}, ("review show", "approve", "deny")),
        ({"outcome": Outcome.APPROVED}, ("undo",)),
        ({"outcome": Outcome.UNDO}, ("clear",)),
        ({"outcome": Outcome.NOTIFY, "reason": Reason.DRIFT_LOOP}, ("clear",)),
        ({"outcome": Outcome.NOTIFY, "reason": Reason.OWNER_MISSING}, ()),
        ({"outcome": Outcome.FAILED}, ("dry-run",)),
        ({"kind": EventKind.HELD, "attempt": 1}, ("status", "retry", "end")),
        ({"outcome": Outcome.SKIP, "reason": Reason.EXCEPTION_APPROVED, "waiver_id": "EX-1"}, ("exceptions show",)),
        ({"outcome": Outcome.SKIP, "reason": Reason.ALREADY_COMPLIANT}, ()),
    ],
)
def test_the_next_steps_are_the_commands_that_there_are(
    trail: Trail, changes: dict[str, Any], commands: tuple[str, ...]
) -> None:
    trail.append(_event("run-1", evidence=Evidence(plan=PLAN, after={"configuration": "on"}), **changes))
    shown = _answer("run-1").partition("Next steps")[2]
    assert [
        line.strip().startswith(f"suture {command}")
        for line, command in zip(filter(None, shown.splitlines()), commands, strict=True)
    ] == [True] * len(commands)


def test_a_plan_that_waits_shows_its_calls(trail: Trail) -> None:
    evidence = Evidence(plan=PLAN)
    trail.append(_event("run-1", outcome=Outcome.APPROVE, expires_at=MARCH_14, evidence=evidence))
    _in_order(_answer("run-1"), f"Plan: {PLAN.summary}", "s3:PutPublicAccessBlock", '{"Bucket": "acme-invoices"}')


def test_an_issue_is_shown_with_every_run_and_the_oldest_first(trail: Trail) -> None:
    trail.append(_event("b", MARCH_14, kind=EventKind.INTENT))
    trail.append(_event("a", MARCH_14 + timedelta(hours=1)))
    trail.append(_event("b", MARCH_14 + timedelta(hours=2)))
    trail.append(_event("c", MARCH_14, issue_id="issue-2"))
    runs = suture_json("-e", "test", "audit", "show", "issue-1")["runs"]
    assert [(run["correlation_id"], [event["kind"] for event in run["events"]]) for run in runs] == [
        ("b", ["INTENT", "OUTCOME"]),
        ("a", ["OUTCOME"]),
    ]


# -- what people commanded, and what stood in the way -----------------------------------------------------------------

ALEX, KIM = (
    Principal(arn=f"arn:aws:sts::111111111111:assumed-role/approver/{name}", user_id=f"AROAAPPROVER:{name}")
    for name in ("alex", "kim")
)
STOP = Stop(
    id="stop-1", scope=StopScope.FIX, value=PLAN.fix_id, reason="downloads broke", stopped_by=ALEX.arn, at=MARCH_14
)
UNTIL = datetime(2026, 3, 17, 8, 0, tzinfo=UTC)
VOTE = Vote(principal=KIM, reason="agreed with payments", at=MARCH_14)
APPROVAL = Approval(review_id="run-1", plan=PLAN, votes=(VOTE,), expires_at=UNTIL)


def _ordered(command: Command, by: Principal = ALEX) -> Evidence:
    return Evidence(order=Order(command=command, principal=by), command_id="command-1")


def _shown(run: str) -> str:
    """The record that `--verbose` shows below the answer."""
    result = suture("-e", "test", "audit", "show", run, "--verbose")
    assert result.exit_code == 0, result.output
    return result.stdout.partition("\nRecord\n")[2]


def _answer(run: str, *options: str) -> str:
    result = suture("-e", "test", "audit", "show", run, *options)
    assert result.exit_code == 0, result.output
    return result.stdout


def _in_order(shown: str, *parts: str) -> None:
    places = [shown.index(part) for part in parts]
    assert places == sorted(places), list(zip(parts, places, strict=True))


def test_a_run_that_waits_shows_what_for_and_until_when(trail: Trail) -> None:
    usage = {UsageScope.EVERYTHING: 7, UsageScope.ACCOUNT: 5, UsageScope.FIX: 0}
    past = Past(kind=PastKind.APPLIED, fix_id=PLAN.fix_id, correlation_id="run-0", at=MARCH_14)
    evidence = Evidence(guardrails=Guardrails(stops=(STOP,), past=(past,), usage=usage), plan=PLAN)
    held = _event("run-1", kind=EventKind.HELD, reason=Reason.STOPPED, sentence="alex stopped it.", evidence=evidence)
    trail.append(replace(held, attempt=1))
    again = replace(held, attempt=2, reason=Reason.OUTSIDE_CHANGE_WINDOW, expires_at=UNTIL)
    trail.append(replace(again, at=MARCH_14 + timedelta(hours=1)))
    shown = _shown("run-1")
    _in_order(
        shown,
        "HELD, time 1 at 2026-03-14 08:00:00",
        "REMEDIATE: STOPPED",
        "Writes within the hour before",
        "everything  7",
        "fix         0",
        "Stops in effect",
        "stop-1",
        "fix s3-block-public-access",
        "downloads broke",
        "Earlier changes to the resource",
        "run-0",
        "HELD, time 2 at 2026-03-14 09:00:00",
        "REMEDIATE: OUTSIDE_CHANGE_WINDOW",
        "2026-03-17 08:00:00",
    )
    assert "waits until" in shown
    assert shown.count("stop-1") == 1
    listed = suture("-e", "test", "audit", "list", "--issue", "issue-1").stdout
    assert "HELD: REMEDIATE" in listed


def test_a_review_shows_until_when_who_approved_and_how_it_ended(trail: Trail) -> None:
    permissions = (PermissionUse(session="write", action="s3:PutBucketPublicAccessBlock", resource=BUCKET),)
    evidence = Evidence(plan=PLAN, permissions=permissions)
    trail.append(_event("run-1", outcome=Outcome.APPROVE, expires_at=UNTIL, evidence=evidence))
    approve = _ordered(ApprovePlan(review_id="run-1", digest=PLAN.digest, reason="agreed with payments"))
    vote = _event("run-1", kind=EventKind.APPROVAL, outcome=Outcome.DONE, reason=Reason.APPROVAL_COUNTED)
    trail.append(replace(vote, at=MARCH_14 + timedelta(hours=1), evidence=approve))
    deny = _ordered(DenyPlan(review_id="run-1", reason="not during the audit"), KIM)
    verdict = replace(vote, kind=EventKind.VERDICT, reason=Reason.REVIEW_DENIED, evidence=deny)
    trail.append(replace(verdict, at=MARCH_14 + timedelta(hours=2)))
    shown = _shown("run-1")
    _in_order(
        shown,
        "OUTCOME at 2026-03-14 08:00:00",
        "may be approved until",
        "2026-03-17 08:00:00",
        "Permissions that it would use",
        "s3:PutBucketPublicAccessBlock",
        "APPROVAL at 2026-03-14 09:00:00",
        "DONE: APPROVAL_COUNTED",
        "command-1",
        "Command: ApprovePlan",
        ALEX.arn,
        "agreed with payments",
        "VERDICT at 2026-03-14 10:00:00",
        "DONE: REVIEW_DENIED",
        "Command: DenyPlan",
        KIM.arn,
        "not during the audit",
    )


def test_a_run_that_people_approved_shows_whose_word_it_was(trail: Trail) -> None:
    evidence = Evidence(plan=PLAN, observed=PLAN.before, approval=APPROVAL, target_id="run-1")
    trail.append(_event("run-2", outcome=Outcome.APPROVED, reason=Reason.PLAN_APPROVED, evidence=evidence))
    shown = _shown("run-2")
    assert shown.count("configuration  null") == 1, "as the plan's"
    _in_order(
        shown,
        "APPROVED: PLAN_APPROVED",
        "about",
        "run-1",
        "Approval of the plan of run-1, until 2026-03-17 08:00:00Z",
        KIM.arn,
        "agreed with payments",
        PLAN.digest,
    )


def test_an_undo_that_was_stopped_shows_the_state_that_it_expected_and_the_one_that_it_found(
    trail: Trail,
) -> None:
    evidence = replace(
        _ordered(UndoChange(target_id="run-1", reason="too early", dry_run=False)),
        target_id="run-1",
        plan=PLAN,
        expected={"configuration": "on"},
        after={"configuration": "half"},
    )
    trail.append(_event("undo-1", outcome=Outcome.FAILED, reason=Reason.STALE_STATE, evidence=evidence))
    _in_order(
        _shown("undo-1"),
        "FAILED: STALE_STATE",
        "Command: UndoChange",
        "too early",
        "State expected",
        'configuration  "on"',
        "State found instead",
        'configuration  "half"',
    )


def test_a_resource_that_nothing_was_planned_for_shows_its_state_and_its_template(trail: Trail) -> None:
    template = TemplateOwner(tool=TemplateTool.CDK, name="acme-stack", property="set blockPublicAccess of Bucket")
    evidence = Evidence(observed={"configuration": "odd"}, template=template)
    trail.append(_event("run-1", outcome=Outcome.NOTIFY, reason=Reason.FIX_REFUSED, evidence=evidence))
    _in_order(_shown("run-1"), "acme-stack", "set blockPublicAccess of Bucket", 'configuration  "odd"')


@pytest.mark.parametrize("outcome", [Outcome.APPROVED, Outcome.UNDO, Outcome.DONE])
def test_what_came_of_commands_is_listed_by_its_outcome(trail: Trail, outcome: Outcome) -> None:
    trail.append(_event("other"))
    trail.append(_event("wanted", outcome=outcome, account_id="", fix_id="", resource_arn=""))
    assert _listed("--outcome", outcome) == ["wanted"]


# -- what cannot be shown ---------------------------------------------------------------------------------------------


def test_nothing_under_an_id_is_a_no(trail: Trail) -> None:
    result = suture("-e", "test", "audit", "show", "nothing", "--json")
    assert result.exit_code == 1
    assert result.stdout == ""
    assert "The run 'nothing' in suture-test-audit does not exist" in result.stderr


def test_a_record_of_another_form_is_named_and_not_guessed_at(dynamodb: BaseClient) -> None:
    item = {"correlation_id": "old", "sequence": "3-OUTCOME", "document": json.dumps({"kind": "OUTCOME"})}
    dynamodb.put_item(TableName=AUDIT, Item={name: {"S": value} for name, value in item.items()})
    result = suture("-e", "test", "audit", "show", "old")
    assert result.exit_code == 3
    assert result.stdout == ""
    assert "old/3-OUTCOME cannot be read" in result.stderr
