"""A terminal of 80 columns and 24 lines in which a person runs the command: a real one, without anybody before it."""

from __future__ import annotations

import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from local.people import SUTURE, Person

COLUMNS, LINES = 80, 24


@dataclass(kw_only=True)
class Terminal:
    """``text`` is all that it was sent so far, as it was."""

    process: subprocess.Popen[bytes]
    descriptor: int
    text: str = field(default="", init=False)

    @property
    def lines(self) -> list[str]:
        """As a person sees them in the end: without what was written over, and without colours."""
        lines = self.text.replace("\r\n", "\n").split("\n")
        return [re.sub(r"\x1b\[\d+m", "", line.rpartition("\x1b[2K")[2]) for line in lines]

    def read_until(self, text: str, *, timeout_seconds: float = 60) -> None:
        """Read until it shows this. Raises ``AssertionError`` if it does not."""
        deadline = time.monotonic() + timeout_seconds
        while text not in self.text:
            assert time.monotonic() < deadline, self.text
            self._read()

    def interrupt(self) -> int:
        """Press Ctrl-C. Returns how the command ended."""
        self.process.send_signal(signal.SIGINT)
        return self.end()

    def end(self, *, timeout_seconds: float = 60) -> int:
        """Read until the command ends. Returns how. Raises ``AssertionError`` if it does not."""
        deadline = time.monotonic() + timeout_seconds
        while self._read():
            assert time.monotonic() < deadline, self.text
        return self.process.wait(timeout=timeout_seconds)

    def _read(self) -> bool:
        ready, _, _ = select.select([self.descriptor], [], [], 0.2)
        if not ready:
            return self.process.poll() is None
        try:
            self.text += os.read(self.descriptor, 65536).decode()
        except OSError:  # the other side is closed
            return False
        return True


@contextmanager
def _interrupts_taken() -> Iterator[None]:
    """A shell has what it starts in the background ignore them, and that would be passed on to the command."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def run_at_terminal(person: Person, *arguments: str, stdout: int | None = None) -> Iterator[Terminal]:
    """The command, as this person runs it. ``stdout`` is where its answer goes, if not to the terminal as well."""
    descriptor, theirs = os.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    variables = {name: value for name, value in person.variables().items() if name not in ("COLUMNS", "NO_COLOR")}
    with _interrupts_taken():
        process = subprocess.Popen(
            [SUTURE, *arguments],
            env={**variables, "TERM": "xterm"},
            stdin=theirs,
            stdout=theirs if stdout is None else stdout,
            stderr=theirs,
        )
    os.close(theirs)
    try:
        yield Terminal(process=process, descriptor=descriptor)
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        os.close(descriptor)
