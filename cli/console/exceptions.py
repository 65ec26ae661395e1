"""The pages about what is to be left alone for a time."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cli.arguments import parse_account_id, parse_until
from cli.console.site import Act, Site, form_of, path, site_of, why_of
from cli.errors import Unusable, readable
from cli.exception_view import ENDED, IN_FORCE, scope_of, state_of, steps_of
from cli.exceptions import ANY_ACCOUNT, check_request, find_registered
from cli.known import check_registered
from cli.output import as_time
from cli.policy import read_policy
from cli.web.render import Badge, Cell, Grid, Link, Stack, Tone, fields, href
from runtime.domain.command import ApproveException, RequestException, RevokeException
from runtime.domain.exceptions import RegisteredException
from runtime.domain.facts import WaiverStatus
from runtime.items.exceptions import list_exceptions

_TONES = {IN_FORCE: Tone.GOOD, WaiverStatus.PENDING.value: Tone.WAITS}


def show_exceptions(request: Request) -> Response:
    """Those in force and those asked for, or all of them; those that end first come first."""
    site, now = site_of(request), datetime.now(UTC)
    every = request.query_params.get("all") == "yes"
    with readable(site.connection.ledger_table):
        registered = list_exceptions(site.connection.store())
    shown = [one for one in registered if every or state_of(one, now) not in (ENDED, WaiverStatus.REVOKED)]
    return site.page(
        "exceptions.html",
        title="Exceptions",
        current="/exceptions",
        every=every,
        environments=known_environments(site),
        table=Grid(
            caption="Those that end first come first",
            columns=(
                "Exception and ticket",
                "State and end",
                "Control",
                "Account and environment",
                "Resource",
                "Asked for by",
            ),
            rows=[_row(one, now) for one in shown],
            empty="There is none.",
        ),
    )


def known_environments(site: Site) -> tuple[str, ...]:
    """Those of the policy; none without one that can be read: then they are typed."""
    try:
        return tuple(read_policy(site.config).environments)
    except Unusable:
        return ()


def _state(exception: RegisteredException, now: datetime) -> Badge:
    state = state_of(exception, now)
    return Badge(state, _TONES.get(state, Tone.PLAIN))


def _row(exception: RegisteredException, now: datetime) -> tuple[Cell, ...]:
    request, scope = exception.request, scope_of(exception)
    return (
        Stack(Link(request.id, _page(exception)), request.ticket),
        Stack(_state(exception, now), request.expires_at),
        scope["control"],
        Stack(scope["account"], scope["environment"]),
        scope["resource"],
        request.requested.principal.arn,
    )


def _page(exception: RegisteredException) -> str:
    return href(path("exceptions", exception.request.id), account=exception.request.account_id or ANY_ACCOUNT)


def show_exception(request: Request) -> Response:
    """Its scope, and who asked for it, approved and revoked it."""
    site, now = site_of(request), datetime.now(UTC)
    exception = _exception(request, request.query_params.get("account", ""))
    asked = exception.request
    return site.page(
        "exception.html",
        title=f"Exception {asked.id}",
        current="/exceptions",
        state=_state(exception, now),
        facts=fields(
            [
                *scope_of(exception).items(),
                ("until", asked.expires_at),
                ("ticket", asked.ticket),
                *(
                    (name, f"{as_time(step.at)} by {step.principal.arn}: {step.reason}")
                    for name, step in steps_of(exception).items()
                    if step is not None
                ),
            ]
        ),
        acts=list(_acts(exception, now)),
    )


def _acts(exception: RegisteredException, now: datetime) -> Iterator[Act]:
    state, scope = state_of(exception, now), {"account": exception.request.account_id or ANY_ACCOUNT}
    if state == WaiverStatus.PENDING:
        yield Act(
            action=path("exceptions", exception.request.id, "approve"),
            title="Approve it",
            button="Approve",
            style="primary",
            hint="The requester cannot approve it. It is in force once approved.",
            hidden=scope,
        )
    if state in (WaiverStatus.PENDING, IN_FORCE):
        yield Act(
            action=path("exceptions", exception.request.id, "revoke"),
            title="Revoke it",
            button="Revoke",
            style="danger",
            hint="Fixes run in its scope again when Wiz next publishes a finding.",
            hidden=scope,
        )


def _exception(request: Request, account: str) -> RegisteredException:
    return find_registered(site_of(request).connection, request.path_params["exception_id"], account)


def add(request: Request) -> Response:
    site, form = site_of(request), form_of(request)
    ended = form.get("expires", "").strip()
    if not ended:
        raise Unusable("An exception needs a last day. Nothing was sent.")
    expires_at, account = parse_until(ended, "The last day"), form.get("account", "").strip()
    asked = RequestException(
        exception_id=f"EX-{secrets.token_hex(4)}",
        control=form.get("control", "").strip(),
        account_id=parse_account_id(account, "Account") if account else "",
        resource=form.get("resource", "").strip(),
        environment=form.get("environment", "").strip(),
        reason=why_of(request),
        ticket=form.get("ticket", "").strip(),
        expires_at=expires_at.isoformat(),
    )
    check_request(asked, expires_at, site.config)
    if account:
        check_registered(site.connection.store(), account, "Account")
    return site.carry_out(asked)


def approve(request: Request) -> Response:
    found = _exception(request, form_of(request).get("account", "")).request
    command = ApproveException(exception_id=found.id, account_id=found.account_id, reason=why_of(request))
    return site_of(request).carry_out(command)


def revoke(request: Request) -> Response:
    found = _exception(request, form_of(request).get("account", "")).request
    command = RevokeException(exception_id=found.id, account_id=found.account_id, reason=why_of(request))
    return site_of(request).carry_out(command)


ROUTES = (
    Route("/exceptions", show_exceptions),
    Route("/exceptions", add, methods=["POST"]),
    Route("/exceptions/{exception_id}", show_exception),
    Route("/exceptions/{exception_id}/approve", approve, methods=["POST"]),
    Route("/exceptions/{exception_id}/revoke", revoke, methods=["POST"]),
)
