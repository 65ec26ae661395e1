"""A value that is given and empty, such as a script's variable that is not set, is never taken for none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from typer.main import get_command

from cli.main import app
from tests.unit.cli.command import operate, suture

WHY = ("--reason", "agreed")
EMPTY = {
    ("audit", "show", "ID"): (),
    ("audit", "list", "--day"): (),
    ("audit", "list", "--since"): (),
    ("audit", "list", "--account"): (),
    ("audit", "list", "--fix"): (),
    ("audit", "list", "--issue"): (),
    ("audit", "list", "--resource"): (),
    ("audit", "list", "--environment"): (),
    ("audit", "list", "--owner"): (),
    ("audit", "export", "--since"): ("--format", "csv"),
    **{
        ("audit", "export", option): ("--format", "csv", "--since", "2026-03-01")
        for option in ("--until", "--account", "--fix", "--resource", "--environment", "--owner")
    },
    ("report", "--since"): (),
    **{
        ("report", option): ("--since", "2026-03-01")
        for option in ("--until", "--account", "--environment", "--fix", "--owner")
    },
    ("replay", "--since"): (),
    ("replay", "--until"): ("--since", "2026-03-01"),
    ("replay", "--account"): ("--since", "2026-03-01"),
    ("replay", "--fix"): ("--since", "2026-03-01"),
    ("fixes", "--service"): (),
    ("fixes", "--kind"): (),
    ("fixes", "--control"): (),
    ("fixes", "--text"): (),
    ("fixes", "show", "ID"): (),
    ("review", "show", "ID"): (),
    ("approve", "ID"): WHY,
    ("approve", "--digest"): ("r-1", *WHY),
    ("deny", "ID"): WHY,
    ("review", "reopen", "ID"): WHY,
    ("undo", "RUN_ID"): WHY,
    ("clear", "RUN_ID"): WHY,
    ("dry-run", "RUN_ID"): (),
    ("retry", "RUN_ID"): WHY,
    ("end", "RUN_ID"): WHY,
    ("status", "--account"): (),
    ("exceptions", "add", "--expires"): (*WHY, "--ticket", "T-1", "--control", "x"),
    **{
        ("exceptions", "add", option): (*WHY, "--ticket", "T-1", "--expires", "2027-01-01", *other)
        for option, other in {
            "--control": ("--account", "111122223333"),
            "--account": ("--control", "x"),
            "--resource": ("--control", "x"),
            "--environment": ("--control", "x"),
            "--id": ("--control", "x"),
        }.items()
    },
    ("exceptions", "list", "--account"): (),
    ("exceptions", "show", "ID"): (),
    ("exceptions", "show", "--account"): ("EX-1",),
    ("exceptions", "approve", "ID"): WHY,
    ("exceptions", "approve", "--account"): ("EX-1", *WHY),
    ("exceptions", "revoke", "ID"): WHY,
    ("exceptions", "revoke", "--account"): ("EX-1", *WHY),
    ("stop", "--account"): ("--all", *WHY),
    ("stop", "--fix"): ("--all", *WHY),
    ("stop", "--environment"): ("--all", *WHY),
    ("resume", "STOP_ID"): WHY,
    **{
        (command, option): WHY
        for command in ("approve", "deny", "undo")
        for option in ("--fix", "--account", "--environment", "--owner", "--resource")
    },
    ("undo", "--since"): ("r-1", *WHY),
    ("accounts", "show", "--templates"): ("111122223333",),
    ("accounts", "show", "--region"): ("111122223333",),
    ("accounts", "stack-sets", "--organizational-unit"): (),
    ("accounts", "stack-sets", "--region"): ("--organizational-unit", "ou-abcd-12345678"),
}
"""The command and what is empty, and what it needs besides."""

OF_THEIR_OWN = {"--reason", "--ticket", "--name", "ACCOUNT_ID", "PAYLOAD"}
"""What says in other words that it must not be empty: a text to be put on record, an account's id, a file."""
MAY_BE_EMPTY = {("accounts", "add", "--environment"), ("accounts", "add", "--owner")}
"""Empty is what the registry holds for accounts of several environments or owners, and what the examples pass."""


@pytest.mark.parametrize("blank", ["", "  "])
@pytest.mark.parametrize("words", EMPTY, ids=" ".join)
def test_an_empty_value_is_a_mistake_in_the_command_and_named(words: tuple[str, ...], blank: str) -> None:
    *command, what = words
    value = (what, blank) if what.startswith("--") else (blank,)
    result = operate(*command, *value, *EMPTY[words])
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith(f"{what} is empty: pass a value")


def test_an_environment_that_is_given_and_empty_is_a_mistake_too() -> None:
    result = suture("-e", "", "audit", "list")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "No environment is set" in result.stderr


def _texts(command: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Every option and argument of every command that takes a text."""
    for name, inner in getattr(command, "commands", {}).items():
        yield from _texts(inner, (*words, name))
    for parameter in command.params if words else ():
        if parameter.type_descriptor.annotation is str:
            yield (*words, parameter.opts[0] if parameter.param_type_name == "option" else parameter.metavar)


def test_every_text_that_a_command_takes_is_among_these() -> None:
    texts = {words for words in _texts(get_command(app)) if words[-1] not in OF_THEIR_OWN}
    assert texts - MAY_BE_EMPTY == set(EMPTY)
