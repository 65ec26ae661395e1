"""The console of the local platform, served by a process of its own until the local AWS ends."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import psutil

from local.emulator import REPOSITORY
from local.kept_process import KeptProcess
from local.people import SUTURE, Person

START_TIMEOUT_SECONDS = 60.0
_KEPT_AS = "console.json"


class ConsoleFailed(Exception):
    """The console did not start. ``log`` is the file that says why."""

    def __init__(self, log: Path) -> None:
        self.log = log
        super().__init__(f"the console did not start: see {log}")


def start_console(state: Path, who: Person) -> str:
    """Serve the console with a person's rights, in place of the one that is served already.

    Returns the address that opens it, once. ``state`` is the local AWS's folder. Raises ``ConsoleFailed``.
    """
    stop_console(state)
    printed, log = state / "console.address", state / "console.log"
    with printed.open("wb") as output, log.open("wb") as errors:
        process = subprocess.Popen(
            [SUTURE, "console", "--config", state / "config"],
            cwd=REPOSITORY,
            env=who.variables(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
            start_new_session=True,
        )
    kept = KeptProcess(pid=process.pid, started_at=psutil.Process(process.pid).create_time())
    kept.keep(state / _KEPT_AS)
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while not (address := printed.read_text()).endswith("\n"):
        if process.poll() is not None or time.monotonic() > deadline:
            kept.stop()
            raise ConsoleFailed(log)
        time.sleep(0.1)
    printed.unlink()  # it opens the console
    return address.strip()


def stop_console(state: Path) -> None:
    """Does nothing if none is served."""
    if served := KeptProcess.find(state / _KEPT_AS):
        served.stop()
