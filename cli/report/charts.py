"""Plots as SVG within the page. Each says its figures to those who do not see it, and none tells by colour alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from markupsafe import Markup

_WIDTH = 480  # read on a phone, too: there it is made smaller, and its text larger
_BAR, _GAP, _NAMES, _COUNTS = 22, 8, 170, 60
_HEIGHT, _LEFT, _BOTTOM, _TOP = 220, 44, 28, 10
_SPARK_WIDTH, _SPARK_HEIGHT = 120, 22


def bars(counted: Sequence[tuple[str, int]], *, what: str) -> Markup:
    """A bar for each name, as long as its count."""
    most = max([count for _, count in counted], default=0) or 1
    height = len(counted) * (_BAR + _GAP) + _GAP
    said = "; ".join(f"{name}: {count}" for name, count in counted) or "none"
    parts = [_svg(_WIDTH, height, f"{what.capitalize()}: {said}")]
    for place, (name, count) in enumerate(counted):
        y = _GAP + place * (_BAR + _GAP)
        width = round((_WIDTH - _NAMES - _COUNTS) * count / most, 1)
        parts += [
            Markup('<text x="{}" y="{}" text-anchor="end">{}</text>').format(_NAMES - 10, y + _BAR - 6, name),
            Markup('<rect class="bar" x="{}" y="{}" width="{}" height="{}" rx="2"/>').format(_NAMES, y, width, _BAR),
            Markup('<text x="{}" y="{}">{}</text>').format(_NAMES + width + 8, y + _BAR - 6, count),
        ]
    return Markup("").join([*parts, Markup("</svg>")])


def burn_down(days: Sequence[date], counts: Sequence[int]) -> Markup:
    """How many findings were open at the end of each day."""
    most = max(counts, default=0) or 1
    said = f"Open findings: {counts[0]} on {days[0]}, {max(counts)} at most, {counts[-1]} on {days[-1]}"
    bottom, right = _HEIGHT - _BOTTOM, _WIDTH - 10
    step = (right - _LEFT) / max(1, len(days) - 1)
    points = [
        (round(_LEFT + step * place, 1), round(bottom - (bottom - _TOP) * count / most, 1))
        for place, count in enumerate(counts)
    ]
    line = " ".join(f"{x},{y}" for x, y in points)
    parts = [_svg(_WIDTH, _HEIGHT, said)]
    for count in sorted({0, most // 2, most}):
        y = round(bottom - (bottom - _TOP) * count / most, 1)
        parts += [
            Markup('<path class="rule" d="M{} {}H{}"/>').format(_LEFT, y, right),
            Markup('<text class="axis" x="{}" y="{}" text-anchor="end">{}</text>').format(_LEFT - 8, y + 4, count),
        ]
    parts += [
        Markup('<polygon class="area" points="{},{} {} {},{}"/>').format(_LEFT, bottom, line, points[-1][0], bottom),
        Markup('<polyline class="line" points="{}"/>').format(line),
        Markup('<circle class="end" cx="{}" cy="{}" r="4"/>').format(*points[-1]),
        Markup('<text class="axis" x="{}" y="{}">{}</text>').format(_LEFT, _HEIGHT - 8, days[0].isoformat()),
        Markup('<text class="axis" x="{}" y="{}" text-anchor="end">{}</text>').format(
            right, _HEIGHT - 8, days[-1].isoformat()
        ),
    ]
    return Markup("").join([*parts, Markup("</svg>")])


def sparkline(counts: Sequence[int]) -> Markup:
    """The same, small enough for a table."""
    most, width = max(counts, default=0) or 1, _SPARK_WIDTH - 4
    step = width / max(1, len(counts) - 1)
    points = " ".join(
        f"{2 + step * place:.1f},{_SPARK_HEIGHT - 3 - (_SPARK_HEIGHT - 6) * count / most:.1f}"
        for place, count in enumerate(counts)
    )
    said = f"from {counts[0]} to {counts[-1]} open, {max(counts)} at most"
    return Markup("").join(
        [
            _svg(_SPARK_WIDTH, _SPARK_HEIGHT, said, "spark"),
            Markup('<polyline class="line" points="{}"/></svg>').format(points),
        ]
    )


def _svg(width: int, height: int, said: str, kind: str = "chart") -> Markup:
    return Markup('<svg class="{}" viewBox="0 0 {} {}" width="{}" height="{}" role="img" aria-label="{}">').format(
        kind, width, height, width, height, said
    )
