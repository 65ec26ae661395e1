"""Puts the console's pages together, behind the guard."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from cli.console import accounts, coverage, deployment, exceptions, findings, orders, reviews, stops
from cli.console.connection import Connection
from cli.console.guard import Entrance, Guard
from cli.console.site import Site, site_of
from cli.errors import AnswerIsNo, CommandError
from cli.web.render import STATIC
from runtime.domain.errors import PlatformCallFailed

ROUTES: Sequence[Route] = (
    *findings.ROUTES,
    *reviews.ROUTES,
    *stops.ROUTES,
    *exceptions.ROUTES,
    *accounts.ROUTES,
    *coverage.ROUTES,
    *deployment.ROUTES,
    *orders.ROUTES,
)


def console(*, environment: str, entrance: Entrance, config: Path) -> Starlette:
    """The console of a deployment. Raises ``Unusable`` for what cannot be an environment's name."""
    app = Starlette(
        routes=[*ROUTES, Mount("/static", StaticFiles(directory=STATIC))],
        middleware=[Middleware(Guard, entrance=entrance)],
        exception_handlers={CommandError: _explain, PlatformCallFailed: _explain, HTTPException: _say},
    )
    app.state.site = Site(connection=Connection(environment), entrance=entrance, config=config)
    return app


def _explain(request: Request, error: Exception) -> Response:
    assert isinstance(error, CommandError | PlatformCallFailed), "the only ones that this is called for"
    return site_of(request).problem(error, part="hx-request" in request.headers)


def _say(request: Request, error: Exception) -> Response:
    """For a path that there is not."""
    assert isinstance(error, HTTPException), "the only one that this is called for"
    if error.status_code != 404:
        return Response(f"{error.detail}\n", status_code=error.status_code, media_type="text/plain")
    response = site_of(request).problem(AnswerIsNo("There is no such page."))
    response.status_code = error.status_code
    return response
