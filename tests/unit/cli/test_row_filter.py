"""By what rows of the audit trail are chosen, what is read for it, and the forms in which other tools get them."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cli.export import row_to_ocsf
from cli.rows import Row, Wanted, account_in
from runtime.domain.audit import AuditEvent, EventKind
from runtime.domain.outcome import Outcome, Reason
from tests.unit.cli.command import operate, operate_json
from tests.unit.cli.live_platform import Trail

MARCH_14 = datetime(2026, 3, 14, 8, 0, tzinfo=UTC)
BUCKET = "arn:aws:s3:::acme-invoices"
KEY = "arn:aws:kms:eu-west-1:111122223333:key/1234"
SINCE = ("--since", "2026-03-14")


def _event(correlation_id: str, **changes: object) -> AuditEvent:
    event = AuditEvent(
        correlation_id=correlation_id,
        kind=EventKind.OUTCOME,
        at=MARCH_14,
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
        environment="dev",
        owner="payments@example.com",
    )
    return replace(event, **changes)  # type: ignore[arg-type]


def _ids(*options: object) -> list[str]:
    return [event["correlation_id"] for event in operate_json("audit", "list", *options)]


@pytest.mark.parametrize(
    ("options", "different"),
    [
        (("--resource", KEY), {"resource_arn": KEY}),
        (("--resource", "1234"), {"resource_arn": KEY}),
        (("--resource", "arn:aws:kms:*"), {"resource_arn": KEY}),
        (("--owner", "web@example.com"), {"owner": "web@example.com"}),
        (("--environment", "production"), {"environment": "production"}),
        (("--reason", "drift_loop"), {"reason": Reason.DRIFT_LOOP}),
    ],
    ids=" ".join,
)
def test_it_is_found_by_what_no_index_has(trail: Trail, options: tuple[str, ...], different: dict[str, object]) -> None:
    trail.append(_event("other"))
    trail.append(_event("wanted", **different))
    assert _ids(*SINCE, *options) == ["wanted"]
    assert _ids("--account", "111122223333", *options) == ["wanted"]


def test_an_arns_account_is_looked_up_by_its_index_whenever_it_was(trail: Trail) -> None:
    trail.append(_event("wanted", resource_arn=KEY, at=MARCH_14 - timedelta(days=800)))
    assert _ids("--resource", KEY) == ["wanted"]
    assert account_in(BUCKET) == account_in("1234") == account_in("arn:aws:kms:*") == ""


def test_without_an_index_and_a_time_it_is_today_and_says_so(trail: Trail) -> None:
    trail.append(_event("wanted"))
    result = operate("audit", "list", "--owner", "payments@example.com")
    assert (result.exit_code, result.stdout) == (0, "")
    assert "Nothing today. --since DAY looks further back." in result.stderr
    far = operate("audit", "list", "--owner", "x", "--since", "2020-01-01")
    assert far.exit_code == 2
    assert "add --account, --fix, --outcome or --issue" in far.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--reason", "OWNER_MISING"), "--reason 'OWNER_MISING' is unknown. Did you mean OWNER_MISSING?"),
        (("--environment", "prodction"), "--environment 'prodction' is unknown. Did you mean production"),
    ],
)
def test_what_there_is_not_is_refused_with_the_nearest(trail: Trail, options: tuple[str, ...], said: str) -> None:
    trail.append(_event("run-1"))
    for command in (("list",), ("list", "--json"), ("export", "--format", "csv")):
        result = operate("audit", *command, *SINCE, *options)
        assert (result.exit_code, result.stdout) == (2, "")
        assert said in result.stderr


def test_a_star_is_the_only_character_that_stands_for_others() -> None:
    row = _row(resource_arn="arn:aws:s3:::a[b]?c")
    assert Wanted(resource="arn:*a[b]?c").includes(row)
    assert not Wanted(resource="arn:*a[b]xc").includes(row)
    assert not Wanted(resource="?c").includes(row)


# -- export -----------------------------------------------------------------------------------------------------------


def _row(**changes: Any) -> Row:
    row = Row(
        at=MARCH_14,
        kind="OUTCOME",
        outcome="REMEDIATE",
        reason="ELIGIBLE",
        issue_id="issue-1",
        account_id="111122223333",
        resource_arn=KEY,
        fix_id="kms-key-rotation",
        environment="dev",
        owner="payments@example.com",
        correlation_id="run-1",
    )
    return replace(row, **changes)


def test_csv_has_every_row_of_the_time_and_no_formula(trail: Trail) -> None:
    trail.append(_event("inside", owner="=HYPERLINK(1)"))
    trail.append(_event("after", at=MARCH_14 + timedelta(days=1)))
    result = operate("audit", "export", "--format", "csv", *SINCE, "--until", "2026-03-14")
    assert result.exit_code == 0
    (row,) = csv.DictReader(io.StringIO(result.stdout))
    assert next(iter(row)) == "correlation_id"
    assert (row["correlation_id"], row["at"]) == ("inside", MARCH_14.isoformat())
    assert row["owner"] == "'=HYPERLINK(1)"


def test_nothing_to_export_is_said_aside(trail: Trail) -> None:
    result = operate("audit", "export", "--format", "ocsf", *SINCE)
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "Nothing is recorded for this.\n"


def test_ocsf_is_one_event_a_line_of_the_class_remediation_activity(trail: Trail) -> None:
    trail.append(_event("run-1"))
    trail.append(_event("run-2", outcome=Outcome.FAILED, reason=Reason.ACCESS_DENIED))
    result = operate("audit", "export", "--format", "ocsf", *SINCE)
    events = {event["command_uid"]: event for event in map(json.loads, result.stdout.splitlines())}
    assert {(event["class_uid"], event["category_uid"]) for event in events.values()} == {(7001, 7)}
    assert (events["run-1"]["status_id"], events["run-2"]["status_id"]) == (1, 2)
    assert events["run-1"]["time"] == int(MARCH_14.timestamp() * 1000)
    assert events["run-1"]["observables"][0]["value"] == BUCKET


@pytest.mark.parametrize("outcome", list(Outcome))
def test_every_outcome_has_the_attributes_that_the_class_requires(outcome: Outcome) -> None:
    event = row_to_ocsf(_row(outcome=outcome.value))
    required = {
        "activity_id",
        "category_uid",
        "class_uid",
        "command_uid",
        "metadata",
        "severity_id",
        "time",
        "type_uid",
    }
    assert required <= set(event)
    assert {"product", "version"} <= set(event["metadata"])
    assert event["type_uid"] == event["class_uid"] * 100 + event["activity_id"]
    assert event["cloud"] == {"provider": "AWS", "account": {"uid": "111122223333"}, "region": "eu-west-1"}
    assert event["status"] == outcome


# -- follow -----------------------------------------------------------------------------------------------------------


def test_following_prints_each_new_outcome_once_until_it_is_interrupted(
    trail: Trail, monkeypatch: pytest.MonkeyPatch
) -> None:
    trail.append(_event("before"))
    coming = [["one"], [], ["two", "three"]]

    def sleep(seconds: float) -> None:
        if not coming:
            raise KeyboardInterrupt
        for name in coming.pop(0):
            trail.append(_event(name, at=datetime.now(UTC)))

    monkeypatch.setattr("cli.commands.audit.sleep", sleep)
    result = operate("audit", "list", "--follow")
    assert result.exit_code == 0
    assert [line.split()[0] for line in result.stdout.splitlines()] == ["one", "two", "three"]
    coming += [["four"]]
    lines = operate("audit", "list", "--follow", "--json").stdout.splitlines()
    assert "four" in [json.loads(line)["correlation_id"] for line in lines]
    coming += [["five"]]
    names, *rows = operate("audit", "list", "--follow", "--plain").stdout.splitlines()
    assert names.split("\t")[:4] == ["Run", "Outcome", "At", "Resource"]
    assert {len(row.split("\t")) for row in rows} == {len(names.split("\t"))}
    assert rows[-1].startswith("five\t")


def test_following_says_nothing_of_what_it_reads_again_and_again(trail: Trail, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr("cli.output.show_progress", told.append)
    monkeypatch.setattr("cli.commands.audit.sleep", _interrupt)
    operate("audit", "list", *SINCE)
    assert told
    told.clear()
    operate("audit", "list", "--follow", *SINCE)
    assert told == []


def _interrupt(seconds: float) -> None:
    raise KeyboardInterrupt


def test_no_single_day_is_followed() -> None:
    result = operate("audit", "list", "--follow", "--day", "2026-03-14")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--day and --follow exclude each other" in result.stderr
