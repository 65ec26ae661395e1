"""A change whose intent this delivery recorded, and the result of the intent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from runtime.application.journal import Journal
from runtime.application.ports import Write
from runtime.application.work import Work
from runtime.domain.audit import AuditEvent, History
from runtime.domain.errors import SutureError
from runtime.domain.outcome import Outcome, Reason
from runtime.domain.plan import State
from runtime.domain.stages import Written, failed, withdrawn
from runtime.items.counters import taken_back
from runtime.items.locks import Lease
from runtime.items.past import past_key, put_past


@dataclass(frozen=True, slots=True, kw_only=True)
class Announced:
    """``history`` ends with the intent. Until more is recorded, this delivery has the resource exclusively."""

    journal: Journal
    lease: Lease
    work: Work
    history: History

    @property
    def intent(self) -> AuditEvent:
        intent = self.history.open_intent
        assert intent is not None, "it was announced"
        return intent

    def written(self, after: State, answers: tuple[Mapping[str, Any], ...]) -> Written:
        return Written(intent=self.intent, after=after, answers=answers, sessions=self.work.sessions)

    def fail(self, reason: Reason, sentence: str, *, after: State | None = None, expected: State | None = None) -> None:
        """End the run: something may have been written."""
        event = failed(self.intent, reason, sentence, after=after, expected=expected, sessions=self.work.sessions)
        self.journal.record(self.history, event, also=[self.lease.released()])

    def withdraw(self, why: str, *ends: AuditEvent, after: State | None = None, certain: bool = True) -> History:
        """Nothing was written: the mark of an undo goes, and the write counts no more. ``ends`` is what comes next.

        It goes on to count if it is not ``certain`` that none was made, by this delivery or an earlier one.
        """
        intent, certain = self.intent, certain and self.history.doubtful is None
        also: list[Write] = [self.lease.released(), *(taken_back(intent.evidence.counted) if certain else ())]
        if intent.outcome is Outcome.UNDO:
            key = past_key(intent.resource_arn)
            found = self.journal.store.read([key]).item(key)
            also.append(put_past(key, found, drop=intent.correlation_id))
        event = withdrawn(intent, why, certain=certain, after=after, sessions=self.work.sessions)
        return self.journal.record(self.history, event, *ends, also=also)

    def give_up(self, error: SutureError, known: AuditEvent) -> None:
        """Withdraw because of an error. Raises it if the message should be retried; otherwise the run ends."""
        why = f"{error}. Nothing was changed."
        if error.retryable:
            self.withdraw(why)
            raise error
        self.withdraw(why, failed(known, error.reason, why))
