"""Which schedules are tried: all with few switches, one fault at each call, and random ones."""

from __future__ import annotations

import random
import shlex
from collections.abc import Iterator, Sequence

from runtime.domain.errors import SutureError
from tests.simulation.scenarios import SCENARIOS
from tests.simulation.scheduler import Chooser, Fault, Trace, at_most_switches
from tests.simulation.simulation import Simulated, simulate

_TO_ITS_END = 1000
"""More steps than any task has."""

FAULTS = ("crash-before", "crash-after", "lost", "throttled", "denied")


class Failure(AssertionError):
    """A bad end, and how to see it again."""

    def __init__(self, scenario: str, trace: Trace, faults: Sequence[Fault], why: BaseException) -> None:
        options = "".join(f" --fault {fault}" for fault in faults)
        command = f"python -m tests.simulation replay {shlex.quote(scenario)} {trace}{options}"
        super().__init__(f"{type(why).__name__}: {why}\n{command}")


def run(scenario: str, choose: Chooser, faults: Sequence[Fault] = (), *, undo: bool = True) -> Simulated:
    """Run one schedule. Raises ``Failure``."""
    trace = Trace()

    def traced(ready: Sequence[int]) -> int:
        chosen = choose(ready)
        trace.steps.append(chosen if chosen in ready else ready[0])
        return chosen

    try:
        return simulate(scenario, traced, faults, undo=undo)
    except (AssertionError, SutureError) as why:
        raise Failure(scenario, trace, faults, why) from why


def run_one(scenario: str, schedule: str, faults: Sequence[str]) -> Simulated:
    """Run a schedule that was printed. Raises ``Failure``."""
    steps = iter(Trace.parse(schedule).steps)
    return run(scenario, lambda ready: next(steps, ready[0]), [Fault.parse(fault) for fault in faults])


def with_few_switches(scenario: str) -> Iterator[Simulated]:
    """Every schedule of a scenario's first two tasks with at most two switches between them."""
    firsts = [run(scenario, at_most_switches([(task, _TO_ITS_END)])).calls[task] for task in (0, 1)]
    for first, second in ((0, 1), (1, 0)):
        for before in range(firsts[first] + 1):
            # A task is one step longer than its calls. One that was overtaken may be longer than one that comes first.
            for meanwhile in range(1, firsts[second] + 2):
                yield run(scenario, at_most_switches([(first, before), (second, meanwhile), (first, _TO_ITS_END)]))


def with_one_fault(scenario: str) -> Iterator[Simulated]:
    """A fault of each kind at each call of a scenario's first task."""
    calls = run(scenario, at_most_switches([])).calls[0]
    for at in range(calls):
        for what in FAULTS:
            yield run(scenario, at_most_switches([]), [Fault(0, at, what)])


def random_run(chance: random.Random) -> Simulated:
    """A random schedule of a random scenario, often with a fault or two."""
    scenario = chance.choice(sorted(SCENARIOS))
    faults = [
        Fault(chance.randrange(2), chance.randrange(24), chance.choice(FAULTS))
        for _ in range(chance.choice((0, 1, 1, 2)))
    ]
    stay = chance.choice((0.5, 0.8, 0.95))
    last = 0

    def choose(ready: Sequence[int]) -> int:
        nonlocal last
        if last not in ready or chance.random() > stay:
            last = chance.choice(ready)
        return last

    return run(scenario, choose, faults, undo=chance.random() < 0.2)
