"""``suture console`` as it is run: where it listens, and what it answers to whom."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

import pytest

from cli.console.server import listen
from tests.unit.cli.command import operate


@dataclass(frozen=True, kw_only=True)
class Running:
    process: subprocess.Popen[str]
    address: str

    @property
    def port(self) -> int:
        port = urlsplit(self.address).port
        assert port
        return port

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def token(self) -> str:
        return self.address.rpartition("=")[2]

    def ask(self, *lines: str) -> str:
        """Send a request just so. Returns the whole answer."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=30) as connection:
            connection.sendall("".join(f"{line}\r\n" for line in (*lines, "Connection: close", "")).encode())
            with connection.makefile("rb") as answer:
                return answer.read().decode()


COMMAND = """\
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell has what it runs in the background ignore it
from cli.main import main
main()
"""


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    """The command, in a process of its own, without AWS: nobody gets that far here."""
    process = subprocess.Popen(
        [sys.executable, "-c", COMMAND, "-e", "test", "console"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "AWS_REGION": "eu-west-1"},
    )
    assert process.stdout is not None
    address = process.stdout.readline().strip()
    yield Running(process=process, address=address)
    if process.poll() is None:
        process.kill()
    process.communicate()


def status(answer: str) -> int:
    found = re.match(r"HTTP/1\.1 (\d{3}) ", answer)
    assert found, answer
    return int(found[1])


def test_the_console_listens_on_the_loopback_address_and_no_other() -> None:
    with listen(0) as listening:
        host, port = listening.getsockname()
        assert host == "127.0.0.1"
        assert listening.family is socket.AF_INET
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.2", port), timeout=5)


def test_a_port_that_is_taken_is_said() -> None:
    with listen(0) as listening:
        port = listening.getsockname()[1]
        result = operate("console", "--port", port)
    assert result.exit_code == 1
    assert f"Port {port} of this machine cannot be listened on" in result.stderr


def test_the_address_is_all_that_is_printed_on_standard_output(running: Running) -> None:
    assert re.fullmatch(r"http://127\.0\.0\.1:\d+/enter\?token=[\w-]{43}", running.address)


@pytest.mark.parametrize(
    ("request_lines", "expected"),
    [
        (("GET / HTTP/1.1", "Host: {host}"), 403),
        (("GET / HTTP/1.1", "Host: evil.example"), 421),
        (("GET / HTTP/1.1", "Host: evil.example:{port}"), 421),
        (("GET / HTTP/1.1", "Host: localhost:{port}"), 421),
        (("GET / HTTP/1.1",), 400),
        (("GET / HTTP/1.0",), 421),
        (("GET / HTTP/1.1", "Host: {host}", "Host: evil.example"), 400),
        (("GET http://evil.example/ HTTP/1.1", "Host: evil.example"), 421),
        (("GET / HTTP/1.1", "Host: evil.example", "X-Forwarded-Host: {host}"), 421),
        (("GET {enter} HTTP/1.1", "Host: evil.example"), 421),
        (("GET {enter} HTTP/1.1", "Host: {host}", "Origin: http://evil.example"), 403),
        (("GET {enter} HTTP/1.1", "Host: {host}", "Sec-Fetch-Site: cross-site"), 403),
        (("GET /enter?token=guess HTTP/1.1", "Host: {host}"), 403),
    ],
)
def test_who_is_not_the_browser_that_opened_it_gets_nothing(
    running: Running, request_lines: tuple[str, ...], expected: int
) -> None:
    enter = f"/enter?token={running.token}"
    answer = running.ask(*(line.format(host=running.host, port=running.port, enter=enter) for line in request_lines))
    assert status(answer) == expected
    assert "set-cookie" not in answer.lower()
    assert "server:" not in answer.lower()


def test_the_console_ends_with_ctrl_c_and_its_token_is_in_no_log(running: Running) -> None:
    """Last, since it ends it. Nobody has used the address up before: each was refused earlier than that."""
    opened = running.ask(f"GET /enter?token={running.token} HTTP/1.1", f"Host: {running.host}")
    assert status(opened) == 303
    running.process.send_signal(signal.SIGINT)
    out, err = running.process.communicate(timeout=30)
    assert running.process.returncode == 128 + signal.SIGINT
    assert (out, running.token in err) == ("", False)
    assert "Traceback" not in err
