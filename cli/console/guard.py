"""Who may ask the console for anything: the browser that was opened with its address, and no other page in it.

Whoever reaches the console acts with the caller's credentials. So every request is checked here before any page sees
it, and a page can only be asked for what passed:

* The ``Host`` is the one address, so that a name which resolves to this machine is none (DNS rebinding).
* ``Origin`` and ``Sec-Fetch-Site`` name no other page; what changes something has to name this one.
* The address holds a token that opens the console once; a cookie stands for it from then on.
* What changes something carries a second secret, from the page that it was sent from.

A browser sends the cookie to other ports of this address, too. Whoever serves one of them on this machine, and gets a
page of theirs opened there, has it: where people share a machine, the console is not for that machine.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from hmac import compare_digest
from urllib.parse import parse_qsl, urlsplit

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ENTRANCE = "/enter"
MOST_BYTES = 64 * 1024
"""Of what a form sends."""
MOST_FIELDS = 40

_FORM = "application/x-www-form-urlencoded"
_READING, _CHANGING = ("GET", "HEAD"), ("POST",)

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # with none at all, browsers send no Origin that could be checked
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
"""On every answer. https://owasp.org/www-project-secure-headers/"""


@dataclass(slots=True, kw_only=True)
class Entrance:
    """How the console is entered. ``origin`` is its own address, without a path, as browsers write it."""

    origin: str
    token: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    session: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    form_token: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    used: bool = False

    @property
    def address(self) -> str:
        """What to open. It works once."""
        return f"{self.origin}{ENTRANCE}?token={self.token}"

    @property
    def host(self) -> str:
        return urlsplit(self.origin).netloc

    @property
    def cookie(self) -> str:
        """Its name. Browsers tell cookies apart by host, not by port."""
        return f"suture-console-{urlsplit(self.origin).port}"

    def opens(self, token: str) -> bool:
        """Whether this is the token, for the first time."""
        if self.used or not _same(token, self.token):
            return False
        self.used = True
        return True


class Guard:
    """Lets a request through to ``app``, with its form in ``scope["form"]``, or refuses it."""

    def __init__(self, app: ASGIApp, *, entrance: Entrance) -> None:
        self._app = app
        self._entrance = entrance

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":  # nothing else is served, and so nothing else is checked
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                named = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
                message = {**message, "headers": [*message.get("headers", ()), *named]}
            await send(message)

        request = Request(scope, receive)
        refusal = self._refusal(request)
        if refusal is None and scope["path"] == ENTRANCE:
            refusal = self._enter(request)
        if refusal is None and not self._is_known(request):
            refusal = _refuse(403, f"This is not the browser that the console was opened in. {_AGAIN}")
        if refusal is None and scope["method"] in _CHANGING:
            refusal = await self._read_form(request, scope)
        await (refusal or self._app)(scope, receive, send_with_headers)

    def _refusal(self, request: Request) -> Response | None:
        """Why nobody may ask this; ``None`` if the request is one of the console's own pages, or of no page."""
        entrance, headers = self._entrance, request.headers
        if headers.getlist("host") != [entrance.host]:
            return _refuse(421, f"The console answers as {entrance.host} only.")
        if request.method not in (*_READING, *_CHANGING):
            return _refuse(405, "Only GET, HEAD and POST.")
        origins = headers.getlist("origin")
        if request.method in _CHANGING and not origins:
            return _refuse(403, "Nothing is changed without an Origin.")
        if any(origin != entrance.origin for origin in origins):
            return _refuse(403, "Another page may not ask for anything here.")
        if any(site not in ("same-origin", "none") for site in headers.getlist("sec-fetch-site")):
            return _refuse(403, "Another page may not ask for anything here.")
        return None

    def _enter(self, request: Request) -> Response:
        """Give the cookie for the token. A ``HEAD`` does not use it up: programs that show previews send one."""
        if request.method == "GET" and self._entrance.opens(request.query_params.get("token", "")):
            response = RedirectResponse("/", status_code=303)
            response.set_cookie(
                self._entrance.cookie, self._entrance.session, httponly=True, samesite="strict", path="/"
            )
            return response
        return _refuse(403, f"This address does not open the console, or has opened it already. {_AGAIN}")

    def _is_known(self, request: Request) -> bool:
        return _same(request.cookies.get(self._entrance.cookie, ""), self._entrance.session)

    async def _read_form(self, request: Request, scope: Scope) -> Response | None:
        if request.headers.get("content-type", "").partition(";")[0].strip() != _FORM:
            return _refuse(415, f"A form is sent as {_FORM}.")
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > MOST_BYTES:
                return _refuse(413, f"A form is limited to {MOST_BYTES} bytes.")
        try:
            pairs = parse_qsl(
                body.decode("ascii"), keep_blank_values=True, strict_parsing=True, max_num_fields=MOST_FIELDS,
                errors="strict",
            )  # fmt: skip
        except ValueError:  # of which an error of decoding is one
            return _refuse(400, "The form cannot be read.")
        form = dict(pairs)
        if len(form) != len(pairs):
            return _refuse(400, "The form has a field twice.")
        if not _same(form.pop("form_token", ""), self._entrance.form_token):
            return _refuse(403, "The form is not of this console, or of an earlier one. Load its page again.")
        scope["form"] = form
        return None


_AGAIN = "End it, and run `suture console` again."


def _refuse(status: int, sentence: str) -> Response:
    return PlainTextResponse(f"{sentence}\n", status_code=status)


def _same(given: str, secret: str) -> bool:
    """In the same time wherever they differ."""
    return compare_digest(given.encode(), secret.encode())
