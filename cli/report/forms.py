"""The report as a page, as CSV and as JSON."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from markupsafe import Markup

from cli.export import harmless
from cli.report.cases import Case
from cli.report.charts import bars, burn_down, sparkline
from cli.report.figures import Figures, Group, in_words
from cli.web.render import STATIC, Badge, Cell, Grid, Tone, render
from infra.results import Result

MOST_LISTED = 1_000
"""Of the cases on a page; CSV and JSON have all."""

_TONES = {
    Result.FIXED: Tone.GOOD,
    Result.UNDONE: Tone.WAITS,
    Result.WAITING: Tone.WAITS,
    Result.FAILED: Tone.BAD,
    Result.REFUSED: Tone.BAD,
}

_FIELDS = (
    "issue_id", "result", "reason", "control", "severity", "resource_arn", "account_id", "environment", "owner",
    "fix_id", "detected_at", "seen_at", "fixed_at", "hours_to_fix", "run_id", "sentence",
)  # fmt: skip


def to_csv(cases: Sequence[Case]) -> str:
    """A line for each finding, below the columns' names."""
    text = io.StringIO()
    writer = csv.DictWriter(text, _FIELDS, lineterminator="\n")
    writer.writeheader()
    for case in cases:
        row = {name: "" if value is None else str(value) for name, value in _case_to_json(case).items()}
        writer.writerow({name: harmless(value) for name, value in row.items()})
    return text.getvalue()


def to_json(found: Figures, environment: str) -> dict[str, Any]:
    """All of it, as JSON values."""
    return {
        "environment": environment,
        "since": found.since.isoformat(),
        "until": found.until.isoformat(),
        "found": found.found,
        "results": {result.value: count for result, count in found.counts.items()},
        "fixed_within_the_time": found.ever_fixed,
        "undone_of_it": found.undone,
        "undo_rate": found.undo_rate,
        "seconds_to_fix": {"median": _seconds(found.speed.median), "ninetieth": _seconds(found.speed.ninetieth)},
        "time_to_fix": dict(found.speed.spans),
        "open_by_day": {day.isoformat(): count for day, count in zip(found.days, found.open_by_day, strict=True)},
        "blockers": [
            {
                "reason": one.reason.value,
                "result": one.result.value,
                "count": one.count,
                "what": one.what,
                "to_do": one.to_do,
            }
            for one in found.blockers
        ],
        "by": {
            name: [
                {
                    "name": group.name,
                    "found": group.found,
                    "fixed": group.fixed,
                    "waiting": group.waiting,
                    "open": group.open,
                }
                for group in groups
            ]
            for name, groups in found.groups.items()
        },
        "cases": [_case_to_json(case) for case in found.cases],
    }


def to_html(found: Figures, environment: str, made_at: datetime) -> str:
    """One file that needs nothing else: no network, and no script to be read."""
    script = (STATIC / "sort.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return render(
        "report.html",
        environment=environment,
        found=found,
        made_at=made_at,
        style=Markup((STATIC / "style.css").read_text(encoding="utf-8")),  # noqa: S704  the project's own file
        script=Markup(script),  # noqa: S704  the same
        script_digest=digest,
        tiles=_tiles(found),
        burn_down=burn_down(found.days, found.open_by_day),
        speed=bars(found.speed.spans, what="fixes"),
        results=bars([(result.value, count) for result, count in found.counts.items() if count], what="findings"),
        blockers=Grid(
            caption="What kept findings from being fixed by themselves, the most frequent first",
            columns=("Findings", "Because", "What to do", "Stands as", "Reason"),
            rows=[(one.count, one.what, one.to_do, one.result.value, one.reason.value) for one in found.blockers],
            empty="Nothing did.",
            numbers=("Findings",),
            sortable=True,
        ),
        groups=[(name, _group_grid(name, groups)) for name, groups in found.groups.items()],
        cases=_case_grid(found),
        left_out=max(0, found.found - MOST_LISTED),
    )


def _tiles(found: Figures) -> list[tuple[str, str]]:
    rate = "none fixed" if found.undo_rate is None else f"{found.undo_rate:.0%}"
    return [
        (str(found.found), "found"),
        (str(found.counts[Result.FIXED]), "fixed"),
        (str(found.counts[Result.WAITING]), "waiting for people"),
        (str(found.counts[Result.LEFT]), "left to people"),
        (str(found.counts[Result.REFUSED] + found.counts[Result.FAILED]), "refused or failed"),
        (in_words(found.speed.median), "from detection to fix: half of them sooner"),
        (in_words(found.speed.ninetieth), "from detection to fix: 9 of 10 sooner"),
        (rate, f"of what was fixed was undone: {found.undone} of {found.ever_fixed}"),
    ]


def _group_grid(name: str, groups: Sequence[Group]) -> Grid:
    title = name.capitalize()
    return Grid(
        caption=f"By {name}, those with most open first",
        columns=(title, "Open, day by day", "Found", "Fixed", "Waiting", "Open"),
        rows=[(one.name, sparkline(one.open_by_day), one.found, one.fixed, one.waiting, one.open) for one in groups],
        numbers=("Found", "Fixed", "Waiting", "Open"),
        sortable=True,
    )


def _case_grid(found: Figures) -> Grid:
    rows: list[tuple[Cell, ...]] = [
        (
            case.seen_at,
            Badge(case.result.value, _TONES.get(case.result, Tone.PLAIN)),
            case.control,
            case.resource_arn,
            case.account_id,
            case.owner,
            case.reason.value,
            _hours(case),
            case.run_id,
        )
        for case in found.cases[-MOST_LISTED:]
    ]
    return Grid(
        caption="Every finding",
        columns=("Seen", "Stands as", "Control", "Resource", "Account", "Owner", "Reason", "Hours to fix", "Run"),
        rows=rows,
        empty="No finding had an outcome within this time.",
        numbers=("Hours to fix",),
        sortable=True,
    )


def _case_to_json(case: Case) -> dict[str, Any]:
    values = {
        "issue_id": case.issue_id,
        "result": case.result.value,
        "reason": case.reason.value,
        "control": case.control,
        "severity": case.severity,
        "resource_arn": case.resource_arn,
        "account_id": case.account_id,
        "environment": case.environment,
        "owner": case.owner,
        "fix_id": case.fix_id,
        "detected_at": _iso(case.detected_at),
        "seen_at": _iso(case.seen_at),
        "fixed_at": _iso(case.fixed_at),
        "hours_to_fix": _hours(case),
        "run_id": case.run_id,
        "sentence": case.sentence,
    }
    assert tuple(values) == _FIELDS, "CSV has the same columns"
    return values


def _hours(case: Case) -> float | None:
    taken = case.time_to_fix
    return round(taken.total_seconds() / 3600, 2) if taken is not None else None


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _seconds(span: timedelta | None) -> float | None:
    return span.total_seconds() if span is not None else None
