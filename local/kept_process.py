"""A process that goes on after the command that started it, and is found and stopped by a later one."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

import psutil

STOP_TIMEOUT_SECONDS = 5.0
CLOCK_SHIFT_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptProcess:
    """Known by id *and* start time, because ids are used again.

    The start time is in seconds since 1970, and shifts a little when the machine's clock is set.
    """

    pid: int
    started_at: float

    def keep(self, file: Path) -> None:
        """Write it down, for ``find``."""
        file.write_text(json.dumps(asdict(self)))

    @classmethod
    def find(cls, file: Path) -> Self | None:
        """The one that was written down there, if it still runs."""
        try:
            kept = cls(**json.loads(file.read_text()))
        except FileNotFoundError:
            return None
        return kept if kept.runs() else None

    def runs(self) -> bool:
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.started_at) < CLOCK_SHIFT_SECONDS
            return same and process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False

    def stop(self) -> None:
        """End it and what it started at once, since nothing of it is kept. Does nothing if it has ended."""
        if not self.runs():
            return
        process = psutil.Process(self.pid)
        processes = [process, *process.children(recursive=True)]
        for one in processes:
            with suppress(psutil.NoSuchProcess):
                one.kill()
        psutil.wait_procs(processes, timeout=STOP_TIMEOUT_SECONDS)
