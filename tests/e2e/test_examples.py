"""The examples of commands, in the help and in docs/cli.md, carried out: with what is there in place of what they name.

In this process, with a person's credentials: starting the command would take longer than most of them.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import cycle
from pathlib import Path

import boto3
import pytest

from local.environment import LocalEnvironment
from local.people import APPROVER, OPERATOR, person
from local.player import Player
from local.scenes import Scene, Stage, in_days
from local.stacks import write_config
from runtime.domain.audit import AuditEvent
from tests.unit.cli.command import PAYLOAD, suture
from tests.unit.cli.examples import PAGE, command_of, examples_in, named_in
from tests.unit.cli.test_main import CHANGES_SOMETHING, COMMANDS

type Words = tuple[str, ...]

FACTS = {
    "now": "2026-03-14T08:00:00+00:00",
    "account": {"name": "acme", "environment": "dev", "owner": "acme@example.com"},
    "observed": {"configuration": None, "policy_is_public": False, "website": None},
}
LEFT_OUT: Mapping[Words, str] = {
    ("console",): "it does not end; tests/e2e/test_console.py opens its pages",
    ("accounts", "verify"): "it takes seconds; tests/e2e/test_operating.py",
}
OF_APPROVERS = {("approve",), ("deny",), ("review", "reopen"), ("exceptions", "approve")}
MAY_END_WITH: Mapping[Words, tuple[int, ...]] = {
    ("doctor",): (0, 1),  # other tests leave dead letters, and nobody is subscribed
    ("simulate",): (0, 4),  # without facts it depends on the live resource
}


def _documented() -> dict[Words, list[Words]]:
    """The examples by their commands, each once."""
    found: dict[Words, list[Words]] = {command: [] for command in COMMANDS}
    texts = (PAGE, *(suture(*command, "--help").stdout for command in COMMANDS))
    for words in dict.fromkeys(words for text in texts for words in examples_in(text)):
        found[named_in(words)[0]].append(words)
    return found


EXAMPLES = _documented()
READING = [
    words
    for command, examples in EXAMPLES.items()
    if command not in LEFT_OUT and command not in CHANGES_SOMETHING
    for words in examples
]


@dataclass(frozen=True, kw_only=True)
class Here:
    """What there is on the local AWS."""

    account: str
    run: str
    issue: str
    review: str
    exception: str = "EX-examples"
    stop: str = ""

    def instead(self, example: Words) -> Words:
        """The example with this in place of what it names."""
        environment = example[0] == "-e"
        begin, rest = (("-e", "local"), example[2:]) if environment else ((), example)
        today = datetime.now(UTC).date()
        shown = self.review if named_in(example)[0][0] in ("approve", "deny", "review") else self.run
        named = {
            "111122223333": self.account,
            "22b80b92": shown[:8],
            "22b80b92-.*": shown,
            "6d2c8f0a-.*": self.issue,
            "EX-1a2b3c4d": self.exception,
            "STOP-1a2b3c4d": self.stop,
            "2026-03-14": today.isoformat(),
            "2026-03-01|2026-03-14T.*": (today - timedelta(days=1)).isoformat(),
            "2027-.*|2026-12-.*": in_days(30),
        }
        return (
            *begin,
            *(next((there for old, there in named.items() if re.fullmatch(old, word)), word) for word in rest),
        )


@pytest.fixture(scope="module")
def stage(local_aws: LocalEnvironment) -> Stage:
    return Stage.of(local_aws, "examples")


@pytest.fixture(scope="module")
def here(stage: Stage, player: Player, local_aws: LocalEnvironment) -> Here:
    run, review = (_ended(player, scene) for scene in (stage.public_bucket(), stage.restricted_production()))
    here = Here(
        account=local_aws.customer_account, run=run.correlation_id, issue=run.issue_id, review=review.correlation_id
    )
    person(local_aws, OPERATOR, "olga").suture(
        *("exceptions", "add", "--id", here.exception, "--account", here.account, "--resource", "arn:aws:s3:::acme-x"),
        *("--reason", "an example", "--ticket", "SEC-1234", "--expires", in_days(30)),
    )
    return here


def _ended(player: Player, scene: Scene) -> AuditEvent:
    outcome = player.await_outcome(player.publish(scene.body)).outcome
    assert outcome is not None
    assert (outcome.outcome, outcome.reason) == (scene.outcome, scene.reason)
    return outcome


type Suture = Callable[[Words], str]
"""Carries an example out, and returns all that was said."""


@pytest.fixture
def carry_out(local_aws: LocalEnvironment, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Suture:
    """As a person of the role that may, at a terminal, in a folder with the files that examples name."""
    write_config(tmp_path / "config")
    shutil.copy(tmp_path / "config" / "catalog.yaml", tmp_path / "new-catalog.yaml")
    shutil.copy(PAYLOAD, tmp_path)
    (tmp_path / "facts.json").write_text(json.dumps(FACTS), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("cli.confirmation.can_ask", lambda: True)
    monkeypatch.setattr("cli.orders.POLL_SECONDS", 0.2)
    monkeypatch.setattr("cli.commands.audit.sleep", _interrupt)

    def carry_out(words: Words) -> str:
        command = command_of(words)
        role = APPROVER if command in OF_APPROVERS else OPERATOR
        for name, value in _variables(local_aws, role).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setattr(boto3, "Session", _session(role))
        text = PAYLOAD.read_text(encoding="utf-8") if "-" in words else "y\n"
        result = suture(*words, text=text)
        assert result.exit_code in MAY_END_WITH.get(command, (0,)), result.output
        assert result.output
        if "--json" in words:
            json.loads(result.stdout)
        return result.output

    return carry_out


def _interrupt(seconds: float) -> None:
    """What is followed goes on until somebody presses Ctrl-C."""
    raise KeyboardInterrupt


@cache
def _variables(local_aws: LocalEnvironment, role: str) -> Mapping[str, str]:
    return person(local_aws, role, "ann" if role == APPROVER else "olga").variables()


_NEW_SESSION = boto3.Session


@cache
def _session(role: str) -> Callable[[], boto3.Session]:
    """One for all commands of a role, by its variables: making one takes longer than most commands."""
    return cache(_NEW_SESSION)


@pytest.mark.parametrize("words", READING, ids=" ".join)
def test_an_example_that_reads_answers(carry_out: Suture, here: Here, words: Words) -> None:
    carry_out(here.instead(words))


def test_the_examples_of_commands_to_the_platform_do_what_they_say(
    carry_out: Suture, here: Here, player: Player, stage: Stage
) -> None:
    """Of those that a plan, a change or a run takes once, the first. None by filters: other tests' plans wait here."""

    def examples(*command: str) -> list[Words]:
        return [words for words in EXAMPLES[command] if not words[len(command) + 2].startswith("-")]

    rehearsed = [words for words in examples("undo") if "--dry-run" in words]
    once = [examples(*command)[0] for command in (("undo",), ("clear",))]
    said = [("exceptions", name) for name in ("approve", "revoke")]
    said += [("deny",), ("review", "reopen"), ("approve",)]
    for words in (*examples("dry-run"), *rehearsed, *once, *EXAMPLES["exceptions", "add"]):
        carry_out(here.instead(words))
    for command in said:
        carry_out(here.instead(examples(*command)[0]))
    resume = cycle(EXAMPLES["resume",])
    for words in EXAMPLES["stop",]:
        (stop,) = set(re.findall(r"STOP-[0-9a-f]+", carry_out(here.instead(words))))
        try:
            if "--all" in words:
                held = player.publish(stage.open_security_group().body)
                player.await_held(held)
                for command in (("retry",), ("end",)):
                    carry_out(replace(here, run=held).instead(examples(*command)[0]))
        finally:  # or nothing would be changed in any other test
            carry_out(replace(here, stop=stop).instead(next(resume)))
