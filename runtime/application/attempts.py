"""Commits that others may get ahead of, and that are then made anew on what has changed."""

from __future__ import annotations

from collections.abc import Callable, Collection

from runtime.application.ports import ConditionFailed, Key

ATTEMPTS = 20


def attempted[T](commit: Callable[[], T], on: Collection[Key] | None = None) -> T:
    """Make a commit, again and again while nothing fails but conditions ``on`` these items, or on any.

    ``commit`` reads anew what it depends on. Raises what it raises, ``ConditionFailed`` in the end.
    """
    for _ in range(ATTEMPTS - 1):
        try:
            return commit()
        except ConditionFailed as failed:
            if on is not None and not set(failed.found) <= set(on):
                raise
    return commit()
