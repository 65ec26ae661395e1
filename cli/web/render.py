"""Templates, and the few kinds of things that they show. Nothing that is put into one is ever taken for markup."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from cli.evidence_view import parameters_of
from cli.output import as_text, as_time, visible
from runtime.domain.outcome import Outcome
from runtime.domain.review import ReviewStatus

TEMPLATES = Path(__file__).with_name("templates")
STATIC = Path(__file__).with_name("static")


class Tone(StrEnum):
    """How much somebody should mind. It is never told by a colour alone."""

    GOOD = "good"
    BAD = "bad"
    WAITS = "waits"
    PLAIN = "plain"


_TONES: dict[str, Tone] = {
    Outcome.REMEDIATE: Tone.GOOD,
    Outcome.APPROVED: Tone.GOOD,
    Outcome.UNDO: Tone.GOOD,
    Outcome.DONE: Tone.GOOD,
    Outcome.FAILED: Tone.BAD,
    Outcome.REJECT: Tone.BAD,
    Outcome.APPROVE: Tone.WAITS,
    ReviewStatus.PENDING: Tone.WAITS,
    ReviewStatus.APPROVED: Tone.GOOD,
    ReviewStatus.DENIED: Tone.BAD,
}


@dataclass(frozen=True, slots=True)
class Link:
    text: str
    href: str
    id: str = ""
    """Of the element, so that the keyboard's focus is kept where a part of the page is loaded again."""


@dataclass(frozen=True, slots=True)
class Badge:
    """A word, and how much somebody should mind it."""

    text: str
    tone: Tone = Tone.PLAIN


def badge(word: str) -> Badge:
    """An outcome, or a review's status."""
    return Badge(word, _TONES.get(word, Tone.PLAIN))


@dataclass(frozen=True, slots=True)
class Stack:
    """Two things in one cell, the lesser one below the other: a table of nine columns breaks its words on a laptop."""

    first: Cell
    under: Cell


type Cell = str | int | float | datetime | Link | Badge | Markup | Stack | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A table. ``empty`` is what to say instead if it has no rows; ``numbers`` are the columns that hold them."""

    caption: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    empty: str = "None."
    numbers: Sequence[str] = ()
    sortable: bool = False


def href(path: str, **query: str) -> str:
    """A path with a query, of which empty values are left out."""
    given = {name: value for name, value in query.items() if value}
    return f"{path}?{urlencode(given)}" if given else path


def render(template: str, **values: Any) -> str:
    """A page. Raises ``jinja2.UndefinedError`` for a value that the template needs and was not given."""
    return _environment().get_template(template).render(**values)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"as_text": _as_text, "as_time": as_time, "iso": _iso, "parameters_of": parameters_of}
    environment.tests |= {
        "link": _is(Link),
        "badge": _is(Badge),
        "moment": _is(datetime),
        "stack": _is(Stack),
        "nothing": _is_nothing,
    }
    return environment


def _is(kind: type) -> Any:
    return lambda value: isinstance(value, kind)


def _is_nothing(cell: Cell) -> bool:
    return (_is_nothing(cell.first) and _is_nothing(cell.under)) if isinstance(cell, Stack) else cell in (None, "")


def _shown(value: object) -> object:
    """Whatever comes from outside as text in which nothing is invisible, or turns the direction of what follows."""
    if value is None:
        return ""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _as_text(value: Any) -> str:
    return as_text(dict(value) if hasattr(value, "keys") else value)


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds")


def fields(pairs: Iterable[tuple[str, Cell]]) -> list[tuple[str, Cell]]:
    """Those that have a value."""
    return [(name, value) for name, value in pairs if value not in (None, "")]
