"""The pages about findings and their runs: as they come, one by one, and searched for."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from dataclasses import fields as fields_of
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from cli.arguments import parse_account_id, parse_since, parse_until
from cli.audit_reader import RECENT_DAYS, Page
from cli.console.site import PAGE_SIZE, Act, form_of, path, site_of, why_of
from cli.errors import NOTHING_SENT, AnswerIsNo, Unusable, refusals
from cli.reviews import pending_page
from cli.row_filter import narrowed
from cli.rows import Row, Wanted
from cli.run_view import (
    answer_of,
    changes_made,
    control_of,
    failed_check,
    people_of,
    plan_to_come,
    standing_of,
)
from cli.runs import complete_run_id
from cli.state_diff import changes_of, planned_differences
from cli.stops import read_held
from cli.web.render import Badge, Cell, Grid, Link, Stack, badge, fields, href
from runtime.domain.audit import AuditEvent, EventKind, History, event_to_json
from runtime.domain.command import ClearBlock, DryRun, EndRun, RetryRun, UndoChange
from runtime.domain.errors import CommandRefused
from runtime.domain.outcome import Outcome, Reason
from runtime.domain.requests import what_is_held, what_to_clear, what_to_decide_again, what_to_end, what_to_undo
from runtime.domain.review import joined
from runtime.fixes.catalog import SPECS

COLUMNS = ("Run and time", "Outcome and reason", "Resource and fix", "Account and environment", "Owner")


def rows_of(rows: Iterable[Row]) -> list[tuple[Cell, ...]]:
    """Outcomes, as tables show them."""
    return [
        (
            Stack(Link(row.correlation_id, path("runs", row.correlation_id), id=f"run-{row.correlation_id}"), row.at),
            Stack(
                badge(row.outcome) if row.kind == EventKind.OUTCOME else Badge(f"{row.kind}: {row.outcome}"), row.reason
            ),
            Stack(row.resource_arn, row.fix_id),
            Stack(row.account_id, row.environment),
            row.owner,
        )
        for row in rows
    ]


def show_findings(request: Request) -> Response:
    """As they come, the newest first."""
    site, live = site_of(request), request.query_params.get("live") != "off"
    after = request.query_params.get("after", "")
    page = _newest(request, after)
    return site.page(
        "findings.html",
        title="Findings",
        current="/",
        live=live and not after,
        table=_newest_grid(page),
        more=href("/", live="off", after=page.after) if page.after else "",
    )


def show_latest(request: Request) -> Response:
    """The part of that page which is loaded again and again, and what is stopped by then."""
    site, table = site_of(request), _newest_grid(_newest(request, ""))
    return site.part("polled.html", live=True, table=table, stops=site.stops())


def _newest(request: Request, after: str) -> Page:
    now = datetime.now(UTC)
    wanted = Wanted(since=now - timedelta(days=RECENT_DAYS))
    return site_of(request).connection.audit_reader().read_page(wanted, size=PAGE_SIZE, today=now.date(), after=after)


def _newest_grid(page: Page) -> Grid:
    return Grid(
        caption=f"Outcomes of the last {RECENT_DAYS} days, newest first",
        columns=COLUMNS,
        rows=rows_of(page.rows),
        empty=f"No finding has ended within {RECENT_DAYS} days.",
    )


def show_waiting(request: Request) -> Response:
    """How much waits for people: loaded after the page, since it takes longer."""
    site, now = site_of(request), datetime.now(UTC)
    page = pending_page(site.connection.audit_reader(), now=now, size=PAGE_SIZE)
    held = read_held(site.connection.store()).runs
    return site.part(
        "waiting.html",
        pending=f"{len(page.reviews)}{'+' if page.after else ''}",
        held=str(len(held)),
        stuck=str(sum(hold.stuck for hold in held)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chosen:
    """What the search form holds."""

    since: str = ""
    until: str = ""
    outcome: str = ""
    reason: str = ""
    account: str = ""
    fix: str = ""
    environment: str = ""
    owner: str = ""
    resource: str = ""


def search(request: Request) -> Response:
    """Outcomes by every filter that the command has."""
    site, now = site_of(request), datetime.now(UTC)
    given = {field.name: request.query_params.get(field.name, "").strip() for field in fields_of(_Chosen)}
    chosen = _Chosen(**given)
    reader = site.connection.audit_reader()
    wanted = narrowed(_wanted(chosen, now), site.connection)
    page = reader.read_page(wanted, size=PAGE_SIZE, today=now.date(), after=request.query_params.get("after", ""))
    return site.page(
        "audit.html",
        title="Audit trail",
        current="/audit",
        chosen=chosen,
        outcomes=tuple(Outcome),
        reasons=tuple(Reason),
        fixes=tuple(SPECS),
        said=_said(page),
        table=Grid(
            caption="Outcomes, the newest first", columns=COLUMNS, rows=rows_of(page.rows), empty="None among them."
        ),
        more=href("/audit", **given, after=page.after) if page.after else "",
    )


def _said(page: Page) -> str:
    more = "There may be older ones." if page.after else "There are no older ones."
    return f"{len(page.rows)} of {page.examined} examined records. {more}"


def _wanted(chosen: _Chosen, now: datetime) -> Wanted:
    """Raises ``Unusable``. Without a day and an index, the last days: every search is bounded."""
    if chosen.outcome not in ("", *Outcome):
        raise Unusable(f"The outcome {chosen.outcome!r} does not exist.")
    wanted = Wanted(
        account_id=parse_account_id(chosen.account, "Account") if chosen.account else "",
        fix_id=chosen.fix,
        outcome=chosen.outcome,
        reason=chosen.reason,
        environment=chosen.environment,
        owner=chosen.owner,
        resource=chosen.resource,
        since=parse_since(chosen.since) if chosen.since else None,
        until=parse_until(chosen.until) if chosen.until else None,
    )
    if wanted.since is None and not wanted.indexed:
        since = (wanted.until or now) - timedelta(days=RECENT_DAYS)
        return Wanted(**{field.name: getattr(wanted, field.name) for field in fields_of(Wanted)} | {"since": since})
    return wanted


def find(request: Request) -> Response:
    """The page of whatever has this id: a run, by how its id begins, or a Wiz issue."""
    site, given = site_of(request), request.query_params.get("id", "").strip()
    reader = site.connection.audit_reader()
    if not given:
        raise Unusable("Enter a run id or an issue id: the field was empty.")
    if reader.read_run(given):
        return RedirectResponse(path("runs", given), status_code=303)
    runs = [
        (run_id, list(events)) for run_id, events in groupby(reader.read_runs(given), lambda one: one.correlation_id)
    ]
    if not runs:
        return RedirectResponse(path("runs", complete_run_id(site.connection, reader, given)), status_code=303)
    return site.page(
        "runs.html",
        title=f"Wiz issue {given}",
        current="/audit",
        issue_id=given,
        table=Grid(
            caption="Every run for this issue, the oldest first",
            columns=("Run", "At", "Outcome", "Reason", "What was said"),
            rows=[_run_row(History(events=tuple(events))) for _, events in runs],
        ),
    )


def _run_row(history: History) -> tuple[Cell, ...]:
    last = answer_of(history)
    run = Link(last.correlation_id, path("runs", last.correlation_id))
    return (run, last.at, _standing(last), last.reason.value, last.sentence)


def _standing(event: AuditEvent) -> Badge:
    return badge(event.outcome) if event.kind is EventKind.OUTCOME else Badge(standing_of(event))


def show_run(request: Request) -> Response:
    """The answer first, then what changed, what to do next, and the whole record."""
    site = site_of(request)
    run_id, history = _run(request)
    last = answer_of(history)
    plan = plan_to_come(last)
    return site.page(
        "run.html",
        title=f"Run {run_id}",
        current="/",
        heading=last.resource_arn or f"Run {run_id}",
        state=_standing(last),
        last=last,
        facts=fields(
            [
                ("run", run_id),
                ("at", last.at),
                ("resource", last.resource_arn),
                ("account", last.account_id),
                ("environment", last.environment),
                ("owner", last.owner),
                ("owner looked for", "; ".join(last.evidence.owner_path)),
                ("control", control_of(last.evidence)),
                ("Wiz issue", Link(last.issue_id, href("/find", id=last.issue_id)) if last.issue_id else ""),
                ("fix", last.fix_id),
                ("by", "; ".join(people_of(history)) or last.actor),
            ]
        ),
        changed=changes_made(last),
        plan=plan,
        planned=tuple(planned_differences(plan)) if plan else (),
        failed=failed_check(last.evidence),
        acts=list(_acts(run_id, history)),
        links=list(_links(run_id, history)),
        events=history.events,
        checks_of=checks_grid,
        json_of=_json_of,
    )


def checks_grid(event: AuditEvent) -> Grid:
    return Grid(
        caption="Checks that were made",
        columns=("Check", "Passed", "Expected", "Found"),
        rows=[
            (
                check.name,
                "yes" if check.passed else Badge("no", badge(Outcome.FAILED).tone),
                check.expected,
                check.found,
            )
            for check in event.evidence.checks
        ],
        empty="No check is on record.",
    )


def _json_of(event: AuditEvent) -> str:
    return json.dumps(event_to_json(event), indent=2, ensure_ascii=False)


def _run(request: Request) -> tuple[str, History]:
    """Raises ``AnswerIsNo`` if nothing is recorded under the id."""
    run_id = request.path_params["run_id"]
    history = History(events=site_of(request).connection.audit_reader().read_run(run_id))
    if not history.events:
        raise AnswerIsNo(f"Nothing is recorded under {run_id!r}.")
    return run_id, history


def _links(run_id: str, history: History) -> Iterator[Link]:
    last = answer_of(history)
    if last.outcome is Outcome.APPROVE and last.kind is EventKind.OUTCOME:
        yield Link("See its review", path("reviews", joined(last) or run_id))
    if last.waiver_id:
        yield Link("See the exception", path("exceptions", last.waiver_id))
    with suppress(CommandRefused):
        what_to_undo(run_id, history)
        if last.outcome is not Outcome.UNDO:
            yield Link("Undo …", path("runs", run_id, "undo"))


def _acts(run_id: str, history: History) -> Iterator[Act]:
    """What may be asked about the run, as the platform would take it."""
    last = answer_of(history)
    with suppress(CommandRefused):
        held = what_is_held(run_id, history)
        yield Act(
            action=path("runs", run_id, "retry"),
            title="Retry this run",
            button="Retry",
            hint=f"It changes {held.resource_arn} if that is allowed now.",
        )
        what_to_end(run_id, history)
        yield Act(
            action=path("runs", run_id, "end"),
            title="End this run",
            button="End",
            hint=f"{held.resource_arn} is not changed.",
        )
    if last.outcome is Outcome.UNDO or last.reason in (Reason.UNDONE_BEFORE, Reason.DRIFT_LOOP):
        with suppress(CommandRefused):
            about = what_to_clear(run_id, history)
            yield Act(
                action=path("runs", run_id, "clear"),
                title=f"Allow {about.fix_id} here again",
                button="Clear",
                hint=f"The fix runs on {about.resource_arn} when Wiz next publishes a finding.",
            )
    with suppress(CommandRefused):
        what_to_decide_again(run_id, history)
        yield Act(
            action=path("runs", run_id, "dry-run"),
            title="Decide it again",
            button="Decide, without changing",
            hint="On the resource as it is now. Nothing is changed.",
            ask_why=False,
        )


def show_undo(request: Request) -> Response:
    """What undoing a run would do, and the forms that ask for it."""
    run_id, history = _run(request)
    with refusals(NOTHING_SENT):
        changed = what_to_undo(run_id, history)
    outcome, spec = changed.outcome, SPECS.get(changed.outcome.fix_id)
    left = changed.left if changed.left is not None else changed.plan.changes[-1].leaves
    return site_of(request).page(
        "undo.html",
        title=f"Undo of {run_id}",
        current="/",
        plan=changed.plan,
        action=path("runs", run_id, "undo"),
        short=outcome.resource_arn,
        hazard=spec.undo_hazard if spec else "",
        differences=tuple(changes_of(changed.plan, left, _part_of(changed.plan.before, left))),
        facts=fields(
            [
                ("run", Link(run_id, path("runs", run_id))),
                ("changed at", outcome.at),
                ("account", outcome.account_id),
                ("environment", outcome.environment),
                ("resource", outcome.resource_arn),
                ("fix", outcome.fix_id),
            ]
        ),
    )


def _part_of(before: Any, left: Any) -> dict[str, Any]:
    return {name: value for name, value in before.items() if name in left}


def undo(request: Request) -> Response:
    run_id, history = _run(request)
    with refusals(NOTHING_SENT):
        what_to_undo(run_id, history)
    dry_run = form_of(request).get("dry_run") == "yes"
    return site_of(request).carry_out(UndoChange(target_id=run_id, reason=why_of(request), dry_run=dry_run))


def retry(request: Request) -> Response:
    run_id, history = _run(request)
    with refusals(NOTHING_SENT):
        what_is_held(run_id, history)
    return site_of(request).carry_out(RetryRun(target_id=run_id, reason=why_of(request)))


def end(request: Request) -> Response:
    run_id, history = _run(request)
    with refusals(NOTHING_SENT):
        what_to_end(run_id, history)
    return site_of(request).carry_out(EndRun(target_id=run_id, reason=why_of(request)))


def clear(request: Request) -> Response:
    run_id, history = _run(request)
    with refusals(NOTHING_SENT):
        what_to_clear(run_id, history)
    return site_of(request).carry_out(ClearBlock(target_id=run_id, reason=why_of(request)))


def decide_again(request: Request) -> Response:
    run_id, history = _run(request)
    with refusals(NOTHING_SENT):
        what_to_decide_again(run_id, history)
    return site_of(request).carry_out(DryRun(target_id=run_id))


ROUTES = (
    Route("/", show_findings),
    Route("/latest", show_latest),
    Route("/waiting", show_waiting),
    Route("/audit", search),
    Route("/find", find),
    Route("/runs/{run_id:path}/undo", show_undo),
    Route("/runs/{run_id:path}/undo", undo, methods=["POST"]),
    Route("/runs/{run_id:path}/retry", retry, methods=["POST"]),
    Route("/runs/{run_id:path}/end", end, methods=["POST"]),
    Route("/runs/{run_id:path}/clear", clear, methods=["POST"]),
    Route("/runs/{run_id:path}/dry-run", decide_again, methods=["POST"]),
    Route("/runs/{run_id:path}", show_run),
)
