"""How the command ends: its exit codes, and the errors that lead to them. Each carries its whole sentence."""

from __future__ import annotations

from enum import IntEnum


class ExitCode(IntEnum):
    """Part of the public contract: scripts rely on it."""

    DONE = 0
    NO = 1
    """The answer is no: nothing has that id, or something has it already."""
    USAGE = 2
    """An option, a value or a file that cannot be used. Nothing was done."""
    AWS = 3
    """AWS refused, could not be reached, or holds something that cannot be read."""
    LIVE_NEEDED = 4
    """``simulate`` only: the decision depends on the live resource, and the facts do not describe it."""


class CommandError(Exception):
    """The command cannot go on, and the sentence says why and what to do."""

    exit_code = ExitCode.USAGE


class AnswerIsNo(CommandError):
    """Asked by id: nothing has it, or something has it already."""

    exit_code = ExitCode.NO


class Unusable(CommandError):
    """A value or a file cannot be used."""


class RecordUnreadable(CommandError):
    """AWS answered, but with something that this version of the command cannot read."""

    exit_code = ExitCode.AWS
