"""How far something long has come: one line on standard error that is written anew, where that is a terminal."""

from __future__ import annotations

import os
import sys
from threading import Lock, Timer
from time import monotonic
from typing import TextIO

NARROW = 80
"""Columns of a terminal that does not say how wide it is."""
DELAY_SECONDS = 1.0
"""What takes less says nothing."""
_SECONDS = 0.1
"""Between two writes of the line."""
_ERASE = "\r\x1b[2K"


class ProgressLine:
    """Begins to count its delay when it is made. Elsewhere than at a terminal nothing is ever written.

    What is said too early is written when it is time, unless it was replaced or taken away by then: somebody who says
    what begins, and nothing more before it ends, is heard too.
    """

    def __init__(self) -> None:
        self._not_before = monotonic() + DELAY_SECONDS
        self._shown = False
        self._text = ""
        self._later: Timer | None = None
        self._lock = Lock()

    def show(self, text: str) -> None:
        """Say how far it is, in one line without control characters. Costs nothing where it was just said."""
        if not at_terminal():
            return
        with self._lock:
            self._text = text
            wait = self._not_before - monotonic()
            if wait <= 0:
                self._write()
            elif self._later is None:
                self._later = Timer(wait, self._write_later)
                self._later.daemon = True
                self._later.start()

    def clear(self) -> None:
        """Take the line away, before anything else is written."""
        with self._lock:
            self._text = ""
            if self._later is not None:
                self._later.cancel()
                self._later = None
            if self._shown:
                self._shown = False
                sys.stderr.write(_ERASE)
                sys.stderr.flush()

    def _write_later(self) -> None:
        with self._lock:
            self._later = None
            if self._text:  # it may have been taken away while this waited
                self._write()

    def _write(self) -> None:
        self._not_before, self._shown = monotonic() + _SECONDS, True
        room = (width_of(sys.stderr) or NARROW) - 1
        sys.stderr.write(_ERASE + (self._text if len(self._text) <= room else f"{self._text[: room - 1]}…"))
        sys.stderr.flush()


def at_terminal() -> bool:
    """Whether standard error is one."""
    return sys.stderr.isatty()


def width_of(stream: TextIO) -> int | None:
    """The columns of the terminal that a stream goes to; ``None`` if it goes elsewhere.

    Of that stream's own, not of standard output's, which may be a file. COLUMNS counts for more, as everywhere.
    """
    if not stream.isatty():
        return None
    asked = os.environ.get("COLUMNS", "")
    if asked.isdecimal() and int(asked):
        return int(asked)
    try:
        return os.get_terminal_size(stream.fileno()).columns or NARROW
    except OSError:
        return NARROW
