"""The processes that are measured, and the gateway between them and the local AWS, from their parent's side."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from local.bench.gateway import Call
from local.emulator import REPOSITORY, Emulator

PROGRAMS = Path(__file__).parent / "programs"


class MeasuredProcessEnded(Exception):
    """A process that was being measured ended, with what it said."""


class MeasuredProcess:
    """One process that answers each line with a line of JSON. ``started`` is what it says before the first."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        # No buffer for its errors can fill up: they go where ours go.
        self._process = subprocess.Popen(
            list(command), env=dict(environment), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.started = self._answer()

    def ask(self, line: str) -> dict[str, Any]:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        return self._answer()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise MeasuredProcessEnded(f"{self._process.args!r} ended with {self._process.wait()}")
        return dict(json.loads(line))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


class Gateway:
    """A gateway that runs, and the calls that went through it."""

    def __init__(self, port: int, calls: Path) -> None:
        self.endpoint = f"https://127.0.0.1:{port}"
        self._calls = calls
        self._taken = 0

    def take_calls(self) -> list[Call]:
        """The calls since the last time."""
        lines = self._calls.read_text(encoding="utf-8").splitlines()[self._taken :]
        self._taken += len(lines)
        return [Call(**json.loads(line)) for line in lines]


@contextmanager
def gateway_to(emulator: Emulator, state: Path, *, delay_seconds: float = 0.0) -> Iterator[Gateway]:
    """A gateway with the emulator's own certificate, which makes each call take at least so long."""
    calls = state / "calls.jsonl"
    calls.write_text("")
    command = [sys.executable, "-m", "local.bench.gateway", str(emulator.port), str(delay_seconds), str(calls)]
    command += [emulator.authority, str(state / "server.pem"), str(state / "server-key.pem")]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield Gateway(int(process.stdout.readline()), calls)
        finally:
            process.terminate()
