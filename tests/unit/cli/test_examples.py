"""Every example of a command, in its help and in its documentation, is one that the command takes."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from cli.main import app
from tests.unit.cli.command import suture
from tests.unit.cli.test_main import COMMANDS

PAGE = (Path(__file__).parents[3] / "docs" / "cli.md").read_text(encoding="utf-8")
GROUPS = {command[:-1] for command in COMMANDS if command}


def _examples(text: str) -> Iterator[tuple[str, ...]]:
    """The words after ``suture`` of each indented example, without what a shell does with its answer."""
    for line in re.findall(r"^ {4}suture (.*)", text.replace("\\\n", " "), re.MULTILINE):
        words = shlex.split(re.split(r" {3,}(?=[a-z])| [|<>] ", line)[0])
        yield tuple(words)


def _command_of(words: tuple[str, ...]) -> tuple[str, ...]:
    """The command of an example, as ``COMMANDS`` has it. Raises what Typer does for words that it does not take."""
    command: Any = get_command(app)
    rest, found = list(words[2:] if words[0] == "-e" else words), ()
    while rest and rest[0] in getattr(command, "commands", {}):
        command, found = command.commands[rest[0]], (*found, rest.pop(0))
    if found in GROUPS and rest and not rest[0].startswith("-"):
        raise ValueError(f"{' '.join(found)} has no command {rest[0]}")
    with command.make_context(" ".join(found), rest):
        return found


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_the_examples_of_a_commands_help_are_taken(command: tuple[str, ...], examples_files: None) -> None:
    examples = list(_examples(suture(*command, "--help").stdout))
    found = [_command_of(words) for words in examples]
    assert found
    assert command in GROUPS or set(found) == {command}


def test_every_command_has_an_example_in_its_documentation(examples_files: None) -> None:
    shown = {_command_of(words) for words in _examples(PAGE)}
    assert {command for command in COMMANDS if command and command not in GROUPS} - shown == set()


@pytest.mark.parametrize(
    "words", [("audit", "list", "--nope"), ("audit", "lost"), ("undo", "x"), ("audit", "list", "--limit", "many")]
)
def test_an_example_that_is_not_taken_is_noticed(words: tuple[str, ...]) -> None:
    with pytest.raises(Exception, match=r"nope|lost|reason|integer"):
        _command_of(words)


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
