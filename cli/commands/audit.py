"""``suture audit``: what was decided and done, from the audit trail."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import chain, groupby
from time import sleep
from typing import Annotated

import typer

from cli import output
from cli.arguments import parse_day, parse_since, parse_until
from cli.deployment import Deployment
from cli.errors import Unusable
from cli.export import write_csv, write_ocsf
from cli.known import check_environment
from cli.options import AsJson, Plain, given
from cli.policy import CONFIG
from cli.row_filter import (
    ByFix,
    ForOutcome,
    ForReason,
    InAccount,
    InEnvironment,
    OfOwner,
    OnResource,
    Since,
    check_window,
    narrowed,
)
from cli.rows import Row, Wanted, row_to_json
from cli.run_view import print_run
from cli.runs import complete_run_id
from runtime.domain.audit import EventKind, History, event_to_json

FOLLOW_SECONDS = 2.0
MOST_FOLLOWED = 1_000
INDEX_LAG = timedelta(seconds=30)
"""How much later than it was written an outcome may come into an index: those are eventually consistent."""


class Form(StrEnum):
    """What `audit export` writes."""

    CSV = "csv"
    OCSF = "ocsf"


app = typer.Typer(
    add_completion=False,
    help="What was decided and done, from the audit trail.",
    no_args_is_help=True,
    rich_markup_mode=None,
    epilog="""\b
Examples:
  suture -e production audit list
  suture -e production audit list --since 2026-03-01 --outcome FAILED
  suture -e production audit show 22b80b92
""",
)


@app.command(
    "list",
    epilog="""\b
Examples:
  suture -e production audit list                            today's outcomes
  suture -e production audit list --account 111122223333
  suture -e production audit list --fix s3-block-public-access \\
      --outcome REMEDIATE --since 2026-03-01
  suture -e production audit list --resource acme-invoices --since 2026-03-01
  suture -e production audit list --issue 6d2c8f0a-... --json
  suture -e production audit list --follow
\b
Days and times are in UTC. An empty list ends with 0, too.
""",
)
def list_events(
    context: typer.Context,
    day: Annotated[str, typer.Option(metavar="YYYY-MM-DD", callback=given, help="Only this day.")] = "",
    since: Since = "",
    outcome: ForOutcome = None,
    reason: ForReason = "",
    account: InAccount = "",
    fix: ByFix = "",
    resource: OnResource = "",
    environment: InEnvironment = "",
    owner: OfOwner = "",
    issue: Annotated[
        str,
        typer.Option(metavar="ID", callback=given, help="Only this Wiz issue; shows all events, not only outcomes."),
    ] = "",
    limit: Annotated[int, typer.Option(metavar="N", min=1, max=10_000, help="Maximum number of rows.")] = 50,
    follow: Annotated[
        bool, typer.Option("--follow", "-f", help="Go on, and print new outcomes as they come, until interrupted.")
    ] = False,
    plain: Plain = False,
    as_json: AsJson = False,
) -> None:
    """The newest first. Without an option: today's outcomes."""
    if day and since:
        raise Unusable("--day and --since exclude each other: --day is one day, --since everything from then on.")
    if day and follow:
        raise Unusable("--day and --follow exclude each other: what is to come is of no day that can be named.")
    now = datetime.now(UTC)
    wanted = Wanted(
        issue_id=issue,
        account_id=account,
        fix_id=fix,
        outcome=outcome or "",
        reason=reason,
        resource=resource,
        environment=environment,
        owner=owner,
        day=parse_day(day, "--day") if day else None,
        since=parse_since(since) if since else None,
    )
    deployment: Deployment = context.obj()
    check_window(wanted, now)
    wanted = narrowed(wanted, deployment)
    if follow:
        _follow(deployment, wanted, now, plain=plain, as_json=as_json)
        return
    reader = deployment.audit_reader()
    if as_json:
        events = reader.list_events(wanted, limit=limit, today=now.date())
        if environment and not events:
            check_environment(environment, CONFIG)
        output.print_json([event_to_json(event) for event in events])
        return
    rows = reader.list_rows(wanted, limit=limit, today=now.date())
    if not rows:
        if environment:
            check_environment(environment, CONFIG)
        if day or since or wanted.indexed:
            output.say_aside(_NOTHING)
        else:
            output.say_aside("Nothing today. --since DAY looks further back.")
        return
    output.print_table(_COLUMNS, map(_cells_of, rows), keep=("Resource",), plain=plain)
    if len(rows) == limit:
        output.say_aside(f"The newest {limit}; there may be more: see --limit.")


_NOTHING = "Nothing is recorded for this."
_COLUMNS = ("Run", "Outcome", "At", "Resource", "Reason", "Account", "Fix", "Environment", "Owner")


def _cells_of(row: Row) -> tuple[str, ...]:
    """Under ``_COLUMNS``."""
    return (
        row.correlation_id,
        row.outcome if row.kind == EventKind.OUTCOME else f"{row.kind}: {row.outcome}",
        output.as_time(row.at),
        row.resource_arn,
        row.reason,
        row.account_id,
        row.fix_id,
        row.environment,
        row.owner,
    )


def _follow(deployment: Deployment, wanted: Wanted, now: datetime, *, plain: bool, as_json: bool) -> None:
    """Print the wanted outcomes from now on, a line each. Ends when it is interrupted."""
    reader = replace(deployment, tell=lambda _: None).audit_reader()  # it reads again and again: that is no progress
    seen: set[tuple[str, str]] = set()
    since = wanted.since or now
    output.say_aside("Waiting for new outcomes. Ctrl-C ends this.")
    if plain:
        output.print_table(_COLUMNS, (), plain=True)
    with suppress(KeyboardInterrupt):
        while True:
            latest = replace(wanted, since=since)
            rows = reader.list_rows(latest, limit=MOST_FOLLOWED, today=datetime.now(UTC).date())
            for row in reversed(rows):
                if (row.correlation_id, row.kind) not in seen:
                    seen.add((row.correlation_id, row.kind))
                    _print_line(row, plain=plain, as_json=as_json)
            since = max(since, datetime.now(UTC) - INDEX_LAG)
            sleep(FOLLOW_SECONDS)


def _print_line(row: Row, *, plain: bool, as_json: bool) -> None:
    """Whoever reads a pipe sees it at once."""
    if as_json:
        output.print_line(row_to_json(row))
    elif plain:
        output.print_plain(_cells_of(row))
    else:
        parts = (row.correlation_id, row.outcome, output.as_time(row.at), row.reason, row.resource_arn, row.fix_id)
        output.say("  ".join(filter(None, parts)), hang=2)
    output.flush()


@app.command(
    "export",
    epilog="""\b
Examples:
  suture -e production audit export --format csv --since 2026-03-01 \\
      > march.csv
  suture -e production audit export --format ocsf --since 2026-03-01 \\
      --outcome FAILED
\b
ocsf is one event a line, of the class Remediation Activity (7001) of the Open
Cybersecurity Schema Framework, as Security Lake takes it. Rows are written as
they are read; there is no maximum.
""",
)
def export_events(
    context: typer.Context,
    form: Annotated[Form, typer.Option("--format", help="The form of the rows.")],
    since: Since,
    until: Annotated[
        str, typer.Option(metavar="DAY or TIME", callback=given, help="Until the end of this day, or this time.")
    ] = "",
    outcome: ForOutcome = None,
    reason: ForReason = "",
    account: InAccount = "",
    fix: ByFix = "",
    resource: OnResource = "",
    environment: InEnvironment = "",
    owner: OfOwner = "",
) -> None:
    """Every outcome of a time, the newest first, for other tools."""
    now = datetime.now(UTC)
    wanted = Wanted(
        account_id=account,
        fix_id=fix,
        outcome=outcome or "",
        reason=reason,
        resource=resource,
        environment=environment,
        owner=owner,
        since=parse_since(since),
        until=parse_until(until) if until else None,
    )
    deployment: Deployment = context.obj()
    check_window(wanted, now)
    found = deployment.audit_reader().find_rows(narrowed(wanted, deployment), today=now.date())
    first = next(found, None)
    if first is None:
        if environment:
            check_environment(environment, CONFIG)
        output.say_aside(_NOTHING)
    rows = chain(filter(None, [first]), found)
    match form:
        case Form.CSV:
            write_csv(rows)
        case Form.OCSF:
            write_ocsf(rows)


@app.command(
    "show",
    epilog="""\b
Examples:
  suture -e production audit show 22b80b92
  suture -e production audit show 22b80b92 --verbose
  suture -e production audit show 6d2c8f0a-4b1e-4c37-9a55-0e7b1f2d3c48 --json
""",
)
def show_finding(
    context: typer.Context,
    finding: Annotated[
        str,
        typer.Argument(metavar="ID", callback=given, help="A run id, or a Wiz issue's id: then every run for it."),
    ],
    verbose: Annotated[bool, typer.Option("--verbose", help="Every event, with all of its evidence.")] = False,
    as_json: AsJson = False,
) -> None:
    """How a finding or a command ended, what changed, and what to do next. Ends with 1 if nothing has this id."""
    deployment: Deployment = context.obj()
    reader = deployment.audit_reader()
    events = reader.read_run(finding) or reader.read_runs(finding)
    if not events:
        events = reader.read_run(complete_run_id(deployment, reader, finding))
    runs = [(correlation_id, list(run)) for correlation_id, run in groupby(events, lambda one: one.correlation_id)]
    if as_json:
        output.print_json(
            {
                "runs": [
                    {"correlation_id": correlation_id, "events": [event_to_json(event) for event in run]}
                    for correlation_id, run in runs
                ]
            }
        )
        return
    for _, run in runs:
        print_run(History(events=tuple(run)), verbose=verbose)
    if not verbose:
        output.say_aside("\n--verbose shows every event, with checks, plan, sessions and request ids.")
