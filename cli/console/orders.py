"""The page that follows a command to its result."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cli.console.site import path, site_of
from cli.order_view import sentence_of
from cli.orders import Result, State, look
from cli.web.render import Link, Tone
from runtime.domain.command import VerifyAccount

_TONES = {
    State.DONE: Tone.GOOD,
    State.REFUSED: Tone.BAD,
    State.NOT_DONE: Tone.BAD,
    State.WAITS: Tone.WAITS,
}


def show_order(request: Request) -> Response:
    return site_of(request).page("order.html", title="Command", **_known(request))


def show_result(request: Request) -> Response:
    """The part of that page which is loaded until it is known."""
    known = _known(request)
    response = site_of(request).part("result.html", **known)
    if known["leads_to"]:
        response.headers["HX-Redirect"] = known["leads_to"]
    return response


def _known(request: Request) -> dict[str, Any]:
    command_id = request.path_params["command_id"]
    result = look(site_of(request).connection.audit_reader(), Result(command_id=command_id))
    ended = result.state in _TONES
    return {
        "command_id": command_id,
        "ended": ended,
        "tone": _TONES.get(result.state, Tone.PLAIN),
        "sentence": sentence_of(result) if ended else _so_far(result),
        "leads_to": verified_at(result),
        "links": list(_links(result)),
    }


def _so_far(result: Result) -> str:
    if result.last is None:
        return "Sent. The platform has not taken it yet."
    return f"{result.last.sentence} Waiting for the result."


def verified_at(result: Result) -> str:
    """The path of the page about the account that a command has had verified; empty for any other command."""
    order = result.command.evidence.order if result.command is not None else None
    if result.state is not State.DONE or order is None or not isinstance(order.command, VerifyAccount):
        return ""
    return path("accounts", order.command.account_id, "verifications", result.command_id)


def _links(result: Result) -> Iterator[Link]:
    if verified := verified_at(result):
        yield Link("See what could run", verified)
    if result.run is not None:
        yield Link("See the run", path("runs", result.run_id))
    elif result.command is not None:
        yield Link("See the record", path("runs", result.command_id))


ROUTES = (Route("/orders/{command_id}", show_order), Route("/orders/{command_id}/result", show_result))
