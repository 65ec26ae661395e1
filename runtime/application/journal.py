"""Records runs: reads the history, writes the next event, and sends notifications."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from runtime.application.ports import Clock, Mail, PolicySource, Store, Stored, Telemetry, Write
from runtime.domain.audit import AuditEvent, EventKind, History
from runtime.domain.errors import RecordUnreadable
from runtime.domain.hold import hold_of
from runtime.domain.notice import Sender
from runtime.domain.review import review_of
from runtime.domain.stages import Run
from runtime.items import holds
from runtime.items.reminders import reminded
from runtime.items.trail import append, history_of, run_partition


@dataclass(frozen=True, slots=True, kw_only=True)
class Journal:
    """Every method raises a ``SutureError`` if the message should be retried.

    ``ConditionFailed`` is one: another delivery has then written to the record that this one has read.
    """

    store: Store
    mail: Mail
    telemetry: Telemetry
    now: Clock
    policy: PolicySource
    environment: str
    code_version: str

    @property
    def sender(self) -> Sender:
        """The sender of messages, as of now. Raises as ``PolicySource.current`` does."""
        return Sender(environment=self.environment, policy=self.policy.current())

    def run(self, run_id: str, policy_version: str = "", **more: object) -> Run:
        """This delivery of a run."""
        return Run(
            id=run_id,
            at=self.now(),
            actor=f"suture-{self.environment}",
            code_version=self.code_version,
            policy_version=policy_version,
            **more,  # type: ignore[arg-type]
        )

    def read(self, run_id: str) -> History:
        """The recorded events of a run."""
        partition = run_partition(run_id)
        return self.history(run_id, self.store.read(partitions=[partition]))

    def history(self, run_id: str, stored: Stored) -> History:
        """The run's history, which was read together with other items. Raises ``RecordUnreadable``."""
        try:
            return history_of(list(stored.partitions[run_partition(run_id)]))
        except (KeyError, TypeError, ValueError) as error:
            raise RecordUnreadable(run_id, f"{type(error).__name__}: {error}") from error

    def record(
        self, history: History, *events: AuditEvent, also: Sequence[Write] = (), spare_bytes: int = 0
    ) -> History:
        """Write what comes next to a run's record, as of now, and all that belongs to it, in one transaction.

        A run that waits is put where it is seen and released, and announced; one that goes on is there no more; and of
        one that has ended is told. Raises ``RecordTooLarge`` for an event that cannot be stored with ``spare_bytes``
        more.
        """
        after = history.with_events(events, self.now())
        added = after.events[len(history.events) :]
        puts = [append(event, spare_bytes=spare_bytes) for event in added]
        review = review_of(after) if any(event.kind is EventKind.OUTCOME for event in added) else None
        reminders = reminded(review, self.policy.current(), after.events[-1].at) if review else ()
        self.store.commit([*puts, *also, *reminders, *wait_of(after)])
        for event in added:
            self.telemetry.recorded(event)
        self.tell(after.events[-1])
        return after

    def tell(self, event: AuditEvent) -> None:
        """Send the notifications of a run that has ended, or is held.

        They are sent again if the message is redelivered: the process may have ended before it sent them.
        """
        match event.kind:
            case EventKind.OUTCOME:
                self.mail.tell([self.sender.of_outcome(event)])
            case EventKind.HELD:
                self.mail.tell([self.sender.of_hold(event)])
            case _:
                pass


def wait_of(history: History) -> tuple[Write, ...]:
    """The effect of a run's last event on its hold."""
    match history.events[-1].kind:
        case EventKind.HELD:
            return holds.held(hold_of(history))
        case EventKind.PENDING | EventKind.OUTCOME if history.holds:
            return (holds.ended(hold_of(history)),)
        case _:
            return ()
