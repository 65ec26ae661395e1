"""Messages of the platform to itself, through queues to which nobody else can send."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from runtime.domain.audit import AuditEvent
from runtime.domain.command import ApprovePlan, DryRun, UndoChange
from runtime.domain.document import from_json
from runtime.domain.errors import MessageInvalid
from runtime.domain.outcome import Reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Verify:
    """Verify again whether the change of this run has taken effect. ``attempt`` counts from 1."""

    correlation_id: str
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tick:
    """A minute has passed: start the sweep."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumeHeld:
    """Resume a held run. ``attempt`` is how often it was held; a message for an earlier hold is ignored."""

    correlation_id: str
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Approved:
    """Carry out the approved plan that the run ``review_id`` stored."""

    review_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RunCommand:
    """Carry out the command that the run ``command_id`` recorded: an undo, or a dry run."""

    command_id: str


type FollowUp = Verify | Tick
type Run = ResumeHeld | Approved | RunCommand

_FOLLOW_UPS: Mapping[str, type[FollowUp]] = {"verify": Verify, "tick": Tick}
_RUN_KINDS: Mapping[str, type[Run]] = {"resume-held": ResumeHeld, "approved": Approved, "run-command": RunCommand}


def run_id(run: Run) -> str:
    """The run id of a message."""
    match run:
        case ResumeHeld(correlation_id=correlation_id):
            return correlation_id
        case Approved(review_id=review_id):
            return _id_made_from(f"approved/{review_id}")
        case RunCommand(command_id=command_id):
            return _id_made_from(f"ordered/{command_id}")  # as every version has made it


def _id_made_from(text: str) -> str:
    """The same id for the same text: redelivered messages start one run."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


_BEGINS = frozenset({Reason.APPROVAL_COMPLETE, Reason.UNDO_ACCEPTED, Reason.DRY_RUN_ACCEPTED})
"""Results of commands that start a run."""


def run_begun_by(outcome: AuditEvent) -> Run | None:
    """The run that a command with this outcome starts; ``None`` if it starts none."""
    order = outcome.evidence.order
    if order is None or outcome.reason not in _BEGINS:
        return None
    match order.command:
        case ApprovePlan():
            return Approved(review_id=outcome.evidence.target_id)
        case UndoChange() | DryRun():
            return RunCommand(command_id=outcome.correlation_id)
        case _:
            return None


def message_to_json(message: FollowUp | Run) -> dict[str, Any]:
    kinds = {**_FOLLOW_UPS, **_RUN_KINDS}
    return {"kind": next(kind for kind, of in kinds.items() if of is type(message)), **asdict(message)}


def parse_follow_up(body: str) -> FollowUp:
    """Read a message of the follow-up queue. Raises ``MessageInvalid``."""
    return _parse(body, _FOLLOW_UPS)


def parse_run(body: str) -> Run:
    """Read a message of the queue of runs. Raises ``MessageInvalid``."""
    return _parse(body, _RUN_KINDS)


def _parse[T](body: str, kinds: Mapping[str, type[T]]) -> T:
    try:
        document = json.loads(body)
    except json.JSONDecodeError as error:
        raise MessageInvalid(f"it is not JSON: {error}") from error
    kind = kinds.get(str(document.get("kind"))) if isinstance(document, dict) else None
    if kind is None:
        raise MessageInvalid(f"expected one of {', '.join(kinds)}, found {str(document)[:200]}")
    try:
        return from_json(kind, {name: value for name, value in document.items() if name != "kind"})
    except (KeyError, TypeError, ValueError) as error:
        raise MessageInvalid(f"{kind.__name__}: {type(error).__name__} {error}") from error
