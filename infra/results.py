"""What becomes of findings, in the few kinds that a report and a dashboard count."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from runtime.domain.outcome import Outcome


class Result(StrEnum):
    """In the order in which they are shown."""

    FIXED = "fixed"
    UNDONE = "undone"
    WAITING = "waiting for people"
    LEFT = "left to people"
    FAILED = "failed"
    REFUSED = "refused"
    SKIPPED = "skipped"
    DRY_RUN = "dry run"


RESULTS: Mapping[Outcome, Result | None] = {
    Outcome.REMEDIATE: Result.FIXED,
    Outcome.APPROVED: Result.FIXED,
    Outcome.UNDO: Result.UNDONE,
    Outcome.APPROVE: Result.WAITING,
    Outcome.NOTIFY: Result.LEFT,
    Outcome.FAILED: Result.FAILED,
    Outcome.REJECT: Result.REFUSED,
    Outcome.SKIP: Result.SKIPPED,
    Outcome.DRY_RUN: Result.DRY_RUN,
    Outcome.DONE: None,
}
"""Each outcome's; ``None`` for one that is of a command and no finding's."""


def outcomes_of(result: Result) -> tuple[Outcome, ...]:
    return tuple(outcome for outcome, found in RESULTS.items() if found is result)
