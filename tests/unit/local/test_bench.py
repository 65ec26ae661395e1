"""What the benchmark reckons and draws; what it measures, it measures."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from local.bench.chart import draw
from local.bench.costs import in_sequence
from local.bench.gateway import Call
from local.bench.rows import Curve

SVG = "{http://www.w3.org/2000/svg}"


def call(began: float, ended: float) -> Call:
    return Call(service="s3", operation="GET", key_id="A", began=began, ended=ended)


@pytest.mark.parametrize(
    ("calls", "waited_for"),
    [
        ([], 0),
        ([(0, 1), (1, 2), (2, 3)], 3),
        ([(0, 1), (0, 1), (0, 1)], 1),
        ([(0, 9), (1, 2), (3, 4)], 2),  # two in sequence beside a long one
        ([(0, 2), (1, 3), (2, 4)], 2),
    ],
)
def test_round_trips_count_once_where_they_overlap(calls: list[tuple[float, float]], waited_for: int) -> None:
    assert in_sequence([call(*times) for times in calls]) == waited_for


def test_a_curve_is_drawn_with_every_point_in_its_frame_and_every_line_named() -> None:
    lines = {"entries": [(8, 75.0), (1000, 300.0)], "exceptions <1>": [(0, 70.0), (1000, 74.0)]}
    root = ET.fromstring(draw(Curve(key="decision", title="One", x="entries", y="µs", lines=lines)))
    places = [(float(dot.attrib["cx"]), float(dot.attrib["cy"])) for dot in root.iter(f"{SVG}circle")]
    assert len(places) == 4
    assert all(0 < x < float(root.attrib["width"]) and 0 < y < float(root.attrib["height"]) for x, y in places)
    assert places[1][1] < places[0][1]  # more is higher
    assert places[2][0] < places[0][0] < places[1][0] == places[3][0]
    assert {"entries", "exceptions <1>"} <= {text.text for text in root.iter(f"{SVG}text")}
