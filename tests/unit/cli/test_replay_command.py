"""``suture replay``: which findings it decides again, by which policy, and what it shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cli.planning import plan_from
from cli.policy import read_policy
from cli.replay import Unreplayable
from runtime.domain.audit import AuditEvent, EventKind, Evidence
from runtime.domain.case import Decision, LiveResourceNeeded
from runtime.domain.decision import decide
from runtime.domain.facts import Account, Facts, LiveResource
from runtime.domain.finding import Finding
from runtime.domain.guardrails import Guardrails, UsageScope
from runtime.domain.outcome import Reason
from runtime.domain.stages import Considered, Run, failed
from runtime.fixes.catalog import FIX_BY_ID
from runtime.intake import parse_message
from tests.unit.cli.command import EXAMPLE, PAYLOAD, suture, suture_json
from tests.unit.cli.live_platform import Trail

POLICY = read_policy(EXAMPLE)
ACCOUNT = "111122223333"
MARCH_14 = datetime(2026, 3, 14, 8, 0, tzinfo=UTC)
OPEN_BUCKET = {"configuration": None, "policy_is_public": False, "website": None}
SINCE = ("-e", "test", "replay", "--since", "2026-03-01", "--until", "2026-03-31")
AGAIN = (*SINCE, "--config", EXAMPLE)


def _fixed(correlation_id: str, at: datetime = MARCH_14, environment: str = "dev") -> AuditEvent:
    """The record of the example's finding, decided by the example's policy, in an account of this environment."""
    finding = parse_message(PAYLOAD.read_text(encoding="utf-8")).result
    assert isinstance(finding, Finding)
    account = Account(id=ACCOUNT, name="acme", environment=environment, owner="acme@example.com", external_id="x")
    facts = Facts(account=account)
    needed = decide(finding, facts, POLICY, at)
    assert isinstance(needed, LiveResourceNeeded)
    live = LiveResource(tags={}, observed=OPEN_BUCKET, planned=plan_from(needed, OPEN_BUCKET, at, FIX_BY_ID))
    facts = replace(facts, live=live, guardrails=Guardrails(usage=dict.fromkeys(UsageScope, 0)))
    decision = decide(finding, facts, POLICY, at)
    assert isinstance(decision, Decision)
    run = Run(
        id=correlation_id,
        at=at,
        actor="suture-test",
        code_version="1",
        policy_version=POLICY.version,
        payload_sha256="00",
    )
    return Considered(run=run, finding=finding, facts=facts, decision=decision).event


@pytest.fixture
def approving(tmp_path: Path) -> Path:
    """The example's catalog, but that it asks for approval in dev."""
    catalog = (EXAMPLE / "catalog.yaml").read_text(encoding="utf-8")
    path = tmp_path / "approving.yaml"
    path.write_text(catalog.replace("dev: remediate", "dev: approve"), encoding="utf-8")
    return path


def _replayed_in(options: tuple[object, ...]) -> int:
    return int(suture_json(*options)["findings"])


def test_by_the_policy_that_decided_them_nothing_differs(trail: Trail) -> None:
    trail.append(_fixed("run-1"))
    assert suture_json(*AGAIN) == {
        "policy_version": "example",
        "findings": 1,
        "differing": [],
        "totals": {"recorded": {"REMEDIATE": 1}, "replayed": {"REMEDIATE": 1}},
        "left_out": {},
    }
    result = suture(*AGAIN, "--fail-on-difference")
    assert result.exit_code == 0
    assert "0 of 1 findings would change" in result.stdout


def test_another_catalog_shows_what_would_differ_and_why(trail: Trail, approving: Path) -> None:
    event = _fixed("run-1")
    trail.append(event)
    trail.append(_fixed("run-2", environment="staging"))
    report = suture_json(*AGAIN, "--catalog", approving)
    assert report["totals"] == {
        "recorded": {"REMEDIATE": 1, "DRY_RUN": 1},
        "replayed": {"APPROVE": 1, "DRY_RUN": 1},
    }
    (differing,) = report["differing"]
    assert (differing["correlation_id"], differing["at"]) == ("run-1", "2026-03-14T08:00:00+00:00")
    assert (differing["issue_id"], differing["resource_arn"]) == (event.issue_id, "arn:aws:s3:::acme-invoices")
    assert (differing["outcome"], differing["reason"]) == ("REMEDIATE", "ELIGIBLE")
    assert differing["differs"] == ["outcome", "reason"]
    assert differing["replayed"]["plan_digest"] == differing["recorded"]["plan_digest"] == event.plan_digest
    assert (differing["replayed"]["outcome"], differing["replayed"]["reason"]) == ("APPROVE", "APPROVAL_REQUIRED")
    assert differing["why"] == "mode: expected remediate, found approve"


def test_people_see_what_would_differ_and_the_totals(trail: Trail, approving: Path) -> None:
    trail.append(replace(failed(_fixed("run-1"), Reason.ACCESS_DENIED, "No."), at=MARCH_14))
    result = suture(*AGAIN, "--catalog", approving)
    assert result.exit_code == 0
    lines = [" ".join(line.split()) for line in result.stdout.splitlines()]
    assert (
        "run-1 REMEDIATE ELIGIBLE (ended as FAILED ACCESS_DENIED) APPROVE APPROVAL_REQUIRED "
        "mode: expected remediate, found approve "
        "arn:aws:s3:::acme-invoices 2026-03-14 08:00:00Z 6d2c8f0a-4b1e-4c37-9a55-0e7b1f2d3c48"
    ) in lines
    assert "1 of 1 findings would change" in lines
    assert {"APPROVE 0 1", "REMEDIATE 1 0"} <= set(lines)


def test_a_difference_ends_with_1_where_that_is_asked_for(trail: Trail, approving: Path) -> None:
    trail.append(_fixed("run-1"))
    assert suture(*AGAIN, "--catalog", approving).exit_code == 0
    result = suture(*AGAIN, "--catalog", approving, "--fail-on-difference", "--json")
    assert result.exit_code == 1
    assert '"findings": 1' in result.stdout


def test_a_change_that_would_wait_is_counted_apart(trail: Trail, tmp_path: Path) -> None:
    trail.append(_fixed("run-1"))
    policy = (EXAMPLE / "policy.yaml").read_text(encoding="utf-8")
    window = "    change_windows:\n      - { days: [sun], opens: 22:00, closes: 04:00 }\n  staging:"
    (tmp_path / "policy.yaml").write_text(policy.replace("  staging:", window, 1), encoding="utf-8")
    (tmp_path / "catalog.yaml").write_text((EXAMPLE / "catalog.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    options = (*SINCE, "--config", tmp_path)
    assert suture_json(*options)["totals"] == {"recorded": {"REMEDIATE": 1}, "replayed": {"WAITING": 1}}
    assert "REMEDIATE ELIGIBLE, waits: OUTSIDE_CHANGE_WINDOW" in suture(*options).stdout


def test_a_decision_that_would_need_another_look_at_the_resource_is_counted_apart(trail: Trail, tmp_path: Path) -> None:
    trail.append(_fixed("run-1"))
    catalog = (EXAMPLE / "catalog.yaml").read_text(encoding="utf-8")
    other = catalog.replace("fix: s3-block-public-access", "fix: s3-deny-insecure-transport")
    (tmp_path / "other.yaml").write_text(other, encoding="utf-8")
    options = (*AGAIN, "--catalog", tmp_path / "other.yaml")
    report = suture_json(*options)
    assert report["totals"]["replayed"] == {"UNDECIDED": 1}
    assert report["differing"][0]["replayed"]["outcome"] is None
    shown = suture(*options).stdout
    assert "depends on the live resource" in shown
    assert "the resource was not read as s3-deny-insecure-transport reads it" in shown


def test_a_difference_in_something_else_than_the_outcome_is_named(trail: Trail, tmp_path: Path) -> None:
    trail.append(_fixed("run-1"))
    catalog = (EXAMPLE / "catalog.yaml").read_text(encoding="utf-8")
    (tmp_path / "renamed.yaml").write_text(catalog.replace("bucket-not-public", "no-public-bucket"), encoding="utf-8")
    shown = suture(*AGAIN, "--catalog", tmp_path / "renamed.yaml").stdout
    assert "REMEDIATE ELIGIBLE, with another entry id" in shown


def test_what_cannot_be_decided_again_is_counted_and_named(trail: Trail) -> None:
    trail.append(_fixed("run-1"))
    for correlation_id, sha256 in (("command-1", ""), ("command-2", ""), ("test-delivery", "00")):
        trail.append(replace(_fixed(correlation_id), evidence=Evidence(payload_sha256=sha256)))
    report = suture_json(*AGAIN)
    assert report["findings"] == 1
    assert {name: sorted(part["runs"]) for name, part in report["left_out"].items()} == {
        "COMMAND": ["command-1", "command-2"],
        "NO_FINDING": ["test-delivery"],
    }
    lines = [" ".join(line.split()) for line in suture(*AGAIN).stdout.splitlines()]
    assert {
        "Not decided again",
        "2 an operator's command",
        "1 a message that is no finding to decide on",
    } <= set(lines)


TIMES: Mapping[str, tuple[tuple[str, ...], int]] = {
    "a day is meant whole": (("--since", "2026-03-14", "--until", "2026-03-14"), 3),
    "from a time on, which is in UTC": (("--since", "2026-03-14T08:00:01", "--until", "2026-03-31"), 3),
    "an event at the end is not meant": (("--since", "2026-03-14", "--until", "2026-03-14T20:00:00+00:00"), 2),
    "in another zone": (("--since", "2026-03-14T10:00:00+02:00", "--until", "2026-03-14T10:00:01+02:00"), 1),
    "none in between": (("--since", "2026-03-10", "--until", "2026-03-13"), 0),
}


@pytest.mark.parametrize(("options", "expected"), TIMES.values(), ids=TIMES)
@pytest.mark.parametrize("by", [(), ("--account", ACCOUNT), ("--fix", "s3-block-public-access")], ids=" ".join)
def test_the_times_are_those_that_were_asked_for(
    trail: Trail, by: tuple[str, ...], options: tuple[str, ...], expected: int
) -> None:
    for hours in (0, 6, 12, 50):
        trail.append(_fixed(f"after {hours}", MARCH_14 + timedelta(hours=hours)))
    assert _replayed_in(("-e", "test", "replay", *options, *by, "--config", EXAMPLE)) == expected


def test_without_an_end_it_is_until_now(trail: Trail) -> None:
    now = datetime.now(UTC)
    trail.append(_fixed("now", now))
    trail.append(_fixed("then", now - timedelta(days=2)))
    options = ("-e", "test", "replay", "--config", EXAMPLE, "--since", now.date() - timedelta(days=1))
    assert _replayed_in(options) == 1


def test_only_the_outcome_of_a_run_is_decided_again(trail: Trail) -> None:
    trail.append(replace(_fixed("run-1"), kind=EventKind.INTENT))
    trail.append(_fixed("run-1"))
    assert _replayed_in(AGAIN) == 1


@pytest.mark.parametrize("by", [("--account", ACCOUNT), ("--fix", "s3-block-public-access")], ids=" ".join)
def test_an_account_or_a_fix_may_be_asked_about_for_years(trail: Trail, by: tuple[str, ...]) -> None:
    trail.append(_fixed("run-1"))
    options = ("-e", "test", "replay", "--since", "2020-01-01", "--until", "2026-12-31", *by, "--config", EXAMPLE)
    assert _replayed_in(options) == 1


def test_accounts_and_fixes_narrow_it_down(trail: Trail) -> None:
    trail.append(_fixed("run-1"))
    trail.append(replace(_fixed("run-2"), account_id="444455556666"))
    trail.append(replace(_fixed("run-3"), fix_id="kms-key-rotation"))
    assert _replayed_in((*AGAIN, "--account", "444455556666")) == 1
    assert _replayed_in((*AGAIN, "--fix", "kms-key-rotation")) == 1
    assert _replayed_in((*AGAIN, "--account", "444455556666", "--fix", "kms-key-rotation")) == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--since", "yesterday"), "--since 'yesterday' is neither a day nor a time"),
        (("--since", "2026-03-14", "--until", "soon"), "--until 'soon' is neither a day nor a time"),
        (("--since", "2026-03-14", "--until", "9999-12-31"), "--until '9999-12-31' is neither a day nor a time"),
        (("--since", "2026-03-14", "--until", "2026-03-13"), "is not before the end"),
        (("--since", "2020-01-01", "--until", "2026-03-13"), "add --account or --fix"),
        (("--since", "2026-03-14", "--account", "acme"), "--account 'acme' is not an AWS account id"),
        (("--since", "2026-03-14", "--catalog", "nowhere.yaml"), "nowhere.yaml"),
        ((), "--since"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_a_value_that_cannot_be_used_is_refused(options: tuple[str, ...], said: str) -> None:
    result = suture("-e", "test", "replay", *options)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert said in " ".join(result.stderr.replace("│", " ").split())


def test_a_catalog_that_cannot_be_used_is_refused_by_file_and_line(approving: Path) -> None:
    approving.write_text(approving.read_text(encoding="utf-8").replace("fix: s3-block", "fix: s3-blck"), "utf-8")
    result = suture(*AGAIN, "--catalog", approving)
    assert result.exit_code == 2
    assert "approving.yaml:3: [0].fix: 's3-blck-public-access' is not allowed" in result.stderr


def test_without_anything_else_it_is_the_policy_of_this_checkout(trail: Trail) -> None:
    trail.append(_fixed("run-1"))
    assert suture_json(*SINCE)["policy_version"] == read_policy(Path(__file__).parents[3] / "config").version


@pytest.mark.parametrize("why", Unreplayable)
def test_what_is_not_decided_again_is_documented(why: Unreplayable) -> None:
    page = (Path(__file__).parents[3] / "docs" / "replay.md").read_text(encoding="utf-8")
    assert f"\n| `{why.name}` | " in page
