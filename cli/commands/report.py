"""``suture report``: what became of the findings of a time, to be forwarded."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from cli import output
from cli.arguments import check_reach, parse_since, parse_until
from cli.deployment import Deployment
from cli.errors import Unusable
from cli.options import given
from cli.report.cases import read_cases, read_waiting
from cli.report.figures import Figures, figures
from cli.report.forms import to_csv, to_html, to_json
from cli.row_filter import ByFix, InAccount, InEnvironment, OfOwner, Since, narrowed
from cli.rows import Wanted
from cli.stops import read_held
from runtime.domain.hold import Hold

EPILOG = """\b
Examples:
  suture -e production report --since 2026-03-01 --output march.html
  suture -e production report --since 2026-03-01 --format csv > march.csv
  suture -e production report --since 2026-03-01 --format json | jq .blockers
\b
html is one file that needs nothing else. csv has a line for each finding.
Every record of that time is read: how many so far is said on standard error,
at a terminal only.
"""


class Form(StrEnum):
    """What the report is written as."""

    HTML = "html"
    CSV = "csv"
    JSON = "json"


def make_report(
    context: typer.Context,
    since: Since,
    until: Annotated[
        str, typer.Option(metavar="DAY or TIME", callback=given, help="Until the end of this day, or this time.")
    ] = "",
    form: Annotated[Form, typer.Option("--format", help="What to write.")] = Form.HTML,
    file: Annotated[
        Path | None, typer.Option("--output", metavar="FILE", help="Write to this file. Unset: standard output.")
    ] = None,
    account: InAccount = "",
    fix: ByFix = "",
    environment: InEnvironment = "",
    owner: OfOwner = "",
) -> None:
    """What was found, fixed, refused and undone within a time. And what waits, how fast, and what blocks automation."""
    if file is None and form is Form.HTML and sys.stdout.isatty():
        raise Unusable("A page is not for a terminal: say --output FILE, or send it into a file.")
    now = datetime.now(UTC)
    start, end = parse_since(since), min(parse_until(until), now) if until else now
    if end <= start:
        raise Unusable(f"--since {since} is not before the end, {output.as_time(end)}.")
    wanted = Wanted(account_id=account, fix_id=fix, environment=environment, owner=owner, since=start, until=end)
    check_reach(start, end, narrowing="--until")
    deployment: Deployment = context.obj()
    wanted = narrowed(wanted, deployment)
    reader = deployment.audit_reader()
    held = [hold for hold in read_held(deployment.store(), account).runs if _is_wanted(hold, wanted)]
    waiting = read_waiting(reader, held, now)
    cases = read_cases(reader, wanted, waiting, now=now, tell=_say_how_many)
    found = figures(cases, since=start, until=end)
    given_only = {"account": account, "fix": fix, "environment": environment, "owner": owner}
    only = {option: value for option, value in given_only.items() if value}
    text = _written(form, found, deployment.environment, only, now)
    if file is None:
        output.write(text)
        return
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Unusable(f"{file} cannot be written: {error.strerror}.") from error
    output.say_aside(f"{file}: {found.found} findings.")


def _written(form: Form, found: Figures, environment: str, only: Mapping[str, str], made_at: datetime) -> str:
    match form:
        case Form.HTML:
            return to_html(found, environment, only, made_at)
        case Form.CSV:
            return to_csv(found.cases)
        case Form.JSON:
            return json.dumps(to_json(found, environment, only), indent=2) + "\n"


def _is_wanted(hold: Hold, wanted: Wanted) -> bool:
    """A held run has no owner on its row: with one asked for, only what is on record counts."""
    return (
        not wanted.owner
        and wanted.account_id in ("", hold.account_id)
        and (wanted.fix_id in ("", hold.fix_id) or hold.fix_id in wanted.former_fix_ids)
        and wanted.environment in ("", hold.environment)
        and (wanted.until is None or hold.since < wanted.until)
    )


def _say_how_many(number: int) -> None:
    output.show_progress(f"Reading the audit trail: {number} records")
