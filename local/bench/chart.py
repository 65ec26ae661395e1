"""Draws a curve as SVG: a frame, a grid, and each line with its name at its end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import ceil, floor, log10
from xml.sax.saxutils import escape

from local.bench.rows import Curve

_WIDTH, _HEIGHT = 640, 320
_LEFT, _RIGHT, _TOP, _BOTTOM = 60, 110, 40, 50
_COLOURS = ("#0b6e99", "#c2410c", "#4d7c0f", "#6b21a8")
_TICKS = 5


def draw(curve: Curve) -> str:
    """One picture. Both axes begin at nought."""
    points = [point for line in curve.lines.values() for point in line]
    across, up = (_Axis(max(point[axis] for point in points)) for axis in (0, 1))
    return "\n".join([*_frame(curve, across, up), *_lines(curve, across, up), "</svg>", ""])


class _Axis:
    """From nought to the next round number."""

    def __init__(self, largest: float) -> None:
        step = 10.0 ** floor(log10(largest / _TICKS))
        self.step = next(step * size for size in (1, 2, 5, 10) if step * size * _TICKS >= largest)
        self.end = self.step * ceil(largest / self.step)

    def ticks(self) -> Iterator[float]:
        return (self.step * number for number in range(round(self.end / self.step) + 1))


def _x(value: float, axis: _Axis) -> float:
    return round(_LEFT + value / axis.end * (_WIDTH - _LEFT - _RIGHT), 1)


def _y(value: float, axis: _Axis) -> float:
    return round(_HEIGHT - _BOTTOM - value / axis.end * (_HEIGHT - _TOP - _BOTTOM), 1)


def _frame(curve: Curve, across: _Axis, up: _Axis) -> Iterator[str]:
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}"'
        ' font-family="sans-serif" font-size="12" fill="#333">'
    )
    yield f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#fff"/>'
    yield _text(_LEFT, 20, f"{curve.title}: {curve.y}", weight="bold")
    yield _text((_LEFT + _WIDTH - _RIGHT) / 2, _HEIGHT - 12, curve.x, anchor="middle")
    for value in up.ticks():
        y = _y(value, up)
        yield f'<path d="M{_LEFT} {y}H{_WIDTH - _RIGHT}" stroke="#ddd"/>'
        yield _text(_LEFT - 6, y + 4, f"{value:g}", anchor="end")
    for value in across.ticks():
        yield _text(_x(value, across), _HEIGHT - _BOTTOM + 16, f"{value:g}", anchor="middle")


def _lines(curve: Curve, across: _Axis, up: _Axis) -> Iterator[str]:
    for (name, points), colour in zip(curve.lines.items(), _COLOURS, strict=False):
        places = [(_x(x, across), _y(y, up)) for x, y in points]
        yield f'<path d="{_path(places)}" fill="none" stroke="{colour}" stroke-width="2"/>'
        yield from (f'<circle cx="{x}" cy="{y}" r="3" fill="{colour}"/>' for x, y in places)
        yield _text(places[-1][0] + 8, places[-1][1] + 4, name, fill=colour)


def _path(places: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x} {y}" for x, y in places)


def _text(x: float, y: float, text: str, *, anchor: str = "start", weight: str = "normal", fill: str = "#333") -> str:
    return f'<text x="{x}" y="{y}" text-anchor="{anchor}" font-weight="{weight}" fill="{fill}">{escape(text)}</text>'
