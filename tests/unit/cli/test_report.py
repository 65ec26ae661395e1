"""``suture report``: what it counts of what is on record, and that its page can be forwarded to anybody."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from cli.report.blockers import HARMLESS, WHAT_TO_DO
from infra.results import RESULTS, Result
from runtime.domain.guardrails import Stop, StopScope
from runtime.domain.outcome import Outcome, Reason
from runtime.items.stops import put_stop
from tests.unit.cli.command import operate
from tests.unit.cli.console_browser import text_of
from tests.unit.cli.live_platform import CUSTOMER, FIX, LivePlatform

HOSTILE = "</script><script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


def yesterday() -> str:
    return (datetime.now(UTC) - timedelta(days=1)).date().isoformat()


def report(*options: object) -> str:
    """What the command writes about yesterday and today."""
    result = operate("report", "--since", yesterday(), *options)
    assert result.exit_code == 0, result.output
    return result.stdout


def report_json(*options: object) -> Any:
    return json.loads(report("--format", "json", *options))


def report_page(*options: object) -> str:
    return report("--format", "html", *options)


def ago(**span: float) -> str:
    """A time as Wiz writes it."""
    return (datetime.now(UTC) - timedelta(**span)).isoformat().replace("+00:00", "Z")


def stop_everything(platform: LivePlatform) -> None:
    put_stop(
        platform.store,
        Stop(id="STOP-1", scope=StopScope.EVERYTHING, value="", reason="x", stopped_by="me", at=datetime.now(UTC)),
    )


def approve(platform: LivePlatform, run: str) -> None:
    assert operate("approve", run, "--reason", "seen", "--yes").exit_code == 0
    platform.work()


@pytest.fixture
def everything(platform: LivePlatform) -> LivePlatform:
    """One finding of each result but a failed one: fixed, undone, waiting in both ways, left, refused."""
    platform.find(platform.bucket("acme-fixed"), issue_id="fixed", created_at=ago(hours=3))
    undone = platform.find(platform.bucket("acme-undone"), issue_id="undone", created_at=ago(hours=1))
    assert operate("undo", undone, "--reason", "it broke", "--yes").exit_code == 0
    platform.find(platform.bucket("acme-low"), issue_id="left", severity="LOW")
    platform.find("arn:aws:ec2:eu-west-1:111122223333:key-pair/key-1", issue_id="refused")
    platform.onboard("production")
    platform.find(platform.bucket("acme-waits"), issue_id="waits")
    platform.onboard("dev")
    stop_everything(platform)
    platform.find(platform.bucket("acme-held"), issue_id="held")
    return platform


def results(found: Any) -> dict[str, str]:
    """How each issue stands."""
    return {case["issue_id"]: case["result"] for case in found["cases"]}


def test_each_finding_is_counted_once_by_how_it_stands(everything: LivePlatform) -> None:
    found = report_json()
    assert results(found) == {
        "fixed": "fixed",
        "undone": "undone",
        "left": "left to people",
        "refused": "refused",
        "waits": "waiting for people",
        "held": "waiting for people",
    }
    assert found["found"] == 6
    assert {name: count for name, count in found["results"].items() if count} == Counter(results(found).values())


def test_a_finding_that_is_published_again_after_its_fix_stays_one_that_was_fixed(platform: LivePlatform) -> None:
    bucket = platform.bucket()
    platform.find(bucket, issue_id="one")
    platform.find(bucket, issue_id="one")
    platform.find(bucket, issue_id="one", status="RESOLVED")
    assert results(report_json()) == {"one": "fixed"}


def test_an_approved_plan_counts_as_fixed_and_a_denied_one_as_left_to_people(platform: LivePlatform) -> None:
    platform.onboard("production")
    approved = platform.find(platform.bucket("acme-one"), issue_id="approved")
    denied = platform.find(platform.bucket("acme-two"), issue_id="denied")
    assert results(report_json()) == {"approved": "waiting for people", "denied": "waiting for people"}
    approve(platform, approved)
    assert operate("deny", denied, "--reason", "a website").exit_code == 0
    assert results(report_json()) == {"approved": "fixed", "denied": "left to people"}


def test_a_trial_and_other_commands_are_no_findings(platform: LivePlatform) -> None:
    run = platform.find(platform.bucket(), issue_id="one")
    assert operate("undo", run, "--reason", "it broke", "--dry-run").exit_code == 0
    assert operate("stop", "--all", "--reason", "an incident").exit_code == 0
    assert results(report_json()) == {"one": "fixed"}


def test_the_time_to_fix_runs_from_wizs_detection_until_it_was_read_back(everything: LivePlatform) -> None:
    found = report_json()
    hours = {case["issue_id"]: case["hours_to_fix"] for case in found["cases"]}
    assert hours["fixed"] == pytest.approx(3, abs=0.02)
    assert hours["undone"] == pytest.approx(1, abs=0.02)
    assert hours["left"] is None
    assert found["seconds_to_fix"]["median"] == pytest.approx(2 * 3600, abs=60)
    assert found["time_to_fix"] == {
        "within 5 minutes": 0, "within an hour": 0, "within a day": 2, "within a week": 0, "later": 0,
    }  # fmt: skip


@pytest.mark.parametrize("detected", ["", "yesterday", "2999-01-01T00:00:00Z"])
def test_a_detection_that_is_not_known_is_no_time_to_fix(platform: LivePlatform, detected: str) -> None:
    platform.find(platform.bucket(), created_at=detected)
    assert report_json()["seconds_to_fix"] == {"median": None, "ninetieth": None}
    page = text_of(report_page())
    assert "For 1 of 1 that were fixed it is not known when they were detected" in page
    assert "not known from detection to fix" in page


def test_the_undo_rate_is_of_what_was_fixed(everything: LivePlatform) -> None:
    found = report_json()
    assert (found["fixed_within_the_time"], found["undone_of_it"], found["undo_rate"]) == (2, 1, 0.5)
    assert "50% undone at some time, of what was fixed: 1 of 2" in text_of(report_page())


def test_what_was_undone_and_fixed_again_stands_as_fixed_and_counts_as_undone(platform: LivePlatform) -> None:
    bucket = platform.bucket()
    run = platform.find(bucket, issue_id="one")
    for command in ("undo", "clear"):
        assert operate(command, run, "--reason", "it broke", "--yes").exit_code == 0
    platform.find(bucket, issue_id="one")
    found = report_json()
    assert results(found) == {"one": "fixed"}
    assert (found["fixed_within_the_time"], found["undone_of_it"]) == (1, 1)


def test_with_nothing_fixed_there_is_no_undo_rate(platform: LivePlatform) -> None:
    assert report_json()["undo_rate"] is None
    page = text_of(report_page())
    assert "none fixed undone at some time, of what was fixed: 0 of 0" in page
    assert "No finding had an outcome within this time" in page


def test_what_blocks_most_comes_first_with_what_to_do_about_it(platform: LivePlatform) -> None:
    fixed = platform.bucket("acme-fixed")
    for issue in ("fixed", "already-compliant"):
        platform.find(fixed, issue_id=issue)
    platform.find(platform.bucket("acme-low"), severity="LOW")
    platform.onboard("production")
    for name in ("acme-one", "acme-two"):
        platform.find(platform.bucket(name), issue_id=name)
    first, second = report_json()["blockers"]
    assert (first["reason"], first["count"]) == ("APPROVAL_REQUIRED", 2)
    assert (second["reason"], second["count"]) == ("SEVERITY_BELOW_FLOOR", 1)
    assert "mode remediate" in first["to_do"]
    assert first["to_do"] in text_of(report_page())


def test_every_reason_that_can_block_a_finding_has_its_advice() -> None:
    ended_well = {Reason.ELIGIBLE, Reason.PLAN_APPROVED, Reason.UNDO_REQUESTED}
    never_terminal = set(list(Reason)[list(Reason).index(Reason.AWS_UNAVAILABLE) :])
    of_commands = set(
        list(Reason)[list(Reason).index(Reason.COMMAND_INVALID) : list(Reason).index(Reason.ROLE_NOT_ASSUMABLE)]
    )
    assert set(Reason) - ended_well - never_terminal - of_commands - HARMLESS <= WHAT_TO_DO.keys()
    assert RESULTS.keys() == set(Outcome)


def test_open_findings_are_counted_at_the_end_of_each_day(platform: LivePlatform) -> None:
    day = datetime.now(UTC).hour + 1
    platform.onboard("production")
    run = platform.find(platform.bucket("acme-one"), issue_id="one", hours_ago=day)
    platform.find(platform.bucket("acme-two"), issue_id="two", hours_ago=day)
    approve(platform, run)
    today = datetime.now(UTC).date()
    assert report_json()["open_by_day"] == {str(today - timedelta(days=1)): 2, str(today): 1}
    page = report_page()
    assert f"Open findings: 2 on {today - timedelta(days=1)}, 2 at most, 1 on {today}" in page
    assert "from 2 to 1 open, 2 at most" in page


def test_findings_are_grouped_by_control_account_and_owner_those_with_most_open_first(everything: LivePlatform) -> None:
    by = report_json()["by"]
    assert by.keys() == {"control", "account", "owner"}
    (account,) = by["account"]
    assert (account["name"], account["found"], account["fixed"], account["open"]) == (CUSTOMER, 6, 1, 5)
    for groups in by.values():
        assert sum(group["found"] for group in groups) == 6
        for group in groups:
            assert group["found"] == group["fixed"] + group["skipped"] + group["open"]
            assert group["waiting"] <= group["open"]
        assert [group["open"] for group in groups] == sorted((group["open"] for group in groups), reverse=True)


@pytest.mark.parametrize(
    ("options", "issues"),
    [
        (("--account", CUSTOMER, "--environment", "production"), {"waits"}),
        (("--fix", FIX, "--environment", "dev"), {"fixed", "undone", "held"}),
        (("--owner", "nobody@example.com"), set()),
        (("--until", yesterday()), set()),
    ],
)
def test_it_can_be_narrowed(everything: LivePlatform, options: tuple[str, ...], issues: set[str]) -> None:
    assert results(report_json(*options)).keys() == issues


def test_csv_has_a_line_for_each_finding_and_no_formula(everything: LivePlatform) -> None:
    everything.find(everything.bucket("acme-formula"), issue_id="=cmd()", severity="LOW")
    rows = {row["issue_id"]: row for row in csv.DictReader(io.StringIO(report("--format", "csv")))}
    assert rows.keys() == {*results(report_json()), "'=cmd()"} - {"=cmd()"}
    assert rows["fixed"]["result"] == "fixed"


class _Elements(HTMLParser):
    """What a page consists of."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        self.attributes += attrs


def test_the_page_needs_nothing_but_itself(everything: LivePlatform) -> None:
    page = report_page()
    elements = _Elements(page)
    assert elements.tags["script"] == elements.tags["style"] == 1
    assert not {"link", "img", "iframe", "object", "form", "base"} & elements.tags.keys()
    links = [value for name, value in elements.attributes if name in ("href", "src", "action", "srcset", "data")]
    assert links
    assert all(value and value.startswith("#") for value in links)
    assert "url(" not in page
    assert "@import" not in page
    assert not [name for name, _ in elements.attributes if name.startswith("on") or name == "style"]


def test_the_page_lets_only_its_own_script_run(everything: LivePlatform) -> None:
    page = report_page()
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]+)"', page)
    parts = dict(part.strip().split(" ", 1) for part in policy.split(";"))
    assert parts["default-src"] == parts["base-uri"] == parts["form-action"] == "'none'"
    assert re.fullmatch(r"'sha256-[A-Za-z0-9+/]{43}='", parts["script-src"])


def test_a_hostile_name_is_text_in_the_report(platform: LivePlatform) -> None:
    platform.onboard("production")
    platform.find(platform.bucket(), issue_id=HOSTILE, control_name=HOSTILE, severity="LOW")
    page = report_page()
    assert _Elements(page).tags["script"] == 1
    assert "<img" not in page
    assert page.count("&lt;script&gt;alert(1)") == 2  # the group's name, and the finding's control


def test_every_plot_says_its_figures_in_words(everything: LivePlatform) -> None:
    page = report_page()
    said = re.findall(r'<svg [^>]*role="img" aria-label="([^"]+)"', page)
    assert len(said) == len(re.findall("<svg", page))
    assert any(one.startswith("Findings: fixed: 1; undone: 1; waiting for people: 2") for one in said)


def test_it_is_written_to_a_file_and_how_far_it_is_only_to_a_terminal(
    everything: LivePlatform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr("cli.report.cases._EVERY_SO_MANY", 1)
    monkeypatch.setattr("cli.output.show_progress", told.append)
    file = tmp_path / "march.html"
    result = operate("report", "--since", yesterday(), "--output", file)
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == f"{file}: 6 findings.\n"
    assert "Reading the audit trail: 1 records" in told
    assert file.read_text().startswith("<!doctype html>")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--since", "2026-13-01"), "is neither a day nor a time"),
        (("--since", "2999-01-01"), "is not before the end"),
        (("--since", "2020-01-01"), "reaches back more than"),
        (("--since", "2026-11-01", "--format", "pdf"), "pdf"),
        (("--since", "2026-11-01", "--output", "/nowhere/x.html"), "cannot be written"),
        ((), "--since"),
    ],
)
def test_what_cannot_be_reported_is_said(platform: LivePlatform, options: tuple[str, ...], said: str) -> None:
    result = operate("report", *options)
    assert result.exit_code == 2
    assert said in result.output


def _tiles(page: str) -> dict[str, str]:
    return {what: number for number, what in re.findall(r'<div class="tile"><b>(.*?)</b><span>(.*?)</span>', page)}


def test_the_page_says_what_each_of_its_figures_means(everything: LivePlatform) -> None:
    page = report_page()
    defined = re.findall(r"<dt>(.*?)</dt>", page)
    assert {result.value for result in Result} <= set(defined)
    for what in _tiles(page):
        for part in what.partition(":")[0].split(" or "):
            assert part in defined, what
    assert 'href="#definitions"' in page


def test_the_counts_at_the_top_add_up_to_what_was_found(everything: LivePlatform) -> None:
    counted = [int(number) for number in _tiles(report_page()).values() if number.isdigit()]
    assert counted[0] == sum(counted[1:]) > 5


def test_a_report_of_nothing_says_so(platform: LivePlatform) -> None:
    page = report_page()
    tiles = _tiles(page)
    assert tiles["found"] == "0"
    assert {number for what, number in tiles.items() if "fix" in what and what != "fixed"} == {"none fixed"}
    said = text_of(page)
    for sentence in ("No finding had an outcome within this time.", "Nothing was fixed within this time."):
        assert sentence in said
    assert "Nothing did." in said
    assert report_json()["undo_rate"] is None
    assert report("--format", "csv").count("\n") == 1


def test_a_report_of_one_finding_gives_no_share_of_it(platform: LivePlatform) -> None:
    platform.find(platform.bucket(), created_at=ago(hours=2))
    tiles = _tiles(report_page())
    assert (tiles["found"], tiles["fixed"]) == ("1", "1")
    assert tiles["from detection to fix: half of them sooner"] == "2 hours"
    assert tiles["from detection to fix: 9 of 10 sooner"] == "one fix only"
    assert tiles["undone at some time, of what was fixed: 0 of 1"] == "0%"


def test_a_report_of_refused_findings_alone_says_that_none_was_fixed_and_why(platform: LivePlatform) -> None:
    for number in range(3):
        platform.find(f"arn:aws:ec2:eu-west-1:111122223333:key-pair/key-{number}", issue_id=f"refused-{number}")
    page = report_page()
    assert _tiles(page)["refused or failed"] == "3"
    said = text_of(page)
    assert "Nothing was fixed within this time." in said
    assert "refused: 3" in page
    (blocker,) = report_json()["blockers"]
    assert blocker["to_do"] in said


def test_a_report_that_was_narrowed_says_to_what(everything: LivePlatform) -> None:
    assert "Only:" not in report_page()
    assert f"Only: account {CUSTOMER}, environment dev. " in report_page("--account", CUSTOMER, "--environment", "dev")
    assert report_json("--fix", FIX)["only"] == {"fix": FIX}
