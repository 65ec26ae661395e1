"""``python -m local.bench [--json] [--only NAME]… [--write-docs]``."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from infra.lambda_asset import build_lambda_asset
from local.bench.bundle import measure_bundle
from local.bench.costs import measure_calls, measure_cold_start, measure_cpu
from local.bench.fixes import measure_fixes
from local.bench.growth import measure_decisions, measure_memory, measure_stored
from local.bench.memory import measure_held, measure_writers
from local.bench.report import print_results, to_json, write_page
from local.bench.rows import Results
from local.bench.target import Target, deployed_target
from local.emulator import REPOSITORY
from local.progress import Progress

type Measurement = Callable[[Target], Results]


MEASUREMENTS: dict[str, Measurement] = {
    "calls": measure_calls,
    "cpu": measure_cpu,
    "cold-start": measure_cold_start,
    "fixes": measure_fixes,
    "decision": lambda _: measure_decisions(),
    "stored": measure_stored,
    "writers": lambda _: measure_writers(),
    "held": lambda _: measure_held(),
    "memory": measure_memory,
    "bundle": lambda target: measure_bundle(target.asset),
}
"""In the order of the page, on one target."""


def main(
    *,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document instead of tables.")] = False,
    only: Annotated[list[str] | None, typer.Option(help=f"One of {', '.join(MEASUREMENTS)}; may be repeated.")] = None,
    write_docs: Annotated[bool, typer.Option("--write-docs", help="Also write docs/performance.md.")] = False,
) -> None:
    """Measure, and say what was measured."""
    progress = Progress(console=Console(stderr=True))
    asset = build_lambda_asset(REPOSITORY)
    results = Results()
    with (
        tempfile.TemporaryDirectory() as folder,
        deployed_target(Path(folder) / "local-aws", asset.path, progress) as target,
    ):
        for name in only or MEASUREMENTS:
            with progress.step(f"measure: {name}"):
                results += MEASUREMENTS[name](target)
    if write_docs:
        write_page(results, REPOSITORY)
    if as_json:
        print(to_json(results))
    else:
        print_results(results)


if __name__ == "__main__":
    typer.run(main)
