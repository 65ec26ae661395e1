"""How the command ends: its exit codes, and the errors that lead to them. Each carries its whole sentence."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum

from runtime.domain.errors import CommandRefused, RegistryInvalid


class ExitCode(IntEnum):
    """Part of the public contract: scripts rely on it."""

    DONE = 0
    NO = 1
    """The answer is no: nothing has that id, something has it already, the platform refused, or it was not
    confirmed."""
    USAGE = 2
    """An option, a value or a file is invalid. Nothing was done."""
    AWS = 3
    """AWS refused or could not be reached, or a record is unreadable."""
    LIVE_NEEDED = 4
    """``simulate`` only: the decision depends on the live resource, and the facts do not describe it."""
    NOT_YET = 5
    """A command was sent, and its result is not known yet: it timed out, or it is held."""
    NEEDS_APPROVAL = 6
    """A command was accepted, and needs the approval of other people."""


class CommandError(Exception):
    """The command cannot go on, and the sentence says why and what to do."""

    exit_code = ExitCode.USAGE


class AnswerIsNo(CommandError):
    """Nothing has that id, something has it already, the platform refused, or it was not confirmed."""

    exit_code = ExitCode.NO


class Unusable(CommandError):
    """A value or a file cannot be used."""


class RecordUnreadable(CommandError):
    """AWS answered, but with something that this version of the command cannot read."""

    exit_code = ExitCode.AWS


class NotKnownYet(CommandError):
    """What was sent has not ended. It may, without this command."""

    exit_code = ExitCode.NOT_YET


class NeedsApproval(CommandError):
    """What was asked for is carried out once other people have approved it."""

    exit_code = ExitCode.NEEDS_APPROVAL


@contextmanager
def readable(table: str) -> Iterator[None]:
    """Within it, an item of the table that is not whole raises ``RecordUnreadable``."""
    try:
        yield
    except RegistryInvalid as error:
        raise RecordUnreadable(
            f"An item of {table} cannot be read: {error}. It may have been written by another version, or by hand."
        ) from error


@contextmanager
def refusals(then: str = "") -> Iterator[None]:
    """Within it, what the platform would refuse raises ``AnswerIsNo``, whose sentence ends in ``then``."""
    try:
        yield
    except CommandRefused as refused:
        raise AnswerIsNo(f"{refused} {then}".rstrip()) from refused


NOTHING_SENT = "Nothing was sent."
