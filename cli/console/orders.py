"""The page that follows a command: what it comes to."""

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
    return site_of(request).part("result.html", **_known(request))


def _known(request: Request) -> dict[str, Any]:
    command_id = request.path_params["command_id"]
    result = look(site_of(request).connection.audit_reader(), Result(command_id=command_id))
    ended = result.state in _TONES
    return {
        "command_id": command_id,
        "ended": ended,
        "tone": _TONES.get(result.state, Tone.PLAIN),
        "sentence": sentence_of(result) if ended else _so_far(result),
        "links": list(_links(result)),
    }


def _so_far(result: Result) -> str:
    if result.last is None:
        return "Sent. The platform has not taken it yet."
    return f"{result.last.sentence} Waiting for the result."


def _links(result: Result) -> Iterator[Link]:
    if result.run is not None:
        yield Link("See the run", path("runs", result.run_id))
    elif result.command is not None:
        yield Link("See the record", path("runs", result.command_id))


ROUTES = (Route("/orders/{command_id}", show_order), Route("/orders/{command_id}/result", show_result))
