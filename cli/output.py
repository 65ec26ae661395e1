"""What people see, and what programs read. Answers go to standard output, everything else to standard error."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TextIO

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

WIDTH_OF_A_FILE = 240
"""Columns where the output is not a terminal, so that a search through it finds what a fold would have cut."""


def visible(value: object) -> str:
    """The value as text in which nothing can move the cursor or change colours: payloads and tags are not trusted."""
    return "".join(
        character if character.isprintable() or character == "\n" else character.encode("unicode_escape").decode()
        for character in str(value)
    )


def print_json(document: Any) -> None:
    """One JSON document, in ASCII, so that any terminal and any program can take it."""
    sys.stdout.write(json.dumps(document, indent=2) + "\n")


def say(sentence: str = "") -> None:
    _console(sys.stdout).print(Text(visible(sentence)), soft_wrap=True)


def say_aside(sentence: str) -> None:
    """For people only: never part of the answer."""
    _console(sys.stderr).print(Text(visible(sentence)), soft_wrap=True)


def print_heading(text: str) -> None:
    _console(sys.stdout).print(Text(f"\n{visible(text)}", style="bold"), soft_wrap=True)


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*(Text(visible(cell)) for cell in row))
    _console(sys.stdout).print(table)


def print_fields(fields: Mapping[str, object]) -> None:
    """One field a line. Fields without a value are left out."""
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in fields.items():
        if value not in (None, "", (), {}):
            table.add_row(Text(name, style="dim"), Text(visible(value)))
    _console(sys.stdout).print(table)


def as_time(moment: datetime) -> str:
    """The time in UTC, to the second."""
    return moment.astimezone(UTC).isoformat(sep=" ", timespec="seconds")


def as_text(value: Any) -> str:
    """A JSON value on one line."""
    return json.dumps(value, ensure_ascii=False)


def _console(stream: TextIO) -> Console:
    narrow = stream.isatty() or "COLUMNS" in os.environ
    return Console(file=stream, width=None if narrow else WIDTH_OF_A_FILE, highlight=False)
