"""Operators and approvers of the local platform: its managed policies, and the command run as one of them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cli.errors import ExitCode
from local.environment import LocalEnvironment, local_client, root_of

OPERATOR, APPROVER = "operator", "approver"
"""The names of their roles, as config/deployments/local.yaml lists them."""

SUTURE = Path(sys.executable).parent / "suture"


class CommandRefused(Exception):
    """A command ended otherwise than it should have."""

    def __init__(self, arguments: tuple[str, ...], exit_code: int, said: str) -> None:
        super().__init__(f"suture {' '.join(arguments)} ended with {exit_code}: {said.strip()}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody in a session of one of the roles, under their own name."""

    name: str
    role: str
    environment: LocalEnvironment
    credentials: Mapping[str, str]

    def client(self, service: str) -> Any:
        """A client with the person's own rights."""
        return local_client(
            service,
            endpoint=self.environment.endpoint,
            authority=self.environment.authority,
            region=self.environment.region,
            credentials=self.credentials,
        )

    def suture(self, *arguments: str, exit_code: int = 0) -> str:
        """Run the command as this person. Returns what it answered; raises ``CommandRefused`` if it ends otherwise."""
        done = self._run(arguments)
        if done.returncode != exit_code:
            raise CommandRefused(arguments, done.returncode, done.stderr or done.stdout)
        return done.stdout

    def suture_json(self, *arguments: str, exit_code: int = 0) -> Any:
        """The same, with ``--json``."""
        return json.loads(self.suture(*arguments, "--json", exit_code=exit_code))

    def suture_refused(self, *arguments: str) -> str:
        """What the command says on its standard error where AWS refuses this person something."""
        done = self._run(arguments)
        if done.returncode != ExitCode.AWS:
            raise CommandRefused(arguments, done.returncode, done.stderr or done.stdout)
        return done.stderr

    def at_a_terminal(self, *arguments: str, answer: str = "y", exit_code: int = 0) -> str:
        """Run the command as this person, who answers its question. Returns all that it says; raises as ``suture``."""
        person, terminal = os.openpty()
        os.write(person, f"{answer}\n".encode())
        try:
            done = self._run(arguments, stdin=terminal)
        finally:
            os.close(person)
            os.close(terminal)
        if done.returncode != exit_code:
            raise CommandRefused(arguments, done.returncode, done.stderr or done.stdout)
        return done.stdout + done.stderr

    def variables(self) -> dict[str, str]:
        """The environment of a program that is to have this person's rights."""
        return {
            **os.environ,
            **self.environment.variables(),
            "AWS_ACCESS_KEY_ID": self.credentials["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": self.credentials["SecretAccessKey"],
            "AWS_SESSION_TOKEN": self.credentials["SessionToken"],
        }

    def _run(self, arguments: tuple[str, ...], *, stdin: int = subprocess.DEVNULL) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [SUTURE, *arguments],
            env=self.variables(),
            stdin=stdin,
            capture_output=True,
            text=True,
            check=False,
        )


def create_roles(iam: Any, outputs: Mapping[str, str], account: str) -> None:
    """The roles of operators and approvers, each with the managed policy that the platform made for it."""
    trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{account}:root"}, "Action": "sts:AssumeRole"}
    for role in (OPERATOR, APPROVER):
        iam.create_role(
            RoleName=role, AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]})
        )
        iam.attach_role_policy(RoleName=role, PolicyArn=outputs[f"{role}_policy_arn"])


def person(environment: LocalEnvironment, role: str, name: str) -> Person:
    """Somebody who has assumed one of the roles, for an hour."""
    sts = local_client(
        "sts",
        endpoint=environment.endpoint,
        authority=environment.authority,
        region=environment.region,
        credentials=root_of(environment.platform_account),
    )
    arn = f"arn:aws:iam::{environment.platform_account}:role/{role}"
    credentials = sts.assume_role(RoleArn=arn, RoleSessionName=f"{name}@example.com")["Credentials"]
    return Person(name=name, role=role, environment=environment, credentials=credentials)
