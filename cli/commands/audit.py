"""``suture audit``: what was decided and done, from the audit trail."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import groupby
from typing import Annotated

import typer

from cli import output
from cli.arguments import check_reach, parse_account_id, parse_day, parse_since
from cli.completion import fix_ids
from cli.deployment import Deployment
from cli.errors import Unusable
from cli.known import check_account_on_record, check_fix_on_record
from cli.options import AsJson, Plain, given
from cli.run_view import print_run
from cli.runs import complete_run_id
from runtime.domain.audit import EventKind, History, event_to_json
from runtime.domain.outcome import Outcome

app = typer.Typer(
    help="What was decided and done, from the audit trail.",
    no_args_is_help=True,
    rich_markup_mode=None,
    epilog="""\b
Examples:
  suture -e production audit list
  suture -e production audit list --since 2026-03-01 --outcome FAILED
  suture -e production audit show 22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324
""",
)


@app.command(
    "list",
    epilog="""\b
Examples:
  suture -e production audit list                            today's outcomes
  suture -e production audit list --account 111122223333     an account's newest 50
  suture -e production audit list --fix s3-block-public-access --outcome REMEDIATE --since 2026-03-01
  suture -e production audit list --issue 6d2c8f0a-... --json
\b
Days and times are in UTC. An empty list ends with 0, too.
""",
)
def list_events(
    context: typer.Context,
    day: Annotated[str, typer.Option(metavar="YYYY-MM-DD", callback=given, help="Only this day.")] = "",
    since: Annotated[
        str, typer.Option(metavar="DAY or TIME", callback=given, help="From this day, or ISO 8601 time, until now.")
    ] = "",
    outcome: Annotated[Outcome | None, typer.Option(case_sensitive=False, help="Only findings that ended so.")] = None,
    account: Annotated[str, typer.Option(metavar="ID", callback=given, help="Only this AWS account, 12 digits.")] = "",
    fix: Annotated[str, typer.Option(metavar="ID", callback=given, autocompletion=fix_ids, help="Only this fix.")] = "",
    issue: Annotated[
        str,
        typer.Option(metavar="ID", callback=given, help="Only this Wiz issue; shows all events, not only outcomes."),
    ] = "",
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="So many at most.")] = 50,
    plain: Plain = False,
    as_json: AsJson = False,
) -> None:
    """The newest first. Without an option: today's outcomes."""
    from cli.audit_reader import Wanted  # noqa: PLC0415  brings botocore

    if day and since:
        raise Unusable("--day and --since exclude each other: --day is one day, --since everything from then on.")
    if account:
        parse_account_id(account, "--account")
    now = datetime.now(UTC)
    wanted = Wanted(
        issue_id=issue,
        account_id=account,
        fix_id=fix,
        outcome=outcome or "",
        day=parse_day(day, "--day") if day else None,
        since=parse_since(since) if since else None,
    )
    by_something_else = issue or account or fix or outcome
    if wanted.since and not by_something_else:
        check_reach(wanted.since, now, narrowing="--account, --fix, --outcome or --issue")
    deployment: Deployment = context.obj()
    reader = deployment.audit_reader()
    if account:
        check_account_on_record(reader, deployment.store(), account)
    if fix:
        check_fix_on_record(reader, fix)
    if as_json:
        events = reader.list_events(wanted, limit=limit, today=now.date())
        output.print_json([event_to_json(event) for event in events])
        return
    rows = reader.list_rows(wanted, limit=limit, today=now.date())
    if not rows:
        output.say_aside("Nothing is recorded for this." if by_something_else or day or since else "Nothing today.")
        return
    output.print_table(
        ("Run", "Outcome", "At", "Resource", "Reason", "Account", "Fix", "Environment", "Owner"),
        (
            (
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
            for row in rows
        ),
        plain=plain,
    )
    if len(rows) == limit:
        output.say_aside(f"The newest {limit}; there may be more: see --limit.")


@app.command(
    "show",
    epilog="""\b
Examples:
  suture -e production audit show 22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324
  suture -e production audit show 22b80b92 --verbose
  suture -e production audit show 6d2c8f0a-4b1e-4c37-9a55-0e7b1f2d3c48 --json
""",
)
def show_finding(
    context: typer.Context,
    finding: Annotated[
        str,
        typer.Argument(
            metavar="ID", callback=given, help="A correlation id, or a Wiz issue's id: then every run for it."
        ),
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
