"""Which plans or changes a command is about that was given filters in place of an id."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from cli import output
from cli.errors import NOTHING_SENT, AnswerIsNo, Unusable
from cli.rows import Wanted

MOST_AT_ONCE = 100
"""What people can still read before they confirm it."""


def check_one_way(given_id: str, wanted: Wanted) -> None:
    """Raises ``Unusable`` unless there is either an id, or a filter that says anything but the time."""
    if given_id and wanted.narrows:
        raise Unusable(f"Pass either an ID, or filters such as --fix and --account, not both. {NOTHING_SENT}")
    if not given_id and not wanted.narrows:
        raise Unusable("Pass an ID, or filters: --fix, --account, --environment, --owner, --resource. " + NOTHING_SENT)


def all_of[T](found: Iterable[T], what: str) -> tuple[T, ...]:
    """Everything that was found. Raises ``AnswerIsNo`` for nothing, and ``Unusable`` for too much."""
    chosen = tuple(islice(found, MOST_AT_ONCE + 1))
    if not chosen:
        raise AnswerIsNo(f"No {what} matches these filters. {NOTHING_SENT}")
    if len(chosen) > MOST_AT_ONCE:
        raise Unusable(f"More than {MOST_AT_ONCE} are too many to review before you confirm: narrow the filters.")
    return chosen


def print_hazards(hazards: Iterable[str]) -> None:
    """Each once."""
    if found := dict.fromkeys(filter(None, hazards)):
        output.print_heading("Hazard")
        for hazard in found:
            output.say(f"  {hazard}")
