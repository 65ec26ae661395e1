"""How a run is put on record: what it does, that it waits, and how it ended. And who is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from runtime.aws.audit_trail import AuditTrail
from runtime.aws.holds import Holds
from runtime.aws.ledger import Ledger
from runtime.aws.locks import ResourceLocks
from runtime.aws.outbox import LONGEST_DELAY_SECONDS, Outbox
from runtime.domain.audit import AuditEvent, EventKind, History
from runtime.domain.errors import ConditionalWriteConflict, SutureError
from runtime.domain.followup import Verify
from runtime.domain.guardrails import Past, PastKind
from runtime.domain.hold import hold_of
from runtime.domain.obstacle import Obstacle
from runtime.domain.outcome import Outcome, Reason
from runtime.domain.plan import State


class Telemetry(Protocol):
    """Where logs and metrics go."""

    def follow(self, correlation_id: str) -> None:
        """Everything logged from now on belongs to this run."""
        ...

    def recorded(self, event: AuditEvent) -> None:
        """An event was written to the audit trail."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorder:
    """Every step can be taken twice: a crash between two of them is made good when the message comes again.

    ``verify_seconds`` is the delay before the first look at a slow change. Each method raises a ``SutureError`` where
    the message should be tried again.
    """

    trail: AuditTrail
    locks: ResourceLocks
    ledger: Ledger
    holds: Holds
    outbox: Outbox
    telemetry: Telemetry
    now: Callable[[], datetime]
    actor: str
    code_version: str
    verify_seconds: int

    def begin(self, correlation_id: str) -> History:
        """What was recorded for the run so far."""
        self.telemetry.follow(correlation_id)
        return self.trail.read(correlation_id)

    def blank(self, correlation_id: str) -> AuditEvent:
        """The event of a run of which nothing is known yet."""
        return AuditEvent(
            correlation_id=correlation_id,
            kind=EventKind.OUTCOME,
            at=self.now(),
            outcome=Outcome.FAILED,
            reason=Reason.INTERNAL_ERROR,
            sentence="",
            actor=self.actor,
            code_version=self.code_version,
            catalog_version="",
        )

    def record(self, event: AuditEvent) -> None:
        """Write one event. Raises ``ConditionalWriteConflict`` if there is one in its place."""
        self.trail.append(event)
        self.telemetry.recorded(event)

    @contextmanager
    def alone(self, resource_arn: str, correlation_id: str, history: History) -> Iterator[None]:
        """Hold the resource for this delivery of the run, of which ``history`` was recorded so far.

        Raises ``ResourceBusy``, and ``ConditionalWriteConflict`` if a second delivery got ahead of this one.
        """
        with self.locks.hold(resource_arn, correlation_id):
            if self.trail.read(correlation_id) != history:
                raise ConditionalWriteConflict(correlation_id)
            yield

    def intend(self, event: AuditEvent) -> None:
        """Record that a change is about to be made."""
        self.record(replace(event, kind=EventKind.INTENT, at=self.now()))

    def conclude(self, event: AuditEvent, history: History) -> None:
        """Record the one outcome, then tell. What was changed is in the resource's past before anybody hears of it."""
        outcome = replace(event, kind=EventKind.OUTCOME, at=self.now())
        if outcome.outcome in (Outcome.REMEDIATE, Outcome.APPROVED):
            self.ledger.note(
                outcome.resource_arn,
                Past(
                    kind=PastKind.APPLIED,
                    fix_id=outcome.fix_id,
                    correlation_id=outcome.correlation_id,
                    at=outcome.at,
                ),
            )
        self.record(outcome)
        self.finish(outcome, history)

    def finish(self, outcome: AuditEvent, history: History) -> None:
        """What comes after the outcome is on record: the run waits no more, and everybody concerned is told."""
        self._release(history)
        self.outbox.tell(outcome)

    def hold(self, event: AuditEvent, obstacle: Obstacle, history: History) -> None:
        """Record that the run has to wait, and for what; have it wait where it is seen and let go."""
        held = replace(
            event,
            kind=EventKind.HELD,
            at=self.now(),
            reason=obstacle.reason,
            sentence=obstacle.sentence,
            expires_at=obstacle.until,
            attempt=history.held.attempt + 1 if history.held else 1,
        )
        self.record(held)
        self.keep_holding(History(events=(*history.events, held)))

    def keep_holding(self, history: History) -> None:
        """Have a run that is on record as waiting wait where it is seen and let go. Can be done twice."""
        assert history.held is not None, "it waits"
        self.holds.put(hold_of(history))
        self.outbox.announce(history.held)

    def wait(self, event: AuditEvent, history: History, *, attempt: int) -> None:
        """Record that the change is under way, and have it looked at later. It is not held any more."""
        pending = replace(event, kind=EventKind.PENDING, at=self.now(), attempt=attempt)
        with suppress(ConditionalWriteConflict):  # a run that ended before it sent the message, or after, recorded it
            self.record(pending)
        self.outbox.follow_up(
            Verify(correlation_id=event.correlation_id, attempt=attempt),
            delay_seconds=min(self.verify_seconds * 2 ** (attempt - 1), LONGEST_DELAY_SECONDS),
        )
        self._release(history)

    def fail(self, event: AuditEvent, error: SutureError, history: History) -> None:
        """End the run because of an error; on the record of an intended change, if there is one."""
        if history.intent is None:
            self.conclude(failed(event, error.reason, str(error)), history)
        else:
            intent = replace(
                history.intent, evidence=replace(history.intent.evidence, sessions=event.evidence.sessions)
            )
            self.conclude(
                failed(
                    intent,
                    error.reason,
                    f"{error}. An earlier run had announced a change, which may have been made: look at the resource.",
                ),
                history,
            )

    def _release(self, history: History) -> None:
        if history.held is not None:
            self.holds.remove(hold_of(history))


def with_after(event: AuditEvent, after: State | None) -> AuditEvent:
    """The event with the state that was read last."""
    return replace(event, evidence=replace(event.evidence, after=after))


def stale(event: AuditEvent, *, expected: State, found: State, sentence: str) -> AuditEvent:
    """The event of a run that stopped because somebody changed the resource, with both states."""
    event = with_after(event, found)
    event = replace(event, evidence=replace(event.evidence, expected=expected))
    return failed(event, Reason.STALE_STATE, sentence)


def failed(event: AuditEvent, reason: Reason, sentence: str) -> AuditEvent:
    """The event of a run that could not be carried out."""
    return replace(
        event,
        outcome=Outcome.FAILED,
        reason=reason,
        sentence=sentence,
        evidence=replace(event.evidence, error=sentence),
    )
