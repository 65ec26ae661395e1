"""What the benchmark says: rows of a table, and curves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table: what was measured, as people read it and, in ``figures``, as programs do.

    ``before`` is what the core's first form needed, ``target`` what it is to need at most.
    """

    name: str
    before: str
    target: str
    measured: str
    figures: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """How one figure grows with another. ``lines`` are points, by what they show."""

    key: str
    title: str
    x: str
    y: str
    lines: Mapping[str, Sequence[tuple[float, float]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Calls:
    """The AWS calls that one kind of finding causes, by whose credentials sign them."""

    scene: str
    outcome: str
    reason: str
    platform: int
    sessions: int
    customer: int
    in_sequence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """What was measured."""

    rows: Sequence[Row] = ()
    curves: Sequence[Curve] = ()
    calls: Sequence[Calls] = ()

    def __add__(self, other: Results) -> Results:
        return Results(
            rows=(*self.rows, *other.rows),
            curves=(*self.curves, *other.curves),
            calls=(*self.calls, *other.calls),
        )
