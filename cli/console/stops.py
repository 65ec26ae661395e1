"""The pages about what is stopped, what a stop would hold, and the runs that are held."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cli.console.exceptions import known_environments
from cli.console.site import PAGE_SIZE, Site, form_of, path, site_of, why_of
from cli.errors import Unusable
from cli.registry_writer import list_accounts
from cli.rows import Row, Wanted
from cli.stops import end_stop, find_stop, parse_scope, put_into_effect, read_held
from cli.web.render import Badge, Cell, Grid, Link, Stack, Tone, href
from runtime.domain.command import AnnounceStop
from runtime.domain.errors import PlatformCallFailed
from runtime.domain.guardrails import Stop, StopScope
from runtime.domain.hold import Hold
from runtime.domain.outcome import Outcome
from runtime.fixes.catalog import SPECS

LAST_HOURS = 24
MOST_COUNTED = 500


def show_stops(request: Request) -> Response:
    """Those in effect, and the switch."""
    site = site_of(request)
    said, would_hold = _would_hold(request, StopScope.EVERYTHING, "")
    return site.page(
        "stops.html",
        title="Stops",
        current="/stops",
        accounts=list_accounts(site.connection.store()),
        fixes=tuple(SPECS),
        environments=known_environments(site),
        said=said,
        would_hold=would_hold,
    )


def show_what_a_stop_would_hold(request: Request) -> Response:
    """The part of that page which tells what the stop that is chosen would hold."""
    scope, value = _chosen(dict(request.query_params))
    said, would_hold = _would_hold(request, scope, value)
    return site_of(request).part("would_hold.html", said=said, would_hold=would_hold)


def _chosen(form: dict[str, str]) -> tuple[StopScope, str]:
    """The scope and what it names, unchecked. Raises ``Unusable``."""
    try:
        scope = StopScope(form.get("scope", ""))
    except ValueError as error:
        raise Unusable("Say what to stop: everything, an account, a fix or an environment.") from error
    return scope, "" if scope is StopScope.EVERYTHING else form.get(scope.value, "").strip()


def _would_hold(request: Request, scope: StopScope, value: str) -> tuple[str, Grid]:
    """Nobody knows which findings come. What was changed lately tells which kind of them would have to wait."""
    stop = Stop(id="", scope=scope, value=value, reason="", stopped_by="", at=datetime.now(UTC))
    columns = ("Fix", "Account", "Environment", "Changes")
    if scope is not StopScope.EVERYTHING and not value:
        return f"say which {scope.value}.", Grid(caption="", columns=columns, rows=())
    rows, complete = _changed_lately(request)
    covered = [
        row for row in rows if stop.covers(account_id=row.account_id, fix_id=row.fix_id, environment=row.environment)
    ]
    kinds = Counter((row.fix_id, row.account_id, row.environment) for row in covered)
    like_it = "change like it was" if len(covered) == 1 else "changes like it were"
    said = f"{'' if complete else 'at least '}{len(covered) or 'no'} {like_it} made within the last {LAST_HOURS} hours."
    return said, Grid(
        caption=f"What was changed within the last {LAST_HOURS} hours",
        columns=columns,
        rows=[(*kind, count) for kind, count in kinds.most_common(10)],
        numbers=("Changes",),
    )


def _changed_lately(request: Request) -> tuple[list[Row], bool]:
    """And whether these are all."""
    reader, now = site_of(request).connection.audit_reader(), datetime.now(UTC)
    since, rows, complete = now - timedelta(hours=LAST_HOURS), list[Row](), True
    for outcome in (Outcome.REMEDIATE, Outcome.APPROVED):
        page = reader.read_page(Wanted(outcome=outcome, since=since), size=MOST_COUNTED, today=now.date())
        rows += page.rows
        complete = complete and not page.after
    return rows, complete


def stop(request: Request) -> Response:
    """In effect when this answers. That it is announced, the page that follows shows."""
    site, form = site_of(request), form_of(request)
    scope, value = _chosen(form)
    reason = why_of(request)
    scope, value = parse_scope({scope: value or scope is StopScope.EVERYTHING}, site.config)
    made = put_into_effect(site.connection, scope, value, reason)
    return _announce(site, made, "in effect")


def resume(request: Request) -> Response:
    site, reason = site_of(request), why_of(request)
    ended = find_stop(site.connection, request.path_params["stop_id"])
    end_stop(site.connection, ended, reason)
    return _announce(site, ended, "not in effect any more")


def _announce(site: Site, changed: Stop, state: str) -> Response:
    """Have it put on record, and people told. If that fails, say what holds all the same."""
    try:
        return site.carry_out(AnnounceStop(stop_id=changed.id))
    except PlatformCallFailed as error:
        holds = f"{changed.id} is {state}. That it is on record, and people are told, is not known."
        return site.problem(error, holds=holds)


def show_held(request: Request) -> Response:
    """The runs that wait, those first that have waited longest."""
    site = site_of(request)
    held = read_held(site.connection.store())
    first = _first(request)
    shown = held.runs[first : first + PAGE_SIZE]
    more = first + PAGE_SIZE < len(held.runs)
    return site.page(
        "held.html",
        title="Held runs",
        current="/held",
        unreadable=held.unreadable,
        table=Grid(
            caption=f"Held runs: {len(held.runs)}. Those that have waited longest come first",
            columns=("Run and start", "State and end", "Waits for", "Resource and fix", "Account and environment"),
            rows=[_row(hold) for hold in shown],
            empty="No run is held.",
        ),
        more=href("/held", first=str(first + PAGE_SIZE)) if more else "",
    )


def _first(request: Request) -> int:
    text = request.query_params.get("first", "0")
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise Unusable(f"{text!r} is no place in this list.")
    return int(text)


def _row(hold: Hold) -> tuple[Cell, ...]:
    return (
        Stack(Link(hold.correlation_id, path("runs", hold.correlation_id)), hold.since),
        Stack(Badge("stuck", Tone.BAD) if hold.stuck else Badge("waits", Tone.WAITS), hold.until),
        f"{hold.reason}: {hold.sentence}",
        Stack(hold.resource_arn, hold.fix_id),
        Stack(hold.account_id, hold.environment),
    )


ROUTES = (
    Route("/stops", show_stops),
    Route("/stops", stop, methods=["POST"]),
    Route("/stops/would-hold", show_what_a_stop_would_hold),
    Route("/stops/{stop_id}/resume", resume, methods=["POST"]),
    Route("/held", show_held),
)
