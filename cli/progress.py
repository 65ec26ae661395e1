"""How far something long has come: one line on standard error that is written anew, where that is a terminal."""

from __future__ import annotations

import shutil
import sys
from time import monotonic

DELAY_SECONDS = 1.0
"""What takes less says nothing."""
_SECONDS = 0.1
"""Between two writes of the line."""
_ERASE = "\r\x1b[2K"


class ProgressLine:
    """Begins to count its delay when it is made. Elsewhere than at a terminal nothing is ever written."""

    def __init__(self) -> None:
        self._not_before = monotonic() + DELAY_SECONDS
        self._shown = False

    def show(self, text: str) -> None:
        """Say how far it is, in one line without control characters. Costs nothing where it was just said."""
        now = monotonic()
        if now < self._not_before or not at_terminal():
            return
        self._not_before, self._shown = now + _SECONDS, True
        sys.stderr.write(_ERASE + text[: shutil.get_terminal_size().columns - 1])
        sys.stderr.flush()

    def clear(self) -> None:
        """Take the line away, before anything else is written."""
        if self._shown:
            self._shown = False
            sys.stderr.write(_ERASE)
            sys.stderr.flush()


def at_terminal() -> bool:
    """Whether standard error is one."""
    return sys.stderr.isatty()
