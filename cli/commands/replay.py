"""``suture replay``: what another policy would have decided about past findings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from cli import output
from cli.arguments import check_reach, parse_account_id, parse_since, parse_until
from cli.completion import fix_ids
from cli.deployment import Deployment
from cli.errors import ExitCode, Unusable
from cli.known import check_account_on_record, fix_ids_on_record
from cli.options import AsJson, ConfigFolder, given
from cli.policy import CONFIG, read_policy
from cli.replay import Decided, Replayed
from cli.replay_report import Report, report_on, report_to_json
from cli.rows import Wanted
from runtime.domain.audit import AuditEvent
from runtime.fixes.catalog import FIX_BY_ID

EPILOG = """\b
Examples:
  suture -e production replay --since 2026-03-01
  suture -e production replay --since 2026-03-01 --catalog new-catalog.yaml
  suture -e production replay --since 2026-03-14 --fix kms-key-rotation --json
\b
Without --catalog or --config it is this checkout's policy: what would differ
if it were deployed now. Each finding is decided for itself, by the facts on
its record and as of its time. Days and times are in UTC.
\b
Ends with 0 whether or not something differs; with 1 if something does and
--fail-on-difference is given. More: docs/replay.md
"""


def replay_findings(
    context: typer.Context,
    since: Annotated[
        str, typer.Option(metavar="DAY or TIME", callback=given, help="Findings that ended from this day or time on.")
    ],
    until: Annotated[
        str,
        typer.Option(
            metavar="DAY or TIME", callback=given, help="Those that ended by the end of this day, or before this time."
        ),
    ] = "",
    catalog: Annotated[
        Path | None,
        typer.Option(metavar="FILE", exists=True, dir_okay=False, help="A catalog, in place of the folder's."),
    ] = None,
    config: ConfigFolder = CONFIG,
    account: Annotated[str, typer.Option(metavar="ID", callback=given, help="Only this account, 12 digits.")] = "",
    fix: Annotated[
        str,
        typer.Option(metavar="ID", callback=given, autocompletion=fix_ids, help="Only what this fix was chosen for."),
    ] = "",
    fail_on_difference: Annotated[
        bool, typer.Option("--fail-on-difference", help="End with 1 if any differs.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Decide past findings again by another policy, and show which would end differently. Changes nothing."""
    begin = parse_since(since)
    end = parse_until(until) if until else datetime.now(UTC)
    if begin >= end:
        raise Unusable(f"--since {since} is not before the end, {end.isoformat()}: there is nothing in between.")
    if account:
        parse_account_id(account, "--account")
    if not account and not fix:
        check_reach(begin, end, narrowing="--account or --fix")
    deployment: Deployment = context.obj()
    deployment.tell("Reading the policy")
    policy = read_policy(config, catalog_file=catalog)
    reader = deployment.audit_reader()
    if account:
        check_account_on_record(reader, deployment.store(), account)
    fix_id, *former = fix_ids_on_record(reader, fix) if fix else ("",)
    wanted = Wanted(account_id=account, fix_id=fix_id, former_fix_ids=tuple(former), since=begin, until=end)
    events = reader.find_events(wanted, today=datetime.now(UTC).date())
    report = report_on(_told(events, deployment.tell), policy, FIX_BY_ID)
    if as_json:
        output.print_json(report_to_json(report))
    else:
        _print(report)
    if fail_on_difference and report.differing:
        raise typer.Exit(ExitCode.NO)


def _told(events: Iterable[AuditEvent], tell: Callable[[str], None]) -> Iterator[AuditEvent]:
    """The events, each with how far it is."""
    for number, event in enumerate(events, start=1):
        tell(f"Deciding again: {number} findings, back to {output.as_time(event.at)}")
        yield event


def _print(report: Report) -> None:
    if report.differing:
        output.print_heading(f"What would change under the policy {report.policy_version}")
        output.print_table(
            ("Run", "Recorded", "Replayed", "Why", "Resource", "Ended at", "Issue"),
            map(_row, report.differing),
            fold=("Recorded", "Replayed", "Why"),
        )
    output.print_heading(f"{len(report.differing)} of {report.findings} findings would change")
    output.print_table(
        ("Decided as", "Recorded", "Replayed"),
        (
            (name, report.recorded.get(name, 0), report.replayed.get(name, 0))
            for name in sorted({*report.recorded, *report.replayed})
        ),
    )
    if report.left_out:
        output.print_heading("Not decided again")
        output.print_table(("Runs", "What"), ((len(ids), why) for why, ids in report.left_out.items()))


def _row(one: Replayed) -> tuple[str, ...]:
    event = one.event
    recorded, replayed = _said(one.recorded), _said(one.replayed)
    if replayed == recorded:
        replayed += f", with another {', '.join(name.replace('_', ' ') for name in one.differs)}"
    if (event.outcome, event.reason) != (one.recorded.outcome, one.recorded.reason):
        recorded += f" (ended as {event.outcome} {event.reason})"
    return (
        event.correlation_id,
        recorded,
        replayed,
        one.why,
        event.resource_arn,
        output.as_time(event.at),
        event.issue_id,
    )


def _said(decided: Decided) -> str:
    if decided.outcome is None:
        return "depends on the live resource"
    waits = f", waits: {decided.waits_for}" if decided.waits_for else ""
    return f"{decided.outcome} {decided.reason}{waits}"
