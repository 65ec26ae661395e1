"""The console as a whole: what every page is made of, and how each error is shown."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response

from cli.advice import LOG_IN_AGAIN, explain
from cli.console.connection import Connection
from cli.console.guard import Entrance
from cli.errors import CommandError, ExitCode, Unusable
from cli.options import problem_with_reason
from cli.orders import Orders
from cli.output import visible
from cli.stops import read_stops
from cli.web.render import render
from runtime.domain.command import Command
from runtime.domain.errors import PlatformCallFailed
from runtime.domain.guardrails import Stop

NAVIGATION = (
    ("/", "Findings"),
    ("/reviews", "Reviews"),
    ("/held", "Held runs"),
    ("/exceptions", "Exceptions"),
    ("/stops", "Stops"),
    ("/accounts", "Accounts"),
    ("/audit", "Audit trail"),
    ("/coverage", "Coverage"),
    ("/deployment", "Deployment"),
)

PAGE_SIZE = 50

_STATUS = {
    ExitCode.NO: HTTPStatus.CONFLICT,
    ExitCode.USAGE: HTTPStatus.BAD_REQUEST,
    ExitCode.AWS: HTTPStatus.BAD_GATEWAY,
}

_IN_VARIABLES = (
    "This console has its credentials from environment variables, which stay as they are: end it, log in, and run "
    "`suture console` again."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """A form that changes something."""

    action: str
    title: str
    button: str
    hint: str = ""
    style: str = ""
    ask_why: bool = True
    hidden: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Site:
    """``config`` is the folder whose policy knows the environments."""

    connection: Connection
    entrance: Entrance
    config: Path

    @cached_property
    def caller_arn(self) -> str:
        """Whose credentials are used. Raises ``PlatformCallFailed``."""
        return self.connection.caller().arn

    def page(self, template: str, *, title: str, current: str = "", status: int = 200, **values: Any) -> Response:
        """A page. Raises ``PlatformCallFailed``, and ``RecordUnreadable``."""
        known = {"stops": self.stops(), "caller_arn": self.caller_arn}
        return self._answer(template, title=title, current=current, status=status, **known, **values)

    def stops(self) -> Sequence[Stop]:
        """Those in effect. Raises ``PlatformCallFailed``, and ``RecordUnreadable``."""
        return read_stops(self.connection, self.connection.store())

    def problem(self, error: CommandError | PlatformCallFailed, *, holds: str = "", part: bool = False) -> Response:
        """A page that says what went wrong, without asking AWS for anything more, and what holds all the same.

        For a ``part`` of a page only the sentence, which ``updates.js`` shows above what was loaded last.
        """
        caller_arn = self.__dict__.get("caller_arn", "somebody who is not known yet")
        if isinstance(error, PlatformCallFailed):
            self._connect_anew()
            sentence, status = explain(error, self.connection.environment), HTTPStatus.BAD_GATEWAY
            if error.code in LOG_IN_AGAIN and "AWS_ACCESS_KEY_ID" in os.environ:
                sentence = f"{sentence}\n{_IN_VARIABLES}"
        else:
            sentence, status = str(error), _STATUS.get(error.exit_code, HTTPStatus.BAD_REQUEST)
        if part:
            return PlainTextResponse(visible(sentence), status_code=status)
        return self._answer(
            "problem.html",
            title="That did not work",
            current="",
            status=status,
            stops=(),
            caller_arn=caller_arn,
            sentence=sentence,
            holds=holds,
        )

    def _connect_anew(self) -> None:
        """With the credentials as they are then, which may be another person's."""
        self.connection.reconnect()
        self.__dict__.pop("caller_arn", None)

    def part(self, template: str, **values: Any) -> Response:
        """A part of a page, to be put into it."""
        return HTMLResponse(render(template, **values))

    def carry_out(self, command: Command) -> Response:
        """Give a command, and show the page of its result. Raises as ``Orders.give`` does."""
        orders = Orders(deployment=self.connection, timeout_seconds=None, tell=lambda _: None)
        return RedirectResponse(path("orders", orders.give(command)), status_code=303)

    def _answer(self, template: str, *, status: int, **values: Any) -> Response:
        return HTMLResponse(
            render(
                template,
                environment=self.connection.environment,
                navigation=NAVIGATION,
                form_token=self.entrance.form_token,
                **values,
            ),
            status_code=status,
        )


def site_of(request: Request) -> Site:
    site: Site = request.app.state.site
    return site


def form_of(request: Request) -> dict[str, str]:
    """What was sent, as the guard read it."""
    form: dict[str, str] = request.scope["form"]
    return form


def why_of(request: Request) -> str:
    """The reason that was given. Raises ``Unusable`` if there is none."""
    reason = form_of(request).get("reason", "").strip()
    if problem := problem_with_reason(reason):
        raise Unusable(f"The reason {problem}. Nothing was sent.")
    return reason


def path(*parts: str) -> str:
    """A path of which each part may hold anything."""
    return "".join(f"/{quote(part, safe='')}" for part in parts)
