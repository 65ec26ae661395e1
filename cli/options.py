"""Options that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cli.errors import Unusable
from runtime.domain.command import problem_with_text

DEFAULT_TIMEOUT_SECONDS = 300


def _check_text(parameter: typer.CallbackParam, text: str) -> str:
    """Raises ``Unusable`` for a text that says nothing, or more than a record takes."""
    if problem := problem_with_reason(text):
        raise Unusable(f"--{parameter.name} {problem}. It is put on record.")
    return text.strip()


def problem_with_reason(text: str) -> str:
    """What is wrong with a text that is put on record; empty if nothing is."""
    return problem_with_text(text, "reason") if text.strip() else "is empty"


def given(context: typer.Context, parameter: typer.CallbackParam, text: str) -> str:
    """Raises ``Unusable`` for what was given and is blank, such as a script's variable that is not set.

    It names nothing, and would otherwise leave a filter or a scope out, and so mean everything. So does what no record
    can hold.
    """
    source = context.get_parameter_source(parameter.name or "")
    if not text.strip() and source is not None and source.name != "DEFAULT":
        if parameter.param_type_name == "option":
            raise Unusable(f"{parameter.opts[0]} is empty: pass a value, or omit the option.")
        raise Unusable(f"{parameter.metavar} is empty: pass a value.")
    if problem := problem_with_text(text):
        name = parameter.opts[0] if parameter.param_type_name == "option" else parameter.metavar
        raise Unusable(f"{name} {problem}.")
    return text


Plain = Annotated[bool, typer.Option("--plain", help="Tab-separated values, every column, instead of a table.")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON on standard output instead of tables.")]
Why = Annotated[str, typer.Option("--reason", metavar="TEXT", callback=_check_text, help="The reason, for the record.")]
Ticket = Annotated[str, typer.Option(metavar="TEXT", callback=_check_text, help="The ticket, for the record.")]
ConfigFolder = Annotated[
    Path,
    typer.Option(
        "--config",
        metavar="FOLDER",
        help="The folder with policy.yaml and catalog.yaml.",
        show_default="$SUTURE_CONFIG, or this checkout's",
    ),
]
Yes = Annotated[
    bool, typer.Option("--yes", help="Do not ask for confirmation. Required without a terminal, and with --json.")
]
YesToo = Annotated[
    bool, typer.Option("--yes", help="Accepted for consistency; this command does not ask for confirmation.")
]
NoWait = Annotated[bool, typer.Option("--no-wait", help="Send it without waiting for the result.")]
TimeoutSeconds = Annotated[
    int, typer.Option("--timeout", metavar="SECONDS", min=1, help="How long to wait for the result.")
]


def patience(*, no_wait: bool, timeout: int) -> int | None:
    """How long to wait, in seconds; ``None`` for not at all."""
    return None if no_wait else timeout
