"""Stands between the measured process and the local AWS: notes each call with its times, and can make calls slow.

A process of its own, so that what it costs is not measured. Whoever started it gets one line with the port; each call
is a line of JSON in a file before it is answered.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TextIO
from urllib.parse import parse_qs, urlsplit

_CREDENTIAL = "Credential="
_TARGET = "x-amz-target"


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One AWS call. ``key_id`` says whose; times are seconds of a clock that every process shares."""

    service: str
    operation: str
    key_id: str
    began: float
    ended: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Message:
    start: str
    headers: Mapping[str, str]
    raw: bytes
    body: bytes

    def call(self, began: float, ended: float) -> Call:
        """AWS names the operation in a header, in the body, or, for REST, by method and path only."""
        key_id, _, _, service, _ = self.headers["authorization"].partition(_CREDENTIAL)[2].split(",")[0].split("/")
        method, target, _ = self.start.split(" ")
        if _TARGET in self.headers:
            operation = self.headers[_TARGET].rpartition(".")[2]
        elif actions := parse_qs(self.body.decode("latin-1")).get("Action"):
            operation = actions[0]
        else:
            url = urlsplit(target)
            operation = f"{method} {url.path if service != 's3' else ''}?{url.query}".removesuffix("?")
        return Call(service=service, operation=operation, key_id=key_id, began=began, ended=ended)


async def _read(stream: asyncio.StreamReader, *, bodiless: bool = False) -> _Message | None:
    """One request or response; ``None`` at the end of the connection."""
    try:
        head = await stream.readuntil(b"\r\n\r\n")
    except asyncio.IncompleteReadError:
        return None
    start, *lines = head.decode("latin-1").rstrip().split("\r\n")
    headers = {name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = b""
    if headers.get("transfer-encoding") == "chunked":
        size = 1
        while size:
            line = await stream.readuntil(b"\r\n")
            size = int(line, 16)
            body += line + await stream.readexactly(size + 2)
    elif not bodiless:
        body = await stream.readexactly(int(headers.get("content-length", 0)))
    return _Message(start=start, headers=headers, raw=head + body, body=body)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Gateway:
    upstream_port: int
    upstream: ssl.SSLContext
    delay_seconds: float
    calls: TextIO

    async def serve(self, client: asyncio.StreamReader, answers: asyncio.StreamWriter) -> None:
        server, requests = await asyncio.open_connection("127.0.0.1", self.upstream_port, ssl=self.upstream)
        while request := await _read(client):
            began = time.monotonic()
            await asyncio.sleep(self.delay_seconds)
            requests.write(request.raw)
            response = await _read(server, bodiless=request.start.startswith("HEAD "))
            if response is None:
                break
            self.calls.write(json.dumps(asdict(request.call(began, time.monotonic()))) + "\n")
            self.calls.flush()
            answers.write(response.raw)
            await answers.drain()
        for writer in (requests, answers):
            writer.close()


async def main(upstream_port: int, delay_seconds: float, calls: str, authority: str, chain: str, key: str) -> None:
    ours = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    ours.load_cert_chain(chain, key)
    upstream = ssl.create_default_context(cafile=authority)
    with Path(calls).open("a", encoding="utf-8") as file:
        gateway = _Gateway(upstream_port=upstream_port, upstream=upstream, delay_seconds=delay_seconds, calls=file)
        server = await asyncio.start_server(gateway.serve, "127.0.0.1", 0, ssl=ours)
        print(server.sockets[0].getsockname()[1], flush=True)
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), float(sys.argv[2]), *sys.argv[3:]))
