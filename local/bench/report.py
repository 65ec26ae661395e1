"""Says what was measured: as a table, as JSON, and as the page docs/performance.md with its pictures."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path

import botocore
from rich.console import Console
from rich.table import Table

from local.bench.chart import draw
from local.bench.rows import Results

PAGE = Path("docs") / "performance.md"
PICTURES = Path("docs") / "performance"

_NOTE = "<!-- Made by `python -m local.bench --write-docs`. Do not edit. -->"

_INTRODUCTION = """# Performance

`make bench` measures the cost of a finding on the local machine, and asserts nothing. It deploys the platform to a
separate local AWS, disables Lambda's polling, publishes findings as Wiz does, receives their messages from the queue,
and passes them to the function's handler, in Lambda's Python, from the function's bundle, with its role and its
settings, over TLS. The emulator is another process, so its CPU is not counted.

**The floor** is a boto3 script that makes the same S3 fix with the minimum of calls: it reads the setting, writes it,
reads it back, and stores one row. It reuses its clients and its session. It is measured in turns with the function.
Figures are ratios to the floor where possible, because a ratio depends less on the machine than a time. Each figure
is a median of at least three.

Each process trusts the same certificates as in AWS, and the local AWS: the function [Amazon's own
roots](decisions/0019-amazons-own-roots.md), the floor all roots of botocore. The local AWS has one address, so
connections are reused for all buckets; in AWS each bucket has its own host name, and needs new connections in
both."""

_CALLS_NOTE = (
    """The AWS calls of each kind of finding, with a cached policy, and how many of them are in sequence. Only """
    """these figures are the same on every machine."""
)


def print_results(results: Results) -> None:
    """For people."""
    console = Console(highlight=False)
    console.print(_table(_ROWS, _row_cells(results)))
    if results.calls:
        console.print(_table(_CALLS, _call_cells(results)))


def to_json(results: Results) -> str:
    """For programs."""
    return json.dumps({"machine": machine(), **asdict(results)}, indent=2, default=str)


def write_page(results: Results, repository: Path) -> None:
    """The page, and a picture for each curve."""
    pictures = repository / PICTURES
    pictures.mkdir(exist_ok=True)
    for curve in results.curves:
        (pictures / f"{curve.key}.svg").write_text(draw(curve), encoding="utf-8")
    parts = [
        _NOTE,
        _INTRODUCTION,
        f"One run: {machine()}. *Before* is the core's first form, *target* the maximum for the second.",
        _markdown(_ROWS, _row_cells(results)),
        "## Calls",
        _CALLS_NOTE,
        _markdown(_CALLS, _call_cells(results)),
        "## Growth",
        *(f"![{curve.title}, by {curve.x}]({PICTURES.name}/{curve.key}.svg)" for curve in results.curves),
    ]
    (repository / PAGE).write_text("\n\n".join(parts) + "\n", encoding="utf-8")


def machine() -> str:
    """What the figures depend on most."""
    cores = f"{os.cpu_count()} {platform.machine()} cores"
    return f"{cores}, Python {platform.python_version()}, botocore {botocore.__version__}"


_ROWS = ("", "before", "target", "measured")
_CALLS = ("finding", "outcome", "platform", "STS", "customer", "in sequence")


def _row_cells(results: Results) -> list[Sequence[str]]:
    return [(row.name, row.before, row.target, row.measured) for row in results.rows]


def _call_cells(results: Results) -> list[Sequence[str]]:
    return [
        (
            one.scene,
            f"`{one.outcome}`, `{one.reason}`",
            *map(str, (one.platform, one.sessions, one.customer, one.in_sequence)),
        )
        for one in results.calls
    ]


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Table:
    table = Table(*head)
    for row in rows:
        table.add_row(*row)
    return table


def _markdown(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
