"""Shows untrusted text in a sentence: on one line, in ASCII, and shortened."""

from __future__ import annotations

import json

EXCERPT_LIMIT = 80
"""Characters."""


def excerpt(value: str | int, limit: int = EXCERPT_LIMIT) -> str:
    """A scalar as JSON, with invisible characters escaped, shortened."""
    return shortened(json.dumps(value), limit)


def shortened(text: str, limit: int = EXCERPT_LIMIT) -> str:
    return text if len(text) <= limit else text[: limit - 1] + "…"


def one_line(text: str, limit: int = EXCERPT_LIMIT) -> str:
    """A text on one line without invisible characters, shortened."""
    if not text.isprintable():
        text = "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)
    return shortened(text, limit)
