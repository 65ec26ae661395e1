"""``suture stop``, ``resume`` and ``status``: the switch that stops changes, and what waits."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from cli import output
from cli.arguments import parse_account_id
from cli.completion import environments, fix_ids
from cli.confirmation import confirm
from cli.deployment import Deployment
from cli.errors import AnswerIsNo, RecordUnreadable, Unusable, readable
from cli.evidence_view import print_stops
from cli.ids import complete_id
from cli.known import check_environment, check_fix, check_registered
from cli.options import DEFAULT_TIMEOUT_SECONDS, AsJson, NoWait, TimeoutSeconds, Why, Yes, YesToo, given, patience
from cli.order_view import carry_out
from cli.policy import CONFIG
from cli.reviews import pending_reviews
from runtime.application.ports import ConditionFailed, Store
from runtime.domain.command import AnnounceStop
from runtime.domain.errors import PlatformCallFailed, RegistryInvalid
from runtime.domain.guardrails import Stop, StopScope
from runtime.domain.hold import Hold
from runtime.items import holds
from runtime.items.stops import (
    IN_EFFECT,
    SWITCHES,
    Resumption,
    Switch,
    find_switch,
    put_resumption,
    put_stop,
    stops_in_effect,
)

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
  suture -e production status --account 111122223333
  suture -e production status --json | jq -r '.held[] | select(.stuck) | .correlation_id'
\b
A held run that was released five times and did not end is stuck: retry it or
end it, suture retry --help, suture end --help.
"""

_BUSY = "Others change the stops at the same time, again and again."


def stop_changes(
    context: typer.Context,
    reason: Why,
    everything: Annotated[bool, typer.Option("--all", help="Everything.")] = False,
    account: Annotated[
        str, typer.Option(metavar="ACCOUNT_ID", callback=given, help="One AWS account, 12 digits.")
    ] = "",
    fix: Annotated[str, typer.Option(metavar="ID", callback=given, autocompletion=fix_ids, help="One fix.")] = "",
    environment: Annotated[
        str,
        typer.Option(
            metavar="NAME", callback=given, autocompletion=environments, help="One environment, as the policy names it."
        ),
    ] = "",
    config: Annotated[
        Path, typer.Option(help="The folder whose policy knows the environments.", show_default="this checkout's")
    ] = CONFIG,
    yes: YesToo = False,  # noqa: ARG001  it does not ask
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
    store = deployment.store()
    if scope is StopScope.ACCOUNT:
        check_registered(store, value)
    stop = Stop(
        id=f"STOP-{secrets.token_hex(4)}",
        scope=scope,
        value=value,
        reason=reason,
        stopped_by=deployment.caller().arn,
        at=datetime.now(UTC),
    )
    with readable(deployment.registry_table):
        try:
            put_stop(store, stop)
        except ConditionFailed as conflict:
            switch = find_switch(store, stop.id)  # it may be this very call, tried again
            if switch is None or switch.stop != stop:
                raise AnswerIsNo(f"{_BUSY} Nothing was stopped: try again.") from conflict
        except ValueError as error:
            raise AnswerIsNo(f"{error}. Nothing was stopped.") from error
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
    store = deployment.store()
    switch = _find_switch(deployment, store, stop_id)
    stop, ended = switch.stop, switch.resumed
    stop_id = stop.id
    if ended is not None:
        raise AnswerIsNo(f"{ended.by} ended {stop_id} already, at {output.as_time(ended.at)}: {ended.reason}")
    if not as_json:
        output.print_heading(f"Stop {stop.id}: {stop.target}")
        output.print_fields({"since": output.as_time(stop.at), "by": stop.stopped_by, "reason": stop.reason})
    confirm("End this stop, and let changes go on?", yes=yes, as_json=as_json)
    resumption = Resumption(by=deployment.caller().arn, reason=reason, at=datetime.now(UTC))
    try:
        with readable(deployment.registry_table):
            put_resumption(store, stop_id, resumption)
    except ConditionFailed as conflict:
        ended = _find_switch(deployment, store, stop_id).resumed
        if ended is None:
            raise AnswerIsNo(f"{_BUSY} Nothing was changed: try again.") from conflict
        if ended != resumption:  # it may be this very call, tried again
            raise AnswerIsNo(f"Somebody else ended {stop_id} at this moment. Nothing was changed.") from conflict
    output.say_aside(f"{stop.id} is not in effect any more: {stop.target} goes on, unless something else stops it.")
    _announce(deployment, stop, timeout_seconds=patience(no_wait=no_wait, timeout=timeout), as_json=as_json)


def show_status(
    context: typer.Context,
    account: Annotated[
        str, typer.Option(metavar="ID", callback=given, help="Only runs held in this AWS account, 12 digits.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """The stops in effect, the runs that are held or stuck, and how many plans wait for approval."""
    if account:
        parse_account_id(account, "--account")
    deployment: Deployment = context.obj()
    store = deployment.store()
    with readable(deployment.registry_table):
        stops = stops_in_effect(store.read([IN_EFFECT]).item(IN_EFFECT))
    held, unreadable = _held(store, account)
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


def _held(store: Store, account: str) -> tuple[Sequence[Hold], Sequence[str]]:
    """The runs that are held, those first that have waited longest; and what is wrong with what cannot be read."""
    accounts = [account] if account else [key.item for key, _ in store.find(holds.ACCOUNTS)]
    held, unreadable = [], []
    for account_id in accounts:
        for key, item in store.find(holds.holds_of(account_id)):
            try:
                held.append(holds.hold_from_item(key, item))
            except RegistryInvalid as error:
                unreadable.append(str(error))
    return sorted(held, key=lambda hold: (hold.since, hold.correlation_id)), unreadable


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
        case StopScope.FIX:
            value = check_fix(value)
        case StopScope.ENVIRONMENT:
            check_environment(value, config)
    return scope, value


def _find_switch(deployment: Deployment, store: Store, given: str) -> Switch:
    """The stop with this id, ended or not. Raises ``AnswerIsNo`` if there is none, and ``RecordUnreadable``."""
    with readable(deployment.registry_table):
        switch = find_switch(store, given)
        if switch is None:
            known = (key.item.partition("#")[0] for key, _ in store.find(SWITCHES) if key != IN_EFFECT)
            stop_id = complete_id("stop", given, known, where="`suture status` shows those in effect.")
            switch = find_switch(store, stop_id)
            assert switch is not None, "it is among them"
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
        "released_at": hold.released_at.isoformat() if hold.released_at else None,
        "reason": hold.reason.value,
        "stuck": hold.stuck,
    }
