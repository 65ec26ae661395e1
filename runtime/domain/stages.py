"""The stages of a run. Each holds what is known by then: nothing in it may be missing because it is too early.

``runtime.domain.records`` renders a stage as an event of the audit trail.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from runtime.domain.audit import AuditEvent, EventKind, SessionRecord
from runtime.domain.case import Decision, LiveResourceNeeded, Wait
from runtime.domain.command import Order, UndoChange
from runtime.domain.facts import Facts
from runtime.domain.finding import Dismissed, Finding
from runtime.domain.fix import PermissionUse
from runtime.domain.outcome import Reason
from runtime.domain.plan import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One delivery of a run. ``at`` is when it began, in UTC.

    ``target_id`` is the run that this one is about, ``order`` the
    operator's command behind it, and ``command_id`` the run that recorded that command; empty where there is none.
    """

    id: str
    at: datetime
    actor: str
    code_version: str
    policy_version: str
    payload_sha256: str = ""
    target_id: str = ""
    order: Order | None = None
    command_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TurnedAway:
    """The message is no finding to decide on."""

    run: Run
    dismissed: Dismissed


@dataclass(frozen=True, slots=True, kw_only=True)
class Considered:
    """A finding, the facts it is decided by, and what the decision makes of them."""

    run: Run
    finding: Finding
    facts: Facts
    decision: Decision | LiveResourceNeeded | Wait
    sessions: tuple[SessionRecord, ...] = ()
    permissions: tuple[PermissionUse, ...] = ()
    """What a plan that is not carried out would use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approvable:
    """People are asked until ``expires_at`` (UTC), in a review that this run opens or joins."""

    considered: Considered
    review_id: str
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """It has to wait, for the ``attempt``-th time."""

    considered: Considered
    wait: Wait
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Intended:
    """A change is about to be made, and was ``counted`` there."""

    considered: Considered
    counted: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Undoing:
    """What the run ``target`` changed is to be taken back. ``observed`` is the resource as it is."""

    run: Run
    order: Order
    command: UndoChange
    target: AuditEvent
    observed: State
    sessions: tuple[SessionRecord, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoIntended:
    """The change is about to be taken back."""

    undoing: Undoing


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoPlanned:
    """It could be taken back, and nobody asked for more than to know that."""

    undoing: Undoing
    permissions: tuple[PermissionUse, ...]
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Resumed:
    """A later delivery looks at what became of an ``intent``."""

    intent: AuditEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawn:
    """Nothing was written after the ``intent``, because of ``why``. It counts no more if that is ``certain``."""

    intent: AuditEvent
    why: str
    certain: bool
    after: State | None = None
    sessions: tuple[SessionRecord, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Every change was made. ``after`` is the resource as it was seen then, ``answers`` what AWS answered to each.

    ``intent`` is the event that announced it, or a later one of the same change.
    """

    intent: AuditEvent
    after: State
    answers: tuple[Mapping[str, Any], ...]
    sessions: tuple[SessionRecord, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """It was made, and has not taken effect at the last look. ``attempt`` is the number of the next look."""

    written: Written
    attempt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """It was made and has taken effect. ``sentence`` says what is to be added to that, if anything."""

    written: Written
    sentence: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """It ended before it was done. ``before`` is the last that was known; ``after`` the resource as it was seen last.

    ``expected`` is the state that was not found.
    """

    before: Considered | Undoing | AuditEvent
    reason: Reason
    sentence: str
    after: State | None = None
    expected: State | None = None
    sessions: tuple[SessionRecord, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandEnded:
    """An operator's command was carried out, or refused. ``about`` is the event of the run that it was about."""

    run: Run
    done: bool
    reason: Reason
    sentence: str
    about: AuditEvent | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What one person said to the plan that a run stored for review, which may be approved until ``expires_at``."""

    stored: AuditEvent
    run: Run
    order: Order
    kind: EventKind
    expires_at: datetime
    reason: Reason
    sentence: str


type Stage = (
    TurnedAway
    | Considered
    | Approvable
    | Held
    | Intended
    | UndoIntended
    | UndoPlanned
    | Resumed
    | Withdrawn
    | Pending
    | Verified
    | Failed
    | CommandEnded
    | Said
)
