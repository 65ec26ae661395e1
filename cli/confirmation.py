"""Asks before something that changes an account, or that lets the platform change it."""

from __future__ import annotations

import sys

import typer

from cli import output
from cli.errors import AnswerIsNo, Unusable


def confirm(question: str, *, yes: bool, as_json: bool) -> None:
    """Return if it was confirmed: by ``--yes``, or by somebody at a terminal.

    Raises ``AnswerIsNo`` if they say no, and ``Unusable`` where nobody can be asked. Nothing was done by then.
    """
    if yes:
        return
    if as_json or not can_ask():
        missing = "With --json nobody is asked" if as_json else "Not a terminal"
        raise Unusable(f"{missing}: pass --yes to confirm. {question} Nothing was done.")
    output.clear_progress()
    if not typer.confirm(output.folded(question, beside=len(" [y/N]: ")), err=True):
        raise AnswerIsNo("Nothing was done.")


def can_ask() -> bool:
    """Whether there is somebody at a terminal."""
    return sys.stdin.isatty()
