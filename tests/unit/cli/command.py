"""Runs the command in this process, as a person would."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from typer import testing
from typer.testing import CliRunner, Result

from cli.main import app

EXAMPLE = Path(__file__).parents[3] / "cli" / "example"
PAYLOAD = EXAMPLE / "payload.json"

# The runner would build every command anew each time, which takes longer than most of them run.
testing._get_command = cache(testing._get_command)


def suture(*arguments: object, text: str | None = None) -> Result:
    """The result of ``suture ARGUMENTS``. An exception that the command should have caught fails the test."""
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], input=text, prog_name="suture")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def suture_json(*arguments: object, text: str | None = None) -> Any:
    """What a command that ended well printed, which must be JSON and nothing else."""
    result = suture(*arguments, "--json", text=text)
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def operate(*arguments: object, text: str | None = None) -> Result:
    """The result of ``suture ARGUMENTS`` on the environment ``test``. ``text`` is what is typed into it."""
    return suture("-e", "test", *arguments, text=text)


def operate_json(*arguments: object, exit_code: int = 0) -> Any:
    """What a command on the environment ``test`` printed, which must be JSON and nothing else."""
    result = operate(*arguments, "--json")
    assert result.exit_code == exit_code, result.output
    return json.loads(result.stdout)


def simulate(payload: object = PAYLOAD, facts: object = None, *more: object, text: str | None = None) -> Result:
    """``suture simulate`` by the example's policy, as JSON."""
    stated = () if facts is None else ("--facts", facts)
    return suture("simulate", payload, *stated, "--config", EXAMPLE, "--json", *more, text=text)
