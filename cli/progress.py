"""How far something long has come: one line on standard error that is written anew, where that is a terminal."""

from __future__ import annotations

import sys
from time import monotonic
from types import TracebackType
from typing import Self

from cli.output import terminal_width, visible

_SECONDS = 0.1
"""Between two writes of the line."""
_ERASE = "\r\x1b[2K"


class Progress:
    """As a context manager: the line is gone at its end. Elsewhere than at a terminal nothing is written."""

    def __init__(self) -> None:
        self._width = terminal_width(sys.stderr)
        self._written_at: float | None = None

    def show(self, text: str) -> None:
        """Say how far it is. Costs nothing where it was just said."""
        if self._width is None or (self._written_at is not None and monotonic() - self._written_at < _SECONDS):
            return
        self._written_at = monotonic()
        sys.stderr.write(_ERASE + visible(text)[: self._width - 1])
        sys.stderr.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._written_at is not None:
            sys.stderr.write(_ERASE)
            sys.stderr.flush()
