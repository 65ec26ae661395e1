"""``suture stop``, ``resume`` and ``status``: the switch that stops changes, and what waits."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import output
from cli.arguments import parse_account_id
from cli.confirmation import confirm
from cli.deployment import Deployment
from cli.errors import AnswerIsNo, Unusable, readable
from cli.evidence_view import print_stops
from cli.options import DEFAULT_TIMEOUT_SECONDS, AsJson, NoWait, TimeoutSeconds, Why, Yes, given, patience
from cli.order_view import carry_out
from cli.policy import CONFIG, check_environment
from cli.reviews import pending_reviews
from runtime.domain.command import AnnounceStop
from runtime.domain.errors import ConditionalWriteConflict, PlatformCallFailed
from runtime.domain.guardrails import Stop, StopScope
from runtime.domain.hold import Hold
from runtime.fixes.catalog import SPECS

if TYPE_CHECKING:
    from runtime.aws.registry import Switch

STOP_EPILOG = """\b
Examples:
  suture -e production stop --all --reason "an incident"
  suture -e production stop --account 111122223333 --reason "their release"
  suture -e production stop --fix kms-key-rotation --reason "it broke a backup"
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
  suture -e production resume STOP-1a2b3c4d --reason "the incident is over" --yes
\b
What waited for it goes on, the longest first, as far as nothing else is in
the way. `suture status` shows the stops in effect.
"""

STATUS_EPILOG = """\b
Examples:
  suture -e production status
  suture -e production status --json | jq '.held | length'
"""


def stop_changes(
    context: typer.Context,
    reason: Why,
    everything: Annotated[bool, typer.Option("--all", help="Everything.")] = False,
    account: Annotated[
        str, typer.Option(metavar="ACCOUNT_ID", callback=given, help="One AWS account, 12 digits.")
    ] = "",
    fix: Annotated[str, typer.Option(metavar="ID", callback=given, help="One fix.")] = "",
    environment: Annotated[
        str, typer.Option(metavar="NAME", callback=given, help="One environment, as the policy names it.")
    ] = "",
    config: Annotated[
        Path, typer.Option(help="The folder whose policy knows the environments.", show_default="this checkout's")
    ] = CONFIG,
    no_wait: NoWait = False,
    timeout: TimeoutSeconds = DEFAULT_TIMEOUT_SECONDS,
    as_json: AsJson = False,
) -> None:
    """Stop changes at once: all of them, or those in an account, by a fix, or in an environment. Does not ask."""
    scope, value = _parse_scope(
        {
            StopScope.EVERYTHING: everything,
            StopScope.ACCOUNT: account,
            StopScope.FIX: fix,
            StopScope.ENVIRONMENT: environment,
        },
        config,
    )
    deployment: Deployment = context.obj()
    stop = Stop(
        id=f"STOP-{secrets.token_hex(4)}",
        scope=scope,
        value=value,
        reason=reason,
        stopped_by=deployment.caller().arn,
        at=datetime.now(UTC),
    )
    with suppress(ConditionalWriteConflict):  # its id is new: only this very call, tried again, can have written it
        deployment.registry().stop(stop)
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
    from runtime.aws.registry import Resumption  # noqa: PLC0415  brings botocore

    deployment: Deployment = context.obj()
    switch = _find_switch(deployment, stop_id)
    stop, ended = switch.stop, switch.resumed
    if ended is not None:
        raise AnswerIsNo(f"{ended.by} ended {stop_id} already, at {output.as_time(ended.at)}: {ended.reason}")
    if not as_json:
        output.print_heading(f"Stop {stop.id}: {stop.target}")
        output.print_fields({"since": output.as_time(stop.at), "by": stop.stopped_by, "reason": stop.reason})
    confirm("End this stop, and let changes go on?", yes=yes, as_json=as_json)
    resumption = Resumption(by=deployment.caller().arn, reason=reason, at=datetime.now(UTC))
    try:
        deployment.registry().resume(stop_id, resumption)
    except ConditionalWriteConflict as conflict:
        if _find_switch(deployment, stop_id).resumed != resumption:  # it may be this very call, tried again
            raise AnswerIsNo(f"Somebody else ended {stop_id} at this moment. Nothing was changed.") from conflict
    output.say_aside(f"{stop.id} is not in effect any more: {stop.target} goes on, unless something else stops it.")
    _announce(deployment, stop, timeout_seconds=patience(no_wait=no_wait, timeout=timeout), as_json=as_json)


def show_status(context: typer.Context, as_json: AsJson = False) -> None:
    """The stops in effect, the findings that are held, and how many plans wait for approval."""
    deployment: Deployment = context.obj()
    with readable(deployment.registry_table):
        stops = deployment.registry().stops()
    with readable(deployment.holds_table):
        held = deployment.holds().read_all()
    pending = sum(1 for _ in pending_reviews(deployment.audit_reader(), now=datetime.now(UTC)))
    if as_json:
        output.print_json(
            {
                "stops": [_stop_to_json(stop) for stop in stops],
                "held": [_hold_to_json(hold) for hold in held],
                "pending_reviews": pending,
            }
        )
        return
    output.print_heading(f"Stops in effect: {len(stops) or 'none'}")
    if stops:
        print_stops(stops)
    output.print_heading(f"Findings that wait: {len(held) or 'none'}")
    if held:
        output.print_table(
            ("Since", "Until", "Account", "Environment", "Fix", "Resource", "Waits for", "Correlation id"),
            (
                (
                    output.as_time(hold.since),
                    output.as_time(hold.until) if hold.until else "",
                    hold.account_id,
                    hold.environment,
                    hold.fix_id,
                    hold.resource_arn,
                    f"{hold.reason}: {hold.sentence}",
                    hold.correlation_id,
                )
                for hold in held
            ),
        )
    output.print_heading(f"Plans that wait for approval: {pending or 'none'}")
    if pending:
        output.say("  suture review list")


def _parse_scope(chosen: Mapping[StopScope, bool | str], config: Path) -> tuple[StopScope, str]:
    """The one scope that was chosen, and its value. Raises ``Unusable`` otherwise."""
    given = [scope for scope, value in chosen.items() if value]
    if len(given) != 1:
        raise Unusable("Say what to stop, with one of --all, --account, --fix and --environment. Nothing was stopped.")
    scope, value = given[0], str(chosen[given[0]])
    match scope:
        case StopScope.EVERYTHING:
            value = ""
        case StopScope.ACCOUNT:
            parse_account_id(value, "--account")
        case StopScope.FIX if value not in SPECS:
            raise Unusable(f"--fix {value!r} is not a fix; there are {', '.join(SPECS)}. Nothing was stopped.")
        case StopScope.ENVIRONMENT:
            check_environment(value, config)
    return scope, value


def _find_switch(deployment: Deployment, stop_id: str) -> Switch:
    """The stop with this id, ended or not. Raises ``AnswerIsNo`` if there is none, and ``RecordUnreadable``."""
    with readable(deployment.registry_table):
        switches = deployment.registry().switches()
    switch = next((switch for switch in switches if switch.stop.id == stop_id), None)
    if switch is None:
        raise AnswerIsNo(f"There is no stop {stop_id!r}. `suture status` shows those in effect.")
    return switch


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
        "reason": hold.reason.value,
    }
