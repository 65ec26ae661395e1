"""What people see, and what programs read. Answers go to standard output, everything else to standard error.

At a terminal a table is as wide as that: columns that do not fit are left out, and said to be; no id is folded or cut.
Elsewhere all columns are there, each row on one line.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import textwrap
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from itertools import zip_longest
from typing import Any

from cli.progress import ProgressLine

_PROGRESS = ProgressLine()
_GAP = "  "
_NARROWEST_TEXT = 20
"""Columns that a text has to itself, at least, where it is folded."""


class Style(StrEnum):
    """How a terminal shows a text: the codes of ECMA-48."""

    BOLD = "1"
    DIM = "2"
    RED = "31"
    GREEN = "32"
    YELLOW = "33"


def visible(value: object) -> str:
    """The value as text in which nothing can move the cursor or change colours: payloads and tags are not trusted."""
    return "".join(
        character if character.isprintable() or character == "\n" else character.encode("unicode_escape").decode()
        for character in str(value)
    )


def show_progress(text: str) -> None:
    """How far it is, for as long as nothing else is written. Says nothing within the first second."""
    _PROGRESS.show(visible(text))


def clear_progress() -> None:
    """Before anything else than this module writes to the terminal."""
    _PROGRESS.clear()


def write(text: str) -> None:
    """Part of the answer, as it is."""
    _PROGRESS.clear()
    sys.stdout.write(text)


def print_json(document: Any) -> None:
    """One JSON document, in ASCII, so that any terminal and any program can take it."""
    write(json.dumps(document, indent=2) + "\n")


def print_line(document: Any) -> None:
    """One JSON document on a line of its own: JSON Lines."""
    write(json.dumps(document) + "\n")
    sys.stdout.flush()


def say(sentence: str = "", style: Style | None = None) -> None:
    write(_styled(visible(sentence), style) + "\n")


def say_aside(sentence: str) -> None:
    """For people only: never part of the answer."""
    _PROGRESS.clear()
    sys.stderr.write(visible(sentence) + "\n")


def print_heading(text: str) -> None:
    say(f"\n{text}", Style.BOLD)


def print_table(
    columns: Sequence[str], rows: Iterable[Sequence[object]], *, plain: bool = False, fold: Collection[str] = ()
) -> None:
    """The columns that matter most come first. Those in ``fold`` are folded, between words, and never left out.

    With ``plain`` it is tab-separated values, below the columns' names.
    """
    cells = [[_on_one_line(cell) for cell in row] for row in rows]
    if plain:
        for line in (columns, *cells):
            write("\t".join(line) + "\n")
        return
    folded = {column for column, name in enumerate(columns) if name in fold}
    widths = [max(map(_cells, column)) for column in zip(columns, *cells, strict=True)]
    room = terminal_width()
    shown = list(range(len(columns))) if room is None else _fit(widths, folded, room)
    _write_row([columns[column] for column in shown], [widths[column] for column in shown], Style.DIM)
    for row in cells:
        lines = [_wrap(row[column], widths[column]) if column in folded else [row[column]] for column in shown]
        for parts in zip_longest(*lines, fillvalue=""):
            _write_row(parts, [widths[column] for column in shown])
    if len(shown) < len(columns):
        left_out = ", ".join(name for column, name in enumerate(columns) if column not in shown)
        say_aside(
            f"Left out, because the terminal is too narrow: {left_out}. With --json, or in a pipe, it is all there."
        )


def print_fields(fields: Mapping[str, object]) -> None:
    """One field a line. Fields without a value are left out."""
    shown = {name: visible(value) for name, value in fields.items() if value not in (None, "", (), {})}
    indent = max(map(len, shown), default=0) + len(_GAP)
    room = terminal_width()
    for name, value in shown.items():
        lines = value.split("\n")
        if room is not None:
            width = max(_NARROWEST_TEXT, room - indent)
            lines = [folded for line in lines for folded in _wrap(line, width)]
        write(_styled(name.ljust(indent), Style.DIM) + f"\n{' ' * indent}".join(lines) + "\n")


def as_time(moment: datetime) -> str:
    """The time in UTC, to the second."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%SZ}"


def as_text(value: Any) -> str:
    """A JSON value on one line."""
    return json.dumps(value, ensure_ascii=False)


def terminal_width() -> int | None:
    """The columns of the terminal that answers go to; ``None`` if they go elsewhere."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def _styled(text: str, style: Style | None) -> str:
    """https://no-color.org"""
    if style is None or terminal_width() is None or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return text
    return f"\x1b[{style}m{text}\x1b[0m"


def _fit(widths: list[int], folded: Collection[int], room: int) -> list[int]:
    """The columns that there is room for, from left to right; the first always. Narrows those that are folded."""
    least = [min(width, _NARROWEST_TEXT) if column in folded else width for column, width in enumerate(widths)]
    left = room - sum(least[column] + len(_GAP) for column in folded)
    shown = []
    for column, width in enumerate(least):
        if column in folded:
            shown.append(column)
        elif not shown or width <= left:
            shown.append(column)
            left -= width + len(_GAP)
    left += len(_GAP)  # after the last one there is none
    for column in sorted(folded, key=lambda one: widths[one]):
        wanted = widths[column]
        widths[column] = min(wanted, least[column] + max(0, left))
        left -= widths[column] - least[column]
    return shown


def _wrap(text: str, width: int) -> list[str]:
    """Lines between whose words it is folded. What is longer than a line is left whole: it may be an id."""
    return textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False) or [""]


def _write_row(parts: Sequence[str], widths: Sequence[int], style: Style | None = None) -> None:
    padded = (part + " " * (width - _cells(part)) for part, width in zip(parts, widths, strict=True))
    write(_styled(_GAP.join(padded).rstrip(), style) + "\n")


def _on_one_line(value: object) -> str:
    return " ".join(visible(value).split("\n"))


def _cells(text: str) -> int:
    """How many columns of a terminal a text takes."""
    return sum(map(_cells_of, text)) if not text.isascii() else len(text)


def _cells_of(character: str) -> int:
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "FW" else 1
