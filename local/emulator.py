"""Starts and stops the emulator as a process of its own."""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError

import psutil

from local.certificates import create_certificates
from local.kept_process import KeptProcess
from local.lambda_python import create_lambda_python

START_TIMEOUT_SECONDS = 60.0
REPOSITORY = Path(__file__).resolve().parent.parent

_KEPT_AS = "emulator.json"
_KEPT_FROM_THE_SHELL = ("PATH", "HOME", "LANG", "USER")


class EmulatorFailed(Exception):
    """The emulator did not start. ``log`` is the file that says why."""

    def __init__(self, log: Path) -> None:
        self.log = log
        super().__init__(f"the local AWS did not start: see {log}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Emulator(KeptProcess):
    """A running emulator, with the function's workers."""

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
    emulator.keep(state / _KEPT_AS)
    deadline = time.monotonic() + START_TIMEOUT_SECONDS
    while not emulator.answers():
        if process.poll() is not None or time.monotonic() > deadline:
            emulator.stop()
            raise EmulatorFailed(log)
        time.sleep(0.1)
    return emulator


def find_emulator(state: Path) -> Emulator | None:
    """The emulator that was started with this state, if it still runs."""
    return Emulator.find(state / _KEPT_AS)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
