"""``suture audit``: what was decided and done, from the audit trail."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from itertools import groupby
from typing import Annotated, Any

import typer

from cli import output
from cli.deployment import Deployment
from cli.errors import AnswerIsNo, Unusable
from cli.evidence_view import print_checks, print_plan
from runtime.domain.audit import AuditEvent, Evidence, event_to_json
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

LONGEST_SINCE_DAYS = 366
"""Without an account, fix, outcome or issue, each day since is one query."""

AsJson = Annotated[bool, typer.Option("--json", help="JSON on standard output instead of tables.")]


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
    day: Annotated[str, typer.Option(metavar="YYYY-MM-DD", help="Only this day.")] = "",
    since: Annotated[str, typer.Option(metavar="DAY or TIME", help="From this day, or ISO 8601 time, until now.")] = "",
    outcome: Annotated[Outcome | None, typer.Option(case_sensitive=False, help="Only findings that ended so.")] = None,
    account: Annotated[str, typer.Option(metavar="ID", help="Only this AWS account, 12 digits.")] = "",
    fix: Annotated[str, typer.Option(metavar="ID", help="Only this fix.")] = "",
    issue: Annotated[
        str, typer.Option(metavar="ID", help="Only this Wiz issue; shows intents and pending looks, too.")
    ] = "",
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="So many at most.")] = 50,
    as_json: AsJson = False,
) -> None:
    """The newest first. Without an option: today's outcomes."""
    from cli.audit_reader import AuditReader, Wanted  # noqa: PLC0415  brings botocore

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
        day=_parse_day(day, "--day") if day else None,
        since=_parse_since(since) if since else None,
    )
    by_something_else = issue or account or fix or outcome
    if wanted.since and not by_something_else and (now - wanted.since).days > LONGEST_SINCE_DAYS:
        raise Unusable(
            f"--since {since} is more than {LONGEST_SINCE_DAYS} days ago: add --account, --fix, --outcome or --issue."
        )
    deployment: Deployment = context.obj()
    reader = AuditReader(client=deployment.client("dynamodb"), table=deployment.audit_table)
    events = reader.list_events(wanted, limit=limit, today=now.date())
    if as_json:
        output.print_json([event_to_json(event) for event in events])
        return
    if not events:
        output.say_aside("Nothing is recorded for this." if by_something_else or day or since else "Nothing today.")
        return
    output.print_table(
        ("At", "Outcome", "Reason", "Account", "Resource", "Fix", "Correlation id"),
        (
            (
                event.at.isoformat(sep=" ", timespec="seconds"),
                event.outcome if event.kind == "OUTCOME" else f"{event.kind}: {event.outcome}",
                event.reason,
                event.account_id,
                event.resource_arn,
                event.fix_id,
                event.correlation_id,
            )
            for event in events
        ),
    )
    if len(events) == limit:
        output.say_aside(f"The newest {limit}; there may be more: see --limit.")


@app.command(
    "show",
    epilog="""\b
Examples:
  suture -e production audit show 22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324
  suture -e production audit show 6d2c8f0a-4b1e-4c37-9a55-0e7b1f2d3c48 --json
""",
)
def show_finding(
    context: typer.Context,
    finding: Annotated[
        str, typer.Argument(metavar="ID", help="A correlation id, or a Wiz issue's id: then every run for it.")
    ],
    as_json: AsJson = False,
) -> None:
    """Every event of a finding in order, with its evidence. Ends with 1 if nothing is recorded under this id."""
    from cli.audit_reader import AuditReader  # noqa: PLC0415  brings botocore

    deployment: Deployment = context.obj()
    reader = AuditReader(client=deployment.client("dynamodb"), table=deployment.audit_table)
    events = reader.read_run(finding) or reader.read_runs(finding)
    if not events:
        raise AnswerIsNo(
            f"Nothing is recorded under {finding!r} in {deployment.audit_table}, neither as a correlation id nor as a "
            "Wiz issue's id. `suture audit list` shows what is."
        )
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
    for correlation_id, run in runs:
        output.print_heading(f"Finding {correlation_id}")
        _print_run(run)


def parse_account_id(text: str, option: str) -> str:
    """Raises ``Unusable`` for anything but 12 digits."""
    if re.fullmatch(r"[0-9]{12}", text) is None:
        raise Unusable(f"{option} {text!r} is not an AWS account id: 12 digits, without spaces or hyphens.")
    return text


def _parse_day(text: str, option: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Unusable(f"{option} {text!r} is not a day: write it like 2026-03-14.") from error


def _parse_since(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise Unusable(
            f"--since {text!r} is neither a day nor a time: write it like 2026-03-14 or 2026-03-14T08:00:00Z."
        ) from error
    return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)


def _print_run(events: Sequence[AuditEvent]) -> None:
    shown = Evidence()
    for event in events:
        attempt = f", look {event.attempt}" if event.attempt else ""
        output.print_heading(f"{event.kind}{attempt} at {event.at.isoformat(sep=' ')}")
        _print_event(event)
        _print_evidence(event.evidence, shown)
        shown = event.evidence


def _print_event(event: AuditEvent) -> None:
    evidence = event.evidence
    finding = evidence.finding
    output.print_fields(
        {
            "outcome": f"{event.outcome}: {event.reason}",
            "because": event.sentence,
            "issue": event.issue_id,
            "control": " ".join(filter(None, (finding.control.rule_id, finding.control.name))) if finding else "",
            "account": event.account_id,
            "resource": event.resource_arn,
            "environment": event.environment,
            "owner": event.owner,
            "owner looked for": "; ".join(evidence.owner_path),
            "exception": event.waiver_id,
            "catalog entry": event.entry_id,
            "fix": event.fix_id,
            "options": output.as_text(dict(evidence.options)) if evidence.options else "",
            "tags": output.as_text(dict(evidence.tags)) if evidence.tags else "",
            "error": evidence.error if evidence.error != event.sentence else "",
            "actor": event.actor,
            "code version": event.code_version,
            "catalog version": event.catalog_version,
            "payload sha-256": evidence.payload_sha256,
        }
    )


def _print_evidence(evidence: Evidence, shown: Evidence) -> None:
    """The longer parts. What stands above already, from the event before, is not repeated."""
    if evidence.checks and evidence.checks != shown.checks:
        print_checks(evidence.checks)
    if evidence.plan is not None and evidence.plan != shown.plan:
        print_plan(evidence.plan)
    if evidence.answers and evidence.answers != shown.answers:
        output.print_heading("What AWS answered to the changes")
        output.print_table(("Change", "Answer"), _numbered([output.as_text(dict(one)) for one in evidence.answers]))
    if evidence.after is not None and evidence.after != shown.after:
        output.print_heading("State after")
        output.say(output.as_text(dict(evidence.after)))
    for session in evidence.sessions:
        if session not in shown.sessions:
            output.print_heading(f"Session {session.session_name}")
            output.print_fields(
                {
                    "role": session.role_arn,
                    "source identity": session.source_identity,
                    "tags": output.as_text(dict(session.tags)),
                    "policy": session.policy,
                }
            )
            output.print_table(
                ("Call", "Request id"),
                ((f"{call.service}:{call.operation}", call.request_id) for call in session.calls),
            )


def _numbered(texts: Sequence[Any]) -> list[tuple[int, Any]]:
    return list(enumerate(texts, start=1))
