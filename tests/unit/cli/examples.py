"""The examples of commands in the help and in docs/cli.md."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from typer.main import get_command

from cli.main import app
from tests.unit.cli.test_main import COMMANDS

PAGE = (Path(__file__).parents[3] / "docs" / "cli.md").read_text(encoding="utf-8")
GROUPS = {command[:-1] for command in COMMANDS if command}


def examples_in(text: str) -> Iterator[tuple[str, ...]]:
    """The words after ``suture`` of each indented example, without what a shell does with its answer."""
    for line in re.findall(r"^ {4}suture (.*)", text.replace("\\\n", " "), re.MULTILINE):
        words = shlex.split(re.split(r" {3,}(?=[a-z])| [|<>] ", line)[0])
        yield tuple(words)


def named_in(words: tuple[str, ...]) -> tuple[tuple[str, ...], Any, list[str]]:
    """The words of an example's command, as ``COMMANDS`` has it, the command, and the words that are left for it."""
    command: Any = get_command(app)
    rest, found = list(words[2:] if words[0] == "-e" else words), ()
    while rest and rest[0] in getattr(command, "commands", {}):
        command, found = command.commands[rest[0]], (*found, rest.pop(0))
    if found in GROUPS and rest and not rest[0].startswith("-"):
        raise ValueError(f"{' '.join(found)} has no command {rest[0]}")
    return found, command, rest


def command_of(words: tuple[str, ...]) -> tuple[str, ...]:
    """The command of an example, as ``COMMANDS`` has it. Raises what Typer does for words that it does not take."""
    found, command, rest = named_in(words)
    with command.make_context(" ".join(found), rest):
        return found
