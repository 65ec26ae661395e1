"""Every table that a command prints, at a terminal of 80 columns and in a pipe, of a platform with rows for each."""

from __future__ import annotations

import ast
import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from typer.testing import Result

from cli import output
from cli.verification import DeniedBy, FixReport, FixState, PackReport, RoleState, TemplateState, Verification
from cli.verification_view import print_verification
from runtime.domain.audit import Evidence
from runtime.domain.hold import MOST_RELEASES
from runtime.items.holds import held, noted
from tests.unit.cli.command import EXAMPLE, PAYLOAD, operate, operate_json, suture
from tests.unit.cli.live_platform import CUSTOMER, FIX, LivePlatform

CLI = EXAMPLE.parent
COLUMNS = 80
WHY = ("--reason", "a reason that is somewhat longer than what fits beside the ids of a table")

type Words = tuple[object, ...]


class Table(NamedTuple):
    """``site`` is the file, and the line in it, that printed it."""

    site: tuple[str, int]
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]]


@pytest.fixture
def tables(monkeypatch: pytest.MonkeyPatch) -> list[Table]:
    """Those that were printed."""
    printed: list[Table] = []
    print_table = output.print_table

    def record(columns: Sequence[str], rows: Iterable[Sequence[object]], **options: Any) -> None:
        caller, shown = sys._getframe(1), [tuple(map(str, row)) for row in rows]
        site = (Path(caller.f_code.co_filename).relative_to(CLI).as_posix(), caller.f_lineno)
        printed.append(Table(site, tuple(columns), shown))
        print_table(columns, shown, **options)

    monkeypatch.setattr(output, "print_table", record)
    return printed


@pytest.fixture
def commands(platform: LivePlatform, tmp_path: Path) -> Mapping[str, Words]:
    """What prints tables, of a platform on which each of them has rows."""
    platform.onboard("production")
    review, approved = (platform.find(platform.bucket(name)) for name in ("acme-invoices", "acme-approved"))
    carried_out = operate_json("approve", approved, "--yes", *WHY)["run_id"]
    platform.onboard("dev")
    undone = platform.find(platform.bucket("acme-undone"))
    undo = operate_json("undo", undone, "--yes", *WHY)["run_id"]
    left_alone = platform.find("arn:aws:s3:::acme-undone")
    fixed = platform.outcome(platform.find(platform.bucket("acme-fixed")))
    answered = replace(fixed.evidence, answers=({"RequestId": "x" * 30, "Location": "/acme-fixed"},))
    platform.trail.append(replace(fixed, correlation_id="answered", evidence=answered))
    platform.trail.append(replace(fixed, correlation_id="before-the-facts-were-recorded", evidence=Evidence()))
    scope = ("--account", CUSTOMER, "--resource", "arn:aws:s3:::acme-*", "--config", EXAMPLE)
    operate_json("exceptions", "add", *scope, "--ticket", "SEC-1234", "--expires", "2027-01-01", *WHY)
    operate_json("stop", "--all", *WHY)
    stuck = platform.find(platform.bucket("acme-held"))
    (hold,) = platform.held()
    platform.store.commit([noted(hold, replace(hold, releases=MOST_RELEASES + 1))])
    platform.store.commit(held(replace(hold, account_id="333333333333", correlation_id=f"{stuck[:-4]}0000")))
    facts = tmp_path / "facts.json"
    facts.write_text(json.dumps(FACTS), encoding="utf-8")
    return {
        "what ended": ("audit", "list"),
        "a change that was approved": ("audit", "show", carried_out, "--verbose"),
        "an undo": ("audit", "show", undo, "--verbose"),
        "what was undone before": ("audit", "show", left_alone, "--verbose"),
        "what is held": ("audit", "show", stuck, "--verbose"),
        "what AWS answered": ("audit", "show", "answered", "--verbose"),
        "the reviews": ("review", "list", "--all"),
        "a review": ("review", "show", review),
        "the exceptions": ("exceptions", "list"),
        "the status": ("status",),
        "the accounts": ("accounts", "list"),
        "the plans to approve": ("approve", "--fix", FIX, *WHY),
        "the changes to undo": ("undo", "--fix", FIX, "--since", "2026-11-01", *WHY),
        "findings that are decided again": ("replay", "--since", "2026-11-01", "--config", EXAMPLE),
        "what would be done": ("simulate", PAYLOAD, "--config", EXAMPLE, "--facts", facts),
    }


OFFLINE: Mapping[str, Words] = {
    "the fixes": ("fixes",),
    "a fix": ("fixes", "show", "ec2-security-group-world-ingress"),
    "the effects": ("fixes", "--effects"),
}
FACTS = {
    "now": "2026-03-14T08:00:00+00:00",
    "account": {"name": "acme", "environment": "dev", "owner": "acme@example.com"},
    "observed": {"configuration": None, "policy_is_public": False, "website": None},
}

DENIED = FixReport(fix_id=FIX, state=FixState.DENIED, denied=("s3:GetBucketTagging",) * 5, by=DeniedBy.POLICY)
VERIFICATION = Verification(
    packs=tuple(
        PackReport(
            service=service,
            role=RoleState.ASSUMED,
            answer="",
            wrong_external_id_refused=True,
            template=TemplateState.OTHER,
            deployed_version="0123456789ab",
            version="ba9876543210",
            trust_differs=(),
            fixes=fixes,
        )
        for service, fixes in (("s3", (DENIED,)), ("elasticloadbalancingv2", ()))
    ),
    unseen="",
)


def _call_sites() -> set[tuple[str, int]]:
    """Where tables are printed, and not only tab-separated values."""
    return {
        (file.relative_to(CLI).as_posix(), call.lineno)
        for file in CLI.rglob("*.py")
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "output.print_table"
        if "plain=True" not in map(ast.unparse, call.keywords)
    }


def _shown(result: Result) -> str:
    assert result.stdout, result.stderr
    return result.stdout


def _without_colours(text: str) -> str:
    return re.sub(r"\x1b\[\d+m", "", text)


def _problems_at_a_terminal(shown: str, printed: Iterable[Table], words: set[str]) -> Iterable[str]:
    """``words`` are those of the same in a pipe."""
    lines, ids = _without_colours(shown).splitlines(), [row[0] for table in printed for row in table.rows]
    # Neither an identifier nor a policy without blanks can be folded.
    wide = (line for line in lines if len(line) > COLUMNS and line not in ids and " " in line.strip())
    yield from (f"too wide: {line}" for line in wide)
    yield from (f"broken: {word}" for word in sorted({word for line in lines for word in line.split()} - words))
    begun = [line.split("  ")[0] for line in lines]
    yield from (f"does not begin a line: {one}" for one in ids if one not in begun)


def _problems_in_a_pipe(shown: str, printed: Iterable[Table]) -> Iterable[str]:
    lines = [line.split() for line in shown.splitlines()]
    for table in printed:
        yield from (f"not a line: {row}" for row in (table.columns, *table.rows) if " ".join(row).split() not in lines)


def test_at_80_columns_ids_are_whole_and_come_first_and_in_a_pipe_each_row_is_a_line(
    commands: Mapping[str, Words],
    tables: list[Table],
    subtests: pytest.Subtests,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def verify() -> str:
        print_verification(VERIFICATION, plain=False)
        return capsys.readouterr().out

    run = {
        **{name: lambda words=words: _shown(operate(*words)) for name, words in commands.items()},
        **{name: lambda words=words: _shown(suture(*words)) for name, words in OFFLINE.items()},
        "an account's verification": verify,
    }
    seen = set()
    for name, shown_by in run.items():
        with subtests.test(name):
            tables.clear()
            in_a_pipe = shown_by()
            assert tables
            assert list(_problems_in_a_pipe(in_a_pipe, tables)) == []
            tables.clear()
            with monkeypatch.context() as at_a_terminal:
                at_a_terminal.setattr(output, "width_of", lambda _: COLUMNS)
                shown = shown_by()
            assert list(_problems_at_a_terminal(shown, tables, set(in_a_pipe.split()))) == []
        seen |= {table.site for table in tables if table.rows}
    results = operate("deny", "--fix", FIX, "--yes", *WHY)
    assert results.exit_code == 0, results.output
    seen |= {table.site for table in tables if table.rows}
    assert _call_sites() - seen == set()
