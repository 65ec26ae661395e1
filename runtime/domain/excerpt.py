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
