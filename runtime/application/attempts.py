"""Commits that other writers can precede, and that are then made again on the new state."""

from __future__ import annotations

from collections.abc import Callable, Collection

from runtime.application.ports import ConditionFailed, Key

ATTEMPTS = 20


def attempted[T](commit: Callable[[], T], on: Collection[Key] | None = None) -> T:
    """Make a commit, repeatedly while only conditions ``on`` these items, or on any, fail.

    ``commit`` reads again what it depends on. Raises what ``commit`` raises, and finally ``ConditionFailed``.
    """
    for _ in range(ATTEMPTS - 1):
        try:
            return commit()
        except ConditionFailed as failed:
            if on is not None and not set(failed.found) <= set(on):
                raise
    return commit()
