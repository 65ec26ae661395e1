"""Starts and stops the emulator as a process of its own."""

from __future__ import annotations

import json
import os
import socket
import ssl
import subprocess
import sys
import time
import urllib.request
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.error import URLError

import psutil

from local.certificates import create_certificates
from local.lambda_python import create_lambda_python

START_TIMEOUT_SECONDS = 60.0
STOP_TIMEOUT_SECONDS = 5.0
CLOCK_SHIFT_SECONDS = 60.0
REPOSITORY = Path(__file__).resolve().parent.parent

_KEPT_FROM_THE_SHELL = ("PATH", "HOME", "LANG", "USER")


class EmulatorFailed(Exception):
    """The emulator did not start. ``log`` is the file that says why."""

    def __init__(self, log: Path) -> None:
        self.log = log
        super().__init__(f"the local AWS did not start: see {log}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Emulator:
    """A running emulator. Its process is known by id *and* start time, because ids are used again.

    The start time is in seconds since 1970, and shifts a little when the machine's clock is set.
    """

    pid: int
    started_at: float
    port: int
    authority: str

    @property
    def endpoint(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    def answers(self) -> bool:
        """Whether it is up: asked over TLS, with its certificate checked."""
        context = ssl.create_default_context(cafile=self.authority)
        direct = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
        )
        try:
            with direct.open(f"{self.endpoint}/_ministack/health", timeout=5) as response:
                return bool(response.status == 200)
        except (URLError, OSError):
            return False

    def runs(self) -> bool:
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.started_at) < CLOCK_SHIFT_SECONDS
            return same and process.status() != psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return False

    def stop(self) -> None:
        """End it and the function's workers at once, since nothing of it is kept. Does nothing if it has ended."""
        if not self.runs():
            return
        emulator = psutil.Process(self.pid)
        processes = [emulator, *emulator.children(recursive=True)]
        for process in processes:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(processes, timeout=STOP_TIMEOUT_SECONDS)


def start_emulator(
    state: Path, *, region: str, ends_with_parent: bool = False, program: str = "local.emulator_process"
) -> Emulator:
    """Start an emulator that keeps everything under ``state``, and wait until it answers.

    ``ends_with_parent``: when this process ends, so does the emulator; otherwise it goes on until stopped.
    ``program`` is the module to run. Raises ``EmulatorFailed``.
    """
    temporary = state / "tmp"
    temporary.mkdir(parents=True)
    certificates = create_certificates(state)
    log = state / "emulator.log"
    port = _free_port()
    environment = {
        **{name: os.environ[name] for name in _KEPT_FROM_THE_SHELL if name in os.environ},
        "AUTH": "true",
        "AWS_CA_BUNDLE": str(certificates.authority),  # for the function's workers, which inherit it
        "BIND_HOST": "127.0.0.1",
        "CLOUDTRAIL_RECORDING": "1",
        "GATEWAY_PORT": str(port),
        "IOT_MTLS_ENABLED": "0",
        "MINISTACK_REGION": region,
        "MINISTACK_SSL_CERT": str(certificates.certificate),
        "MINISTACK_SSL_KEY": str(certificates.key),
        "PYTHONUNBUFFERED": "1",
        "SFTP_ENABLED": "0",
        "SUTURE_LAMBDA_PYTHON": str(create_lambda_python(state / "lambda-python")),
        "TMPDIR": str(temporary),
        "USE_SSL": "1",
    }
    if ends_with_parent:
        environment["SUTURE_ENDS_WITH_PARENT"] = "1"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", program],
            cwd=REPOSITORY,
            env=environment,
            stdin=subprocess.PIPE if ends_with_parent else subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    emulator = Emulator(
        pid=process.pid,
        started_at=psutil.Process(process.pid).create_time(),
        port=port,
        authority=str(certificates.authority),
    )
    (state / "emulator.json").write_text(json.dumps(asdict(emulator)))
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while not emulator.answers():
        if process.poll() is not None or time.monotonic() > deadline:
            emulator.stop()
            raise EmulatorFailed(log)
        time.sleep(0.1)
    return emulator


def find_emulator(state: Path) -> Emulator | None:
    """The emulator that was started with this state, if it still runs."""
    try:
        emulator = Emulator(**json.loads((state / "emulator.json").read_text()))
    except FileNotFoundError:
        return None
    return emulator if emulator.runs() else None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
