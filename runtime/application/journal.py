"""How runs are put on record: what was recorded so far, the next event, and who is told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from runtime.application.ports import Clock, Mail, Store, Stored, Telemetry, Write
from runtime.domain.audit import AuditEvent, History
from runtime.domain.errors import RecordUnreadable
from runtime.domain.hold import hold_of
from runtime.domain.notice import notice_of_hold, notices_of
from runtime.domain.stages import Run
from runtime.items import holds
from runtime.items.trail import append, history_of, run_partition


@dataclass(frozen=True, slots=True, kw_only=True)
class Journal:
    """Every method raises a ``SutureError`` where the message should be tried again.

    ``ConditionFailed`` is one: then another delivery has written to the record that this one has read.
    """

    store: Store
    mail: Mail
    telemetry: Telemetry
    now: Clock
    actor: str
    code_version: str

    def run(self, run_id: str, policy_version: str = "", **more: object) -> Run:
        """This delivery of a run."""
        return Run(
            id=run_id,
            at=self.now(),
            actor=self.actor,
            code_version=self.code_version,
            policy_version=policy_version,
            **more,  # type: ignore[arg-type]
        )

    def read(self, run_id: str) -> History:
        """What was recorded for a run so far."""
        partition = run_partition(run_id)
        return self.history(run_id, self.store.read(partitions=[partition]))

    def history(self, run_id: str, stored: Stored) -> History:
        """The run's history, which was read together with other things. Raises ``RecordUnreadable``."""
        try:
            return history_of(list(stored.partitions[run_partition(run_id)]))
        except (KeyError, TypeError, ValueError) as error:
            raise RecordUnreadable(run_id, f"{type(error).__name__}: {error}") from error

    def add(self, history: History, *events: AuditEvent, also: Sequence[Write] = (), spare_bytes: int = 0) -> History:
        """Write what comes next to a run's record, as of now, and what belongs to it, in one transaction.

        Raises ``RecordTooLarge`` for an event that cannot be stored with ``spare_bytes`` more.
        """
        after = history.with_events(events, self.now())
        self._commit(history, after, also, spare_bytes)
        return after

    def end(self, history: History, *events: AuditEvent, also: Sequence[Write] = ()) -> None:
        """Write the one outcome, and have the run wait no more. Then tell."""
        self.finish(self.add(history, *events, also=(*also, *no_more_held(history))))

    def hold(self, history: History, *events: AuditEvent, also: Sequence[Write] = ()) -> None:
        """Write that the run has to wait, last of the ``events``, and put it where it is seen. Then announce it."""
        after = history.with_events(events, self.now())
        self._commit(history, after, (*also, *holds.held(hold_of(after))))
        self.mail.tell([notice_of_hold(after.events[-1])])

    def finish(self, history: History) -> None:
        """Tell of the outcome. Again, if the message comes again: nobody knows whether it was told."""
        assert history.outcome is not None, "it has ended"
        self.mail.tell(notices_of(history.outcome))

    def _commit(self, before: History, after: History, also: Sequence[Write], spare_bytes: int = 0) -> None:
        events = after.events[len(before.events) :]
        self.store.commit([*(append(event, spare_bytes=spare_bytes) for event in events), *also])
        for event in events:
            self.telemetry.recorded(event)


def no_more_held(history: History) -> tuple[Write, ...]:
    """What ends a run's waiting, if it has waited."""
    return (holds.ended(hold_of(history)),) if history.holds else ()
