"""How a sentence shows a text that came from outside: whatever it holds, on one line, in ASCII, and short."""

from __future__ import annotations

import json

EXCERPT_LIMIT = 80
"""Characters."""


def excerpt(value: str | int, limit: int = EXCERPT_LIMIT) -> str:
    """A scalar as JSON writes it, so that nothing in it stays invisible, shortened."""
    return shortened(json.dumps(value), limit)


def shortened(text: str, limit: int = EXCERPT_LIMIT) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def one_line(text: str, limit: int = EXCERPT_LIMIT) -> str:
    """A text in which nothing starts a line of its own or is invisible, shortened."""
    written = "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)
    return shortened(written, limit)
