"""Queues, topic and bus in memory: what was sent is there to be delivered, or to be looked at."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from runtime.application.ports import Message, RunMessage
from runtime.application.verification import LONGEST_DELAY_SECONDS
from runtime.domain.errors import MessageNotConfirmed
from runtime.domain.followup import Verify, message_to_json
from runtime.domain.notice import Audience, Notice
from tests.memory.calls import Watched


@dataclass
class MemoryMail:
    """``runs`` drops what it had within the last five minutes, as a FIFO queue does; the clock is the test's."""

    calls: Watched
    follow_ups: list[tuple[str, int]] = field(default_factory=list)
    runs: list[tuple[str, str]] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    unknown_receipts: set[str] = field(default_factory=set)
    _seen: set[str] = field(default_factory=set)
    _sent: int = 0

    def confirm(self, message: Message) -> None:
        def effect() -> None:
            if message.receipt in self.unknown_receipts:
                raise MessageNotConfirmed(message.id)

        self.calls("mail.confirm", message, effect)

    def told(self, *to: Audience) -> list[Mapping[str, Any]]:
        """What each of these was told."""
        return [json.loads(notice.event) for notice in self.notices if set(to) <= set(notice.to)]

    @property
    def review(self) -> list[Mapping[str, Any]]:
        """What the review queue holds."""
        return self.told(Audience.REVIEW_QUEUE)

    @property
    def security(self) -> list[Mapping[str, Any]]:
        """What was published to the security topic."""
        return self.told(Audience.SECURITY)

    @property
    def events(self) -> list[Mapping[str, Any]]:
        """What was put on the event bus: every message."""
        return self.told()

    def tell(self, notices: Sequence[Notice]) -> None:
        if notices:
            self.calls("mail.tell", notices, lambda: self.notices.extend(notices))

    def look_later(self, message: Verify, *, delay_seconds: int) -> None:
        sent = (json.dumps(message_to_json(message)), min(delay_seconds, LONGEST_DELAY_SECONDS))
        self.calls("mail.look_later", message, lambda: self.follow_ups.append(sent))

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
