"""Every example of a command, in its help and in its documentation, is one that the command takes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from cli.main import app
from tests.unit.cli.command import suture
from tests.unit.cli.examples import GROUPS, PAGE, command_of, examples_in
from tests.unit.cli.test_main import COMMANDS


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_the_examples_of_a_commands_help_are_taken(command: tuple[str, ...], examples_files: None) -> None:
    examples = list(examples_in(suture(*command, "--help").stdout))
    found = [command_of(words) for words in examples]
    assert found
    assert command in GROUPS or set(found) == {command}


def test_every_command_has_an_example_in_its_documentation(examples_files: None) -> None:
    shown = {command_of(words) for words in examples_in(PAGE)}
    assert {command for command in COMMANDS if command and command not in GROUPS} - shown == set()


@pytest.mark.parametrize(
    "words", [("audit", "list", "--nope"), ("audit", "lost"), ("undo", "x"), ("audit", "list", "--limit", "many")]
)
def test_an_example_that_is_not_taken_is_noticed(words: tuple[str, ...]) -> None:
    with pytest.raises(Exception, match=r"nope|lost|reason|integer"):
        command_of(words)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_the_help_fits_into_80_columns(command: tuple[str, ...]) -> None:
    assert [line for line in suture(*command, "--help").stdout.splitlines() if len(line) > 80] == []


@pytest.fixture
def examples_files(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The files that examples name."""
    for name in ("payload.json", "facts.json", "new-catalog.yaml"):
        (tmp_path / name).touch()
    monkeypatch.chdir(tmp_path)


def _options(command: tuple[str, ...]) -> dict[str, Any]:
    found: Any = get_command(app)
    for word in command:
        found = found.commands[word]
    return {option: parameter for parameter in found.params for option in parameter.opts}


@pytest.mark.parametrize("command", COMMANDS[1:], ids=" ".join)
def test_what_the_help_says_of_yes_is_what_the_rest_of_it_says_of_asking(command: tuple[str, ...]) -> None:
    yes = _options(command).get("--yes")
    if yes is None:
        return
    text = " ".join(suture(*command, "--help").stdout.split("Options:")[0].split())
    assert ("asks first" in text.lower()) is yes.help.startswith("Do not ask.")
