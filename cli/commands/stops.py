"""``suture stop``, ``resume`` and ``status``: the switch that stops changes, and what waits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from cli import output
from cli.arguments import parse_account_id
from cli.completion import environments, fix_ids
from cli.confirmation import confirm
from cli.deployment import Deployment
from cli.errors import RecordUnreadable
from cli.evidence_view import print_stops
from cli.known import check_registered
from cli.options import (
    DEFAULT_TIMEOUT_SECONDS,
    AsJson,
    ConfigFolder,
    NoWait,
    TimeoutSeconds,
    Why,
    Yes,
    YesToo,
    given,
    patience,
)
from cli.order_view import carry_out
from cli.policy import CONFIG
from cli.reviews import pending_reviews
from cli.stops import end_stop, find_stop, parse_scope, put_into_effect, read_held, read_stops
from runtime.domain.command import AnnounceStop
from runtime.domain.errors import PlatformCallFailed
from runtime.domain.guardrails import Stop, StopScope
from runtime.domain.hold import Hold

STOP_EPILOG = """\b
Examples:
  suture -e production stop --all --reason "an incident"
  suture -e production stop --account 111122223333 --reason "their release"
  suture -e production stop --fix kms-key-rotation \\
      --reason "it broke a backup"
  suture -e production stop --environment production --reason "the holidays"
\b
It does not ask: it has to be quick. It is in effect as soon as it is written,
also for findings that are being handled, until just before their first
write. What it stops is held, and goes on in order once it is resumed: suture
resume --help. Then it is announced, to people and to the audit trail; that it
is in effect does not depend on that. Undos pass through stops.
"""

RESUME_EPILOG = """\b
Examples:
  suture -e production resume STOP-1a2b3c4d --reason "the incident is over"
  suture -e production resume STOP-1a2b3c4d \\
      --reason "the incident is over" --yes
\b
What waited for it goes on, the longest first, as far as nothing else is in
the way. `suture status` shows the stops in effect.
"""

STATUS_EPILOG = """\b
Examples:
  suture -e production status
  suture -e production status --account 111122223333
  suture -e production status --json \\
      | jq -r '.held[] | select(.stuck) | .correlation_id'
\b
A held run that was released five times and did not end is stuck: retry it or
end it, suture retry --help, suture end --help.
"""


def stop_changes(
    context: typer.Context,
    reason: Why,
    everything: Annotated[bool, typer.Option("--all", help="Everything.")] = False,
    account: Annotated[str, typer.Option(metavar="ID", callback=given, help="One account, 12 digits.")] = "",
    fix: Annotated[str, typer.Option(metavar="ID", callback=given, autocompletion=fix_ids, help="One fix.")] = "",
    environment: Annotated[
        str,
        typer.Option(
            metavar="NAME", callback=given, autocompletion=environments, help="One environment, as the policy names it."
        ),
    ] = "",
    config: ConfigFolder = CONFIG,
    yes: YesToo = False,  # noqa: ARG001  it does not ask
    no_wait: NoWait = False,
    timeout: TimeoutSeconds = DEFAULT_TIMEOUT_SECONDS,
    as_json: AsJson = False,
) -> None:
    """Stop changes at once: all of them, or those in an account, by a fix, or in an environment. Does not ask."""
    scope, value = parse_scope(
        {
            StopScope.EVERYTHING: everything,
            StopScope.ACCOUNT: account,
            StopScope.FIX: fix,
            StopScope.ENVIRONMENT: environment,
        },
        config,
    )
    deployment: Deployment = context.obj()
    stop = put_into_effect(deployment, scope, value, reason)
    output.say_aside(f"{stop.id} is in effect: {stop.target} is stopped.")
    _announce(deployment, stop, timeout_seconds=patience(no_wait=no_wait, timeout=timeout), as_json=as_json)


def resume_changes(
    context: typer.Context,
    stop_id: Annotated[
        str, typer.Argument(metavar="STOP_ID", callback=given, help="The stop, as `suture status` shows it.")
    ],
    reason: Why,
    yes: Yes = False,
    no_wait: NoWait = False,
    timeout: TimeoutSeconds = DEFAULT_TIMEOUT_SECONDS,
    as_json: AsJson = False,
) -> None:
    """End a stop: changes go on. Asks first."""
    deployment: Deployment = context.obj()
    stop = find_stop(deployment, stop_id)
    if not as_json:
        output.print_heading(f"Stop {stop.id}: {stop.target}")
        output.print_fields({"since": output.as_time(stop.at), "by": stop.stopped_by, "reason": stop.reason})
    confirm("End this stop, and let changes go on?", yes=yes, as_json=as_json)
    end_stop(deployment, stop, reason)
    output.say_aside(f"{stop.id} is not in effect any more: {stop.target} goes on, unless something else stops it.")
    _announce(deployment, stop, timeout_seconds=patience(no_wait=no_wait, timeout=timeout), as_json=as_json)


def show_status(
    context: typer.Context,
    account: Annotated[
        str, typer.Option(metavar="ID", callback=given, help="Only runs held in this account, 12 digits.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """The stops in effect, the runs that are held or stuck, and how many plans wait for approval."""
    if account:
        parse_account_id(account, "--account")
    deployment: Deployment = context.obj()
    store = deployment.store()
    stops, found = read_stops(deployment, store), read_held(store, account)
    held, unreadable = found.runs, found.unreadable
    if account and not held and not unreadable:
        check_registered(store, account)
    pending = sum(1 for _ in pending_reviews(deployment.audit_reader(), now=datetime.now(UTC)))
    if as_json:
        output.print_json(
            {
                "stops": [_stop_to_json(stop) for stop in stops],
                "held": [_hold_to_json(hold) for hold in held],
                "pending_reviews": pending,
            }
        )
    else:
        output.print_heading(f"Stops in effect: {len(stops) or 'none'}")
        if stops:
            print_stops(stops)
        _print_held(held)
        output.print_heading(f"Plans that wait for approval: {pending or 'none'}")
        if pending:
            output.say("  suture review list")
    if unreadable:
        raise RecordUnreadable(
            f"Not listed, because it cannot be read in {deployment.holds_table}: {'; '.join(unreadable)}. "
            "It is not released either: `suture audit show` has its record."
        )


def _print_held(held: Sequence[Hold]) -> None:
    output.print_heading(f"Runs that are held: {len(held) or 'none'}")
    if held:
        output.print_table(
            ("Run", "Waits for", "Resource", "Since", "Until", "Released", "Account", "Fix", "Environment"),
            (
                (
                    hold.correlation_id,
                    f"{hold.reason}: {hold.sentence}",
                    hold.resource_arn,
                    output.as_time(hold.since),
                    output.as_time(hold.until) if hold.until else "",
                    _released(hold),
                    hold.account_id,
                    hold.fix_id,
                    hold.environment,
                )
                for hold in held
            ),
            fold=("Waits for",),
            keep=("Resource",),
        )
    by_account = Counter(hold.account_id for hold in held)
    if len(by_account) > 1:
        stuck = Counter(hold.account_id for hold in held if hold.stuck)
        output.print_table(
            ("Account", "Held", "Of them stuck"),
            ((account_id, count, stuck[account_id]) for account_id, count in by_account.most_common()),
        )
    stuck_runs = [hold.correlation_id for hold in held if hold.stuck]
    if stuck_runs:
        output.print_heading(f"Runs that are stuck: {len(stuck_runs)}")
        for run in stuck_runs:
            output.say(f"  suture retry {run} --reason TEXT\n  suture end {run} --reason TEXT")


def _released(hold: Hold) -> str:
    """How often since it last had to wait, and when last."""
    if hold.released_at is None:
        return ""
    times = "stuck" if hold.stuck else f"{hold.releases}x"
    return f"{times}, {output.as_time(hold.released_at)}"


def _announce(deployment: Deployment, stop: Stop, *, timeout_seconds: int | None, as_json: bool) -> None:
    """Have what was done to a stop put on record, and people told. Raises as ``carry_out`` does."""
    try:
        carry_out(
            deployment,
            AnnounceStop(stop_id=stop.id),
            timeout_seconds=timeout_seconds,
            as_json=as_json,
            also={"stop_id": stop.id},
        )
    except PlatformCallFailed:
        sentence = f"What was done to {stop.id} holds. That it is on record, and people are told, is not known."
        if as_json:
            output.print_json({"state": "not-announced", "sentence": sentence, "stop_id": stop.id})
        output.say_aside(sentence)
        raise


def _stop_to_json(stop: Stop) -> dict[str, Any]:
    return {**asdict(stop), "scope": stop.scope.value, "at": stop.at.isoformat()}


def _hold_to_json(hold: Hold) -> dict[str, Any]:
    return {
        **asdict(hold),
        "since": hold.since.isoformat(),
        "until": hold.until.isoformat() if hold.until else None,
        "released_at": hold.released_at.isoformat() if hold.released_at else None,
        "reason": hold.reason.value,
        "stuck": hold.stuck,
    }
