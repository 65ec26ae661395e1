"""In place of the network: notes whose key signed each request, and answers as it is told."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from botocore.awsrequest import AWSRequest, AWSResponse


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One request. ``operation`` and ``parameters`` are there where a service has them in JSON."""

    host: str
    key: str
    token: str
    operation: str
    parameters: dict[str, Any]


class _RawResponse:
    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self._body


@dataclass
class Wire:
    """To be registered for ``before-send``. ``answers`` are given one after the other, and then ``last`` for ever.

    ``meanwhile`` is called when a request is on its way.
    """

    sent: list[Sent] = field(default_factory=list)
    meanwhile: Callable[[], object] = lambda: None
    answers: list[tuple[int, bytes]] = field(default_factory=list)
    last: tuple[int, bytes] = (200, b"")
    _lock: Lock = field(default_factory=Lock)

    def __call__(self, request: AWSRequest, **_: Any) -> AWSResponse:
        target = _text(request.headers.get("X-Amz-Target", ""))
        key = re.search(r"Credential=([^/]+)/", _text(request.headers["Authorization"]))
        assert key is not None, "it is signed"
        with self._lock:
            self.sent.append(
                Sent(
                    host=request.url.split("/")[2],
                    key=key[1],
                    token=_text(request.headers.get("X-Amz-Security-Token", "")),
                    operation=target.rpartition(".")[2],
                    parameters=json.loads(request.body) if target else {},
                )
            )
            number = f"r-{len(self.sent)}"
            status, body = self.answers.pop(0) if self.answers else self.last
        self.meanwhile()
        headers = {"x-amz-request-id": number, "x-amzn-requestid": number}
        return AWSResponse(request.url, status, headers, _RawResponse(body))

    def fail(self, status: int, code: str) -> None:
        """From now on everything is answered with an error, as S3 has it."""
        self.last = (status, f"<Error><Code>{code}</Code><Message>said AWS</Message></Error>".encode())


def answer(document: Any, status: int = 200) -> tuple[int, bytes]:
    """An answer in JSON."""
    return status, json.dumps(document).encode()


def error(code: str, *, status: int = 400, **more: Any) -> tuple[int, bytes]:
    """An error in JSON."""
    return answer({"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": "said AWS", **more}, status)


def _text(header: bytes | str) -> str:
    return header.decode() if isinstance(header, bytes) else header
