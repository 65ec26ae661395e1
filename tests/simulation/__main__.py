"""``python -m tests.simulation``: one schedule of one scenario, or a search for a bad one."""

from __future__ import annotations

import random
import sys
import time
from typing import Annotated

import typer

from tests.simulation.explore import Failure, random_run, run_one
from tests.simulation.scenarios import SCENARIOS

app = typer.Typer(no_args_is_help=True, help=__doc__)


@app.command()
def replay(
    scenario: Annotated[str, typer.Argument(help="Its name.")],
    schedule: Annotated[str, typer.Argument(help="Such as 0x7,1x12,0x3: task 0 goes on for 7 steps, and so on.")] = "",
    fault: Annotated[list[str] | None, typer.Option(help="Such as 0@5=crash-after.")] = None,
) -> None:
    """Run one schedule."""
    simulated = run_one(scenario, schedule, fault or [])
    for run, count in sorted(simulated.written.items()):
        print(f"{run} wrote {count} times")
    print(f"good: {simulated.trace}")


@app.command()
def soak(
    schedules: Annotated[int, typer.Option(help="How many.")] = 1_000_000,
    seed: Annotated[int, typer.Option(help="Of the first; each has its own.")] = 0,
) -> None:
    """Run random schedules until one is bad."""
    began = time.monotonic()
    for number in range(seed, seed + schedules):
        try:
            random_run(random.Random(number))
        except Failure as failure:
            print(f"seed {number}: {failure}")
            sys.exit(1)
        if number % 1000 == 999:
            rate = (number + 1 - seed) / (time.monotonic() - began)
            print(f"{number + 1 - seed:,} schedules of {len(SCENARIOS)} scenarios are good ({rate:,.0f} a second)")


if __name__ == "__main__":
    app()
