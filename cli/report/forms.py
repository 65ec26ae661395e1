"""The report as a page, as CSV and as JSON."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from markupsafe import Markup

from cli.export import harmless
from cli.report.cases import Case
from cli.report.charts import bars, burn_down, sparkline
from cli.report.figures import Figures, Group, in_words
from cli.web.render import STATIC, Badge, Cell, Grid, Stack, Tone, render
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

_MEANING: Mapping[Result, str] = {
    Result.FIXED: "Changed by Suture, at once or after an approval, and read back as it should be.",
    Result.UNDONE: "Fixed by Suture, and then put back as it was. What was fixed again counts as fixed.",
    Result.WAITING: "Its plan may still be approved, or its run is held. As of when the report was made.",
    Result.LEFT: "Nothing was changed, and people were told; or nobody approved the plan in time, or it was denied.",
    Result.FAILED: "Something was tried and did not work. The record says what is in place.",
    Result.REFUSED: "Suture does not act on it: no catalog entry answers it, its account is not onboarded, or its "
    "payload is not valid.",
    Result.SKIPPED: "Nothing to do: compliant already, resolved in Wiz, or left alone by an exception or a tag.",
    Result.DRY_RUN: "Planned, and by the policy or a command not carried out.",
}

_DEFINITIONS: Mapping[str, str] = {
    "found": "Every finding with an outcome within the time, or held since, counted once however often Wiz published "
    "it. What ended before, and did not come again, is not counted.",
    **{result.value: meaning for result, meaning in _MEANING.items()},
    "open": "Neither fixed nor skipped.",
    "from detection to fix": "From the time at which Wiz made the issue until the resource was read back as it should "
    "be. Findings whose payload does not say when are left out.",
    "undone at some time, of what was fixed": "Of the findings that were fixed within the time, those that were undone "
    "within it, however they stand now: they may have been fixed again.",
}
"""What every figure on the page is of: who reads it may not know Suture."""

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


def to_json(found: Figures, environment: str, only: Mapping[str, str]) -> dict[str, Any]:
    """All of it, as JSON values. ``only`` is what it was narrowed to, by the options' names."""
    return {
        "environment": environment,
        "only": dict(only),
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
                    "skipped": group.skipped,
                    "waiting": group.waiting,
                    "open": group.open,
                }
                for group in groups
            ]
            for name, groups in found.groups.items()
        },
        "cases": [_case_to_json(case) for case in found.cases],
    }


def to_html(found: Figures, environment: str, only: Mapping[str, str], made_at: datetime) -> str:
    """One file that needs nothing else: no network, and no script to be read. ``only`` is what it was narrowed to."""
    script = (STATIC / "sort.js").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    return render(
        "report.html",
        environment=environment,
        found=found,
        only=", ".join(f"{option} {value}" for option, value in only.items()),
        made_at=made_at,
        definitions=list(_DEFINITIONS.items()),
        style=Markup((STATIC / "style.css").read_text(encoding="utf-8")),  # noqa: S704  the project's own file
        script=Markup(script),  # noqa: S704  the same
        script_digest=digest,
        tiles=_tiles(found),
        shares=_shares(found),
        burn_down=burn_down(found.days, found.open_by_day),
        speed=bars(found.speed.spans, what="fixes") if found.speed.median is not None else "",
        results=bars([(result.value, count) for result, count in found.counts.items() if count], what="findings"),
        blockers=Grid(
            caption="Why findings were not fixed without anybody's doing, the most frequent first",
            columns=("Findings", "Why", "Next steps", "Stands as", "Reason"),
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
    """The first is the sum of the others."""
    counts = found.counts
    return [
        (str(found.found), "found"),
        (str(counts[Result.FIXED]), "fixed"),
        (str(counts[Result.UNDONE]), "undone"),
        (str(counts[Result.WAITING]), "waiting for people"),
        (str(counts[Result.LEFT]), "left to people"),
        (str(counts[Result.REFUSED] + counts[Result.FAILED]), "refused or failed"),
        (str(counts[Result.SKIPPED] + counts[Result.DRY_RUN]), "skipped or dry run"),
    ]


def _shares(found: Figures) -> list[tuple[str, str]]:
    """Of what was fixed."""
    rate = "none fixed" if found.undo_rate is None else f"{found.undo_rate:.0%}"
    return [
        (_taken(found, found.speed.median), "from detection to fix: half of them sooner"),
        (_taken(found, found.speed.ninetieth), "from detection to fix: 9 of 10 sooner"),
        (rate, f"undone at some time, of what was fixed: {found.undone} of {found.ever_fixed}"),
    ]


def _taken(found: Figures, span: timedelta | None) -> str:
    if span is not None:
        return in_words(span)
    if not found.ever_fixed:
        return "none fixed"
    return "one fix only" if found.speed.median is not None else "not known"


def _group_grid(name: str, groups: Sequence[Group]) -> Grid:
    title = name.capitalize()
    return Grid(
        caption=f"By {name}, those with most open first. Open: neither fixed nor skipped. Waiting: of the open",
        columns=(title, "Open, day by day", "Found", "Fixed", "Skipped", "Open", "Waiting"),
        rows=[
            (one.name, sparkline(one.open_by_day), one.found, one.fixed, one.skipped, one.open, one.waiting)
            for one in groups
        ],
        numbers=("Found", "Fixed", "Skipped", "Open", "Waiting"),
        sortable=True,
    )


def _case_grid(found: Figures) -> Grid:
    rows: list[tuple[Cell, ...]] = [
        (
            case.seen_at,
            Stack(Badge(case.result.value, _TONES.get(case.result, Tone.PLAIN)), case.reason.value),
            case.control,
            Stack(case.resource_arn, case.run_id),
            Stack(case.account_id, case.owner),
            _hours(case),
        )
        for case in found.cases[-MOST_LISTED:]
    ]
    return Grid(
        caption="Every finding",
        columns=("Seen", "Stands as and why", "Control", "Resource and run", "Account and owner", "Hours to fix"),
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
