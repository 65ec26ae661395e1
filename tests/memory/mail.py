"""Queues, topic and bus in memory: what was sent is there to be delivered, or to be looked at."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from runtime.application.ports import Message, RunMessage
from runtime.aws.mail import for_review, for_security, summary_of
from runtime.domain.audit import AuditEvent
from runtime.domain.errors import MessageNotConfirmed
from runtime.domain.exceptions import RegisteredException
from runtime.domain.followup import Verify, message_to_json
from runtime.domain.hold import Hold
from tests.memory.calls import Watched


@dataclass
class MemoryMail:
    """``runs`` drops what it had within the last five minutes, as a FIFO queue does; the clock is the test's."""

    calls: Watched
    follow_ups: list[tuple[str, int]] = field(default_factory=list)
    runs: list[tuple[str, str]] = field(default_factory=list)
    review: list[dict[str, Any]] = field(default_factory=list)
    security: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    unknown_receipts: set[str] = field(default_factory=set)
    _seen: set[str] = field(default_factory=set)
    _sent: int = 0

    def confirm(self, message: Message) -> None:
        def effect() -> None:
            if message.receipt in self.unknown_receipts:
                raise MessageNotConfirmed(message.id)

        self.calls("mail.confirm", message, effect)

    def tell(self, outcome: AuditEvent) -> None:
        def effect() -> None:
            summary = summary_of(outcome)
            self.events.append(summary)
            if for_review(outcome):
                self.review.append(summary)
            if for_security(outcome):
                self.security.append(summary)

        self.calls("mail.tell", outcome, effect)

    def announce(self, held: AuditEvent) -> None:
        self.calls("mail.announce", held, lambda: self.events.append(summary_of(held)))

    def warn_of_stuck(self, hold: Hold) -> None:
        self.calls("mail.warn_of_stuck", hold, lambda: self.security.append({"stuck": hold.correlation_id}))

    def warn_of_end(self, exceptions: Sequence[RegisteredException], now: datetime) -> None:
        def effect() -> None:
            for waiver in (exception.waiver for exception in exceptions):
                ending = {"ending": waiver.id, "approved_by": waiver.approved_by}
                self.security.append(ending)
                self.events.append(ending)

        self.calls("mail.warn_of_end", exceptions, effect)

    def look_later(self, message: Verify, *, delay_seconds: int) -> None:
        body = json.dumps(message_to_json(message))
        self.calls("mail.look_later", message, lambda: self.follow_ups.append((body, delay_seconds)))

    def start(self, runs: Sequence[RunMessage]) -> None:
        if runs:
            self.calls("mail.start", runs, lambda: self._start(runs))

    def forget(self) -> None:
        """Five minutes have passed: a run that is sent again arrives again."""
        self._seen.clear()

    def next_id(self) -> str:
        """The id of a message, as a queue gives it: the same for the same test."""
        self._sent += 1
        return str(UUID(int=self._sent))

    def _start(self, runs: Sequence[RunMessage]) -> None:
        for run in runs:
            if run.once not in self._seen:
                self._seen.add(run.once)
                self.runs.append((json.dumps(message_to_json(run.run)), run.in_order_with))
