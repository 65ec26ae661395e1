"""What there is not is refused with the nearest that there is, before anything is sent; a part of an id is enough."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from cli.deployment import Deployment
from cli.known import as_sentence
from cli.rows import Wanted
from runtime.domain.audit import AuditEvent, EventKind
from runtime.domain.known import problem_with
from runtime.domain.outcome import Outcome, Reason
from runtime.fixes.catalog import SPECS
from tests.unit.cli.command import EXAMPLE, operate, operate_json
from tests.unit.cli.conftest import LogIn
from tests.unit.cli.console_browser import Browser
from tests.unit.cli.live_platform import CLOSED, CUSTOMER, FIX, LivePlatform, Trail

MISTYPED = CUSTOMER[:-1] + "3"
RUN = "5e0c1f2a-90ab-4c0d-8e1f-000000000001"
WHY = ("--reason", "why")


def _event(correlation_id: str, **changes: object) -> AuditEvent:
    event = AuditEvent(
        correlation_id=correlation_id,
        kind=EventKind.OUTCOME,
        at=datetime.now(UTC),
        outcome=Outcome.SKIP,
        reason=Reason.ALREADY_COMPLIANT,
        sentence="Nothing is wrong.",
        actor="suture-test",
        code_version="0",
        catalog_version="1",
        account_id="999988887777",
        fix_id="s3-retired",
    )
    return replace(event, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "command",
    [
        ("stop", *WHY),
        ("status",),
        ("audit", "list"),
        ("replay", "--since", "2026-03-01"),
        ("exceptions", "list"),
    ],
    ids=" ".join,
)
def test_an_account_that_is_not_registered_is_refused_with_the_nearest(
    platform: LivePlatform, command: tuple[str, ...]
) -> None:
    result = operate(*command, "--account", MISTYPED)
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"--account '{MISTYPED}' is unknown. Did you mean {CUSTOMER}?" in result.stderr
    assert "in effect" not in result.stderr
    assert platform.switches() == []
    assert platform.commands_sent == 0


@pytest.mark.parametrize("command", [("stop", *WHY), ("audit", "list"), ("replay", "--since", "2026-03-01")])
def test_a_fix_that_there_is_not_is_refused_with_the_nearest(platform: LivePlatform, command: tuple[str, ...]) -> None:
    result = operate(*command, "--fix", "s3-block-public-acess")
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"--fix 's3-block-public-acess' is unknown. Did you mean {FIX} or " in result.stderr
    assert platform.switches() == []


@pytest.mark.parametrize("command", [("stop", *WHY), ("accounts", "add", "444455556666", "--name", "x")])
def test_an_environment_that_the_policy_has_not_is_refused_with_the_nearest(
    platform: LivePlatform, command: tuple[str, ...]
) -> None:
    result = operate(*command, "--environment", "produktion", "--config", EXAMPLE)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "--environment 'produktion' is unknown. Did you mean production" in result.stderr
    assert platform.switches() == []


def test_what_was_registered_or_a_fix_once_is_still_found_by_its_records(trail: Trail) -> None:
    trail.append(_event("run-1"))
    for option in (("--account", "999988887777"), ("--fix", "s3-retired")):
        assert [event["correlation_id"] for event in operate_json("audit", "list", *option)] == ["run-1"]
        assert operate_json("audit", "list", *option, "--outcome", "FAILED") == []


@pytest.mark.parametrize(
    "command",
    [
        ("undo", *WHY, "--yes"),
        ("clear", *WHY, "--yes"),
        ("dry-run",),
        ("retry", *WHY, "--yes"),
        ("end", *WHY, "--yes"),
        ("audit", "show"),
    ],
    ids=lambda words: words[0],
)
def test_a_run_that_there_is_not_is_refused_with_the_nearest(platform: LivePlatform, command: tuple[str, ...]) -> None:
    platform.trail.append(_event(RUN))
    result = operate(command[0], *command[1:], RUN.replace("90ab", "90ba"))
    assert (result.exit_code, result.stdout) == (1, "")
    assert f"Did you mean {RUN}?" in result.stderr
    assert platform.commands_sent == 0


@pytest.mark.parametrize("command", [("approve", *WHY, "--yes"), ("deny", *WHY), ("review", "show")])
def test_a_review_that_there_is_not_is_refused_with_the_nearest(
    platform: LivePlatform, command: tuple[str, ...]
) -> None:
    platform.onboard("production")
    review = platform.find(platform.bucket())
    result = operate(*command, review[:-1] + "x")
    assert (result.exit_code, result.stdout) == (1, "")
    assert f"Did you mean {review}?" in result.stderr
    assert platform.commands_sent == 0


def test_a_stop_or_an_exception_that_there_is_not_is_refused_with_the_nearest(platform: LivePlatform) -> None:
    stop_id = operate_json("stop", "--all", *WHY)["stop_id"]
    result = operate("resume", stop_id[:-1] + "x", *WHY, "--yes")
    assert result.exit_code == 1
    assert f"There is no stop '{stop_id[:-1]}x'. Did you mean {stop_id}?" in result.stderr
    assert len(platform.stops()) == 1


def test_a_dry_run_of_what_is_no_finding_is_refused_before_it_is_sent(platform: LivePlatform) -> None:
    platform.trail.append(_event(RUN, fix_id=""))
    result = operate("dry-run", RUN)
    assert result.exit_code == 1
    assert f"The run {RUN} is not about a finding. Nothing was sent." in result.stderr
    assert platform.commands_sent == 0


# -- the beginning of an id -------------------------------------------------------------------------------------------


def test_as_much_of_an_id_as_no_other_has_is_enough(platform: LivePlatform) -> None:
    bucket = platform.bucket()
    run = platform.find(bucket)
    platform.trail.append(_event(RUN))
    assert operate_json("audit", "show", RUN[:4])["runs"][0]["correlation_id"] == RUN
    platform.trail.append(_event(run[:20] + "-other", at=datetime.now(UTC) - timedelta(days=2)))
    several = operate("undo", run[:20], *WHY, "--yes")
    assert several.exit_code == 2
    assert f"Several runs begin with '{run[:20]}': " in several.stderr
    assert platform.block(bucket) == CLOSED
    undone = operate_json("undo", run[:-1], *WHY, "--yes")
    assert undone["command"]["evidence"]["target_id"] == run
    assert platform.block(bucket) is None


def test_a_stop_and_a_review_are_found_by_their_beginning_too(platform: LivePlatform) -> None:
    platform.onboard("production")
    review = platform.find(platform.bucket())
    assert operate_json("review", "show", review[:-2])["review_id"] == review
    stop_id = operate_json("stop", "--all", *WHY)["stop_id"]
    assert operate_json("resume", stop_id[:10], *WHY, "--yes")["stop_id"] == stop_id
    assert not platform.stops()


def test_less_than_four_characters_stand_for_nothing(platform: LivePlatform) -> None:
    platform.trail.append(_event(RUN))
    result = operate("audit", "show", RUN[:3])
    assert result.exit_code == 1
    assert f"Did you mean {RUN}?" in result.stderr


def test_a_held_run_is_found_by_its_beginning(platform: LivePlatform) -> None:
    operate_json("stop", "--all", *WHY)
    held = platform.find(platform.bucket())
    assert operate_json("end", held[:-1], *WHY, "--yes")["reason"] == "RUN_ENDED"
    assert platform.outcome(held).reason is Reason.ENDED_BY_OPERATOR


# -- the sentence -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "known", "said"),
    [
        ("dev", ["dev", "prod"], ""),
        ("qa", ["prod", "dev"], "it 'qa' is unknown. Known are dev, prod"),
        ("qa", [], "it 'qa' is unknown. Known are none"),
        ("PRD", ["prod", "dev"], "it 'PRD' is unknown. Did you mean prod?"),
        ("s3", ["kms-x", "s3-b", "s3-a"], "it 's3' is unknown. Did you mean s3-a or s3-b?"),
        ("x", [f"a{number:02}" for number in range(13)], "a10, a11, …"),
    ],
)
def test_what_is_not_known_is_said_with_what_was_meant_or_what_there_is(name: str, known: list[str], said: str) -> None:
    problem = problem_with("it", name, known)
    assert problem.endswith(said) if said else problem == ""


@pytest.fixture
def renamed(monkeypatch: pytest.MonkeyPatch) -> str:
    """The id that ``FIX`` had before."""
    former = "s3-former-name"
    specs = {**SPECS, FIX: replace(SPECS[FIX], aliases=(former,))}
    monkeypatch.setattr("cli.known.SPECS", specs)
    return former


@pytest.mark.parametrize("options", [(), ("--outcome", "SKIP"), ("--account", "999988887777")], ids=" ".join)
def test_a_fix_is_found_under_every_id_that_it_had_newest_first(
    trail: Trail, renamed: str, options: tuple[str, ...]
) -> None:
    now = datetime.now(UTC)
    for hours, (run, fix_id) in enumerate((("a", FIX), ("b", renamed), ("c", FIX), ("d", "s3-retired"))):
        trail.append(_event(f"run-{run}", fix_id=fix_id, at=now - timedelta(hours=hours)))
    since = ("--since", f"{now - timedelta(days=2):%Y-%m-%d}")
    for asked in (FIX, renamed):
        found = operate_json("audit", "list", "--fix", asked, *options, *since)
        assert [event["correlation_id"] for event in found] == ["run-a", "run-b", "run-c"]
    exported = operate("audit", "export", "--format", "csv", "--fix", renamed, *since).stdout.splitlines()
    assert [line.split(",")[0] for line in exported[1:]] == ["run-a", "run-b", "run-c"]
    assert "3" in operate("replay", "--fix", renamed, *since).stdout


@pytest.mark.parametrize("times", [(0, 1, 2, 3, 4, 5, 6), (0, 0, 0, 1, 1, 1, 1)], ids=["apart", "at once"])
@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_pages_of_a_fix_have_what_is_under_every_id_that_it_had_once_and_newest_first(
    trail: Trail, renamed: str, size: int, times: tuple[int, ...]
) -> None:
    now = datetime.now(UTC)
    for number, (hours, fix_id) in enumerate(
        zip(times, [FIX, renamed, renamed, FIX, renamed, FIX, renamed], strict=True)
    ):
        trail.append(_event(f"run-{number}", fix_id=fix_id, at=now - timedelta(hours=hours)))
    trail.append(_event("run-other", fix_id="s3-retired", at=now))
    reader = Deployment("test").audit_reader()
    for wanted in (
        Wanted(fix_id=FIX, former_fix_ids=(renamed,)),
        Wanted(fix_id=FIX, former_fix_ids=(renamed,), since=now - timedelta(days=1)),
    ):
        seen, after = list[tuple[datetime, str]](), ""
        for _ in range(8):
            page = reader.read_page(wanted, size=size, today=now.date(), after=after)
            assert len(page.rows) <= size
            seen += [(row.at, row.correlation_id) for row in page.rows]
            if not (after := page.after):
                break
        assert [at for at, _ in seen] == sorted((at for at, _ in seen), reverse=True)
        assert sorted(run for _, run in seen) == [f"run-{number}" for number in range(7)]


@pytest.mark.parametrize("day", [0, 1])
def test_pages_of_a_day_have_what_is_under_every_id_that_a_fix_had(trail: Trail, renamed: str, day: int) -> None:
    today = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
    for number, fix_id in enumerate([FIX, renamed, FIX, renamed]):
        at = today - timedelta(days=number // 2, minutes=number)
        trail.append(_event(f"run-{number}", fix_id=fix_id, at=at))
    wanted = Wanted(fix_id=FIX, former_fix_ids=(renamed,), day=(today - timedelta(days=day)).date())
    reader = Deployment("test").audit_reader()
    first = reader.read_page(wanted, size=1, today=today.date())
    second = reader.read_page(wanted, size=1, today=today.date(), after=first.after)
    assert [row.correlation_id for row in (*first.rows, *second.rows)] == [f"run-{2 * day}", f"run-{2 * day + 1}"]
    assert (bool(first.after), second.after) == (True, "")


def test_the_console_finds_what_a_fix_has_under_former_ids(trail: Trail, renamed: str, log_in: LogIn) -> None:
    log_in("ann")
    trail.append(_event("run-before", fix_id=renamed, at=datetime.now(UTC)))
    for asked in (FIX, renamed):
        assert "/runs/run-before" in Browser().page(f"/audit?fix={asked}")


@pytest.mark.parametrize(
    ("problem", "sentence"),
    [
        ("the plan is over", "The plan is over."),
        ("did you mean it?", "Did you mean it?"),
        ("arn:aws:iam::1:role/x is not listed", "arn:aws:iam::1:role/x is not listed."),
    ],
)
def test_a_problem_is_said_as_a_sentence_but_an_arn_keeps_its_form(problem: str, sentence: str) -> None:
    assert as_sentence(problem) == sentence
