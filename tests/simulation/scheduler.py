"""Runs several tasks as one process would run threads, but switches only at calls, and only as it is told to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Protocol

import greenlet

from runtime.domain.errors import SutureError
from tests.memory.calls import Crash, Watched, error_for


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens at a task's call with this number.

    ``what`` is one of ``crash-before``, ``crash-after``, ``lost``, ``throttled`` and ``denied``.
    """

    task: int
    at: int
    what: str

    def __str__(self) -> str:
        return f"{self.task}@{self.at}={self.what}"

    @classmethod
    def parse(cls, text: str) -> Fault:
        place, _, what = text.partition("=")
        task, _, at = place.partition("@")
        return cls(int(task), int(at), what)


class Chooser(Protocol):
    """Says which task goes on, of those that can, by their numbers."""

    def __call__(self, ready: Sequence[int]) -> int: ...


@dataclass
class Task:
    number: int
    run: Callable[[], None]
    calls: int = 0
    error: SutureError | Crash | None = None
    greenlet: greenlet.greenlet | None = None
    names: list[str] = field(default_factory=list)


@dataclass
class Trace:
    """The tasks in the order in which they went on, to be run again."""

    steps: list[int] = field(default_factory=list)

    def __str__(self) -> str:
        return ",".join(f"{number}x{len(list(same))}" for number, same in groupby(self.steps))

    @classmethod
    def parse(cls, text: str) -> Trace:
        pairs = (part.split("x") for part in text.split(",") if part)
        return cls([int(number) for number, times in pairs for _ in range(int(times))])


class Scheduler:
    """``choose`` is asked before every call of every task. A fault strikes once."""

    def __init__(self, calls: Watched, choose: Chooser, faults: Sequence[Fault] = ()) -> None:
        self.trace = Trace()
        self._choose = choose
        self._faults = {(fault.task, fault.at): fault.what for fault in faults}
        self._hub = greenlet.getcurrent()
        self._current: Task | None = None
        calls.watch.before = self._before
        calls.watch.after = self._after
        self.on_answer: Callable[[Task, str], None] = lambda task, name: None

    def run(self, *runs: Callable[[], None]) -> list[Task]:
        """Run these to their ends, and say how each ended. Raises whatever is not an error of the platform's."""
        tasks = [Task(number=number, run=run) for number, run in enumerate(runs)]
        for task in tasks:
            task.greenlet = greenlet.greenlet(lambda task=task: self._to_its_end(task))
        while ready := [task.number for task in tasks if task.greenlet is not None and not task.greenlet.dead]:
            chosen = self._choose(ready)
            chosen = chosen if chosen in ready else ready[0]
            self.trace.steps.append(chosen)
            self._current = tasks[chosen]
            running = tasks[chosen].greenlet
            assert running is not None
            running.switch()
        self._current = None
        self._faults = {}  # each strikes once, and what comes later is another process
        return tasks

    @property
    def current(self) -> Task | None:
        return self._current

    def _to_its_end(self, task: Task) -> None:
        try:
            task.run()
        except (SutureError, Crash) as error:
            task.error = error

    def _before(self, _: int, name: str) -> None:
        task = self._current
        if task is None:
            return
        self._hub.switch()
        task.names.append(name)
        match self._faults.get((task.number, task.calls)):
            case "crash-before":
                raise Crash
            case "throttled":
                task.calls += 1
                raise error_for(name, "Throttling")
            case "denied":
                task.calls += 1
                raise error_for(name, "AccessDenied")

    def _after(self, _: int, name: str) -> None:
        task = self._current
        if task is None:
            return
        fault = self._faults.get((task.number, task.calls))
        task.calls += 1
        if fault not in ("throttled", "denied"):
            self.on_answer(task, name)
        if fault == "crash-after":
            raise Crash
        if fault == "lost":
            raise error_for(name, "ReadTimeoutError", refused=False)


def at_most_switches(plan: Sequence[tuple[int, int]]) -> Chooser:
    """``plan`` has tasks, and how many steps each goes on; then the first goes on to its end, then the others."""
    steps = [number for number, times in plan for _ in range(times)]
    position = iter(steps)

    def choose(ready: Sequence[int]) -> int:
        return next(position, ready[0])

    return choose
