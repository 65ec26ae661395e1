"""What people see, and what programs read. Answers go to standard output, everything else to standard error.

At a terminal nothing is wider than that: texts are folded between words, and columns that do not fit are left out, and
said to be; no id is folded or cut. Elsewhere all columns are there, each row and each sentence on one line.
"""

from __future__ import annotations

import json
import os
import sys
import textwrap
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from itertools import zip_longest
from typing import Any

from cli.progress import ProgressLine, width_of

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


def flush() -> None:
    """Have whoever reads a pipe see what was written so far."""
    sys.stdout.flush()


def print_json(document: Any) -> None:
    """One JSON document, in ASCII, so that any terminal and any program can take it."""
    write(json.dumps(document, indent=2) + "\n")


def print_line(document: Any) -> None:
    """One JSON document on a line of its own: JSON Lines."""
    write(json.dumps(document) + "\n")


def say(sentence: str = "", style: Style | None = None, *, hang: int = 0) -> None:
    """At a terminal it is folded, below where it begins, or ``hang`` columns to the right of that."""
    for line in _lines(visible(sentence), terminal_width(), hang):
        write(_styled(line, style) + "\n")


def say_whole(text: str, style: Style | None = None) -> None:
    """What is to be copied, such as a command: never folded."""
    write(_styled(visible(text), style) + "\n")


def say_aside(sentence: str) -> None:
    """For people only: never part of the answer."""
    _PROGRESS.clear()
    for line in _lines(visible(sentence), width_of(sys.stderr), 0):
        sys.stderr.write(line + "\n")


def folded(sentence: str, *, beside: int) -> str:
    """The sentence in lines of the terminal that standard error goes to, which leave room for what comes after it."""
    room = width_of(sys.stderr)
    return "\n".join(_lines(visible(sentence), None if room is None else room - beside, 0))


def print_heading(text: str) -> None:
    say()
    say(text, Style.BOLD)


def print_table(
    columns: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    plain: bool = False,
    fold: Collection[str] = (),
    keep: Collection[str] = (),
) -> None:
    """The columns that matter most come first. With ``plain`` it is tab-separated values, below the columns' names.

    Those in ``fold`` are folded, between words. A row whose words do not fit into those has them below itself, and so
    have all rows where there is no room for those. What is in ``keep`` is below its row where it would be left out.
    """
    if plain:
        for line in (columns, *rows):
            print_plain(line)
        return
    cells = [[_on_one_line(cell) for cell in row] for row in rows]
    folded = [column for column, name in enumerate(columns) if name in fold]
    widths = [max(map(_cells, column)) for column in zip(columns, *cells, strict=True)]
    room, shown = terminal_width(), list(range(len(columns)))
    narrow = False
    if room is not None:
        words = {column: max(_longest_word(row[column]) for row in (columns, *cells)) for column in folded}
        narrow = widths[0] + sum(len(_GAP) + min(widths[column], _NARROWEST_TEXT) for column in folded) > room
        shown = _fit(widths, {} if narrow else words, room, left_out=folded if narrow else ())
    unseen = [column for column in range(len(columns)) if column not in shown]
    kept = [column for column in unseen if column in folded or columns[column] in keep]
    _write_row([columns[column] for column in shown], [widths[column] for column in shown], Style.DIM)
    for row in cells:
        too_long = room is not None and any(_longest_word(row[column]) > widths[column] for column in folded)
        below = sorted({*kept, *(folded if too_long else ())})
        beside = [column for column in shown if column not in below]
        narrowed = folded if room is not None else ()
        lines = [_wrap(row[column], widths[column]) if column in narrowed else [row[column]] for column in beside]
        for parts in zip_longest(*lines, fillvalue=""):
            _write_row(parts, [widths[column] for column in beside])
        _print_below({columns[column]: row[column] for column in below}, named=len(below) > 1 or not kept)
    left_out = [columns[column] for column in unseen if column not in kept]
    if left_out:
        say_aside(
            f"Left out, because the terminal is too narrow: {', '.join(left_out)}. "
            "With --json, or in a pipe, it is all there."
        )


def _print_below(fields: Mapping[str, str], *, named: bool) -> None:
    """What has no room in its row. The one thing that every row has there needs no name."""
    if named:
        print_fields(fields, indent=len(_GAP))
        return
    for value in filter(None, fields.values()):
        for line in _lines(value, terminal_width(), 0, within=len(_GAP)):
            write(line + "\n")


def print_plain(row: Iterable[object]) -> None:
    """A row as tab-separated values."""
    write("\t".join(map(_on_one_line, row)) + "\n")


def print_fields(fields: Mapping[str, object], *, indent: int = 0) -> None:
    """One field a line. Fields without a value are left out."""
    shown = {name: visible(value) for name, value in fields.items() if value not in (None, "", (), {})}
    within = indent + max(map(len, shown), default=0) + len(_GAP)
    room = terminal_width()
    for name, value in shown.items():
        label = " " * indent + name
        for number, line in enumerate(_lines(value, room, 0, within=within)):
            if number:
                write(line + "\n")
            elif line.startswith(" " * within):
                write(_styled(label.ljust(within), Style.DIM) + line[within:] + "\n")
            else:  # an id that does not fit beside its name
                write(_styled(label, Style.DIM) + "\n" + line + "\n")


def as_time(moment: datetime) -> str:
    """The time in UTC, to the second."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%SZ}"


def as_text(value: Any) -> str:
    """A JSON value on one line."""
    return json.dumps(value, ensure_ascii=False)


def terminal_width() -> int | None:
    """The columns of the terminal that answers go to; ``None`` if they go elsewhere."""
    return width_of(sys.stdout)


def _styled(text: str, style: Style | None) -> str:
    """https://no-color.org"""
    if style is None or terminal_width() is None or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return text
    return f"\x1b[{style}m{text}\x1b[0m"


def _fit(widths: list[int], words: Mapping[int, int], room: int, *, left_out: Collection[int]) -> list[int]:
    """The columns that there is room for, from left to right; the first always. Narrows those that are folded.

    ``words`` has the longest word of each of those, which it is made as wide as if it can be.
    """
    least = [min(width, _NARROWEST_TEXT) if column in words else width for column, width in enumerate(widths)]
    left = room - sum(least[column] + len(_GAP) for column in words)
    shown = []
    for column, width in enumerate(least):
        if column in words:
            shown.append(column)
        elif column not in left_out and (not shown or width <= left):
            shown.append(column)
            left -= width + len(_GAP)
    left += len(_GAP)  # after the last one there is none
    wanted = {column: widths[column] for column in words}
    widths[:] = [least[column] if column in words else width for column, width in enumerate(widths)]
    for goal in (words, wanted):  # first for each word, as far as it goes; then the same for each
        by_need = sorted(words, key=goal.__getitem__)
        for number, column in enumerate(by_need):
            more = goal[column] - widths[column]
            more = min(more, left // (len(by_need) - number)) if goal is wanted else more
            if 0 < more <= left:
                widths[column] += more
                left -= more
    return shown


def _lines(text: str, room: int | None, hang: int, *, within: int = 0) -> Iterator[str]:
    """A text in lines of a terminal, if it is for one, ``within`` columns from its left.

    A word that is too long for its line, such as an id, begins further to the left: as far as it has to.
    """
    for line in text.split("\n"):
        indent = within + len(line) - len(line.lstrip(" "))
        if room is None or indent + _cells(line.lstrip(" ")) <= room:
            yield " " * within + line
            continue
        for number, folded in enumerate(_wrap(line, max(_NARROWEST_TEXT, room - indent - hang))):
            least = max(0, room - _cells(folded))
            yield " " * min(indent + (hang if number else 0), least) + folded


def _wrap(text: str, width: int) -> list[str]:
    """Lines between whose words it is folded. What is longer than a line is left whole: it may be an id."""
    return textwrap.wrap(text.strip(), width, break_long_words=False, break_on_hyphens=False) or [""]


def _longest_word(text: str) -> int:
    return max(map(_cells, text.split()), default=0)


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
