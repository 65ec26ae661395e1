"""The CDK command line: synthesis as on any machine, deployment to the local AWS and nowhere else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from local.emulator import REPOSITORY, Emulator

COMMAND_TIMEOUT_SECONDS = 300.0
SHOWN_LINES = 25


class CommandFailed(Exception):
    """A command ended with an error. ``log`` holds all it said, the message the end of it."""

    def __init__(self, command: list[str], log: Path) -> None:
        self.log = log
        end = log.read_text(encoding="utf-8", errors="replace").splitlines()[-SHOWN_LINES:]
        super().__init__("\n".join([f"`{' '.join(command[:2])}` failed. The end of {log}:", "", *end]))


def synthesize_platform(state: Path, environment: str, config: Path) -> Path:
    """The cloud assembly of one environment of the platform. Raises ``CommandFailed``."""
    context = {"CDK_CONTEXT_JSON": json.dumps({"env": environment, "config": str(config)})}
    return _synthesize([sys.executable, "app.py"], state, "platform", context)


def synthesize_customer(state: Path) -> Path:
    """The cloud assembly of the customer's packs. Raises ``CommandFailed``."""
    return _synthesize([sys.executable, "-m", "customer_role.app"], state, "customer", {})


def _synthesize(app: list[str], state: Path, name: str, context: Mapping[str, str]) -> Path:
    """Run an app as ``cdk synth`` would, without the time that takes to start.

    With the shell's variables, since building the asset may ask a package registry, but with no way into any account.
    """
    assembly = state / f"{name}.out"
    shell = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    variables = {**shell, **context, "PATH": _path(), "CDK_OUTDIR": str(assembly)}
    _run(app, log=state / f"synth-{name}.log", variables=variables, folder=REPOSITORY)
    return assembly


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalCdk:
    """Deploys to the local AWS. Everything a command leaves behind, its log too, is under ``state``."""

    emulator: Emulator
    region: str
    state: Path

    def bootstrap(self, account: str) -> None:
        """As for a real account. Raises ``CommandFailed``."""
        command = ["cdk", "bootstrap", f"aws://{account}/{self.region}", "--no-notices", "--no-color"]
        self._run(command, "bootstrap.log", account)

    def deploy(self, assembly: Path, account: str, parameters: Mapping[str, str] | None = None) -> None:
        """Deploy every stack of an assembly. Raises ``CommandFailed``."""
        command = ["cdk", "deploy", "--app", str(assembly), "--all", "--require-approval", "never"]
        command += ["--method", "direct", "--progress", "events", "--no-notices", "--no-color"]
        for name, value in (parameters or {}).items():
            command += ["--parameters", f"{name}={value}"]
        self._run(command, f"deploy-{account}.log", account)

    def _run(self, command: list[str], log: str, account: str) -> None:
        # Not in the repository: its cdk.json would have the app synthesised once more, by every command.
        _run(command, log=self.state / log, variables=self._variables(account), folder=self.state)

    def _variables(self, account: str) -> dict[str, str]:
        """Built up from nothing: no profile, proxy or endpoint of the shell may lead a deployment to the real AWS."""
        return {
            "PATH": _path(),
            "HOME": str(self.state),
            "TMPDIR": str(self.state / "tmp"),
            "CDK_HOME": str(self.state / "cdk"),
            "CDK_DISABLE_CLI_TELEMETRY": "1",
            "CDK_DISABLE_VERSION_CHECK": "1",
            "AWS_ACCESS_KEY_ID": account,
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": self.region,
            "AWS_ENDPOINT_URL": self.emulator.endpoint,
            "AWS_ENDPOINT_URL_S3": self.emulator.endpoint,
            "AWS_CA_BUNDLE": self.emulator.authority,
            "NODE_EXTRA_CA_CERTS": self.emulator.authority,
            "AWS_EC2_METADATA_DISABLED": "true",
        }


def _path() -> str:
    installed = (REPOSITORY / "node_modules" / ".bin", Path(sys.executable).parent)
    return os.pathsep.join([*map(str, installed), os.environ["PATH"]])


def _run(command: list[str], *, log: Path, variables: Mapping[str, str], folder: Path) -> None:
    try:
        with log.open("wb") as output:
            subprocess.run(
                command,
                cwd=folder,
                env=variables,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                timeout=COMMAND_TIMEOUT_SECONDS,
                check=True,
            )
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        raise CommandFailed(command, log) from error
