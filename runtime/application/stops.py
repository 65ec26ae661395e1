"""Announces a stop, or its end, in the registry; it is in effect without the announcement."""

from __future__ import annotations

from dataclasses import dataclass

from runtime.application.commanded import Done
from runtime.application.ports import Store
from runtime.domain.command import AnnounceStop
from runtime.domain.errors import CommandRefused
from runtime.domain.outcome import Reason
from runtime.items.stops import find_switch


@dataclass(frozen=True, slots=True, kw_only=True)
class Stops:
    store: Store

    def announce(self, command: AnnounceStop) -> Done:
        """Raises ``CommandRefused``, or another ``SutureError`` if the message should be retried."""
        switch = find_switch(self.store, command.stop_id)
        if switch is None:
            raise CommandRefused(Reason.NOTHING_RECORDED, f"There is no stop {command.stop_id!r}.")
        stop = switch.stop
        if switch.resumed is None:
            sentence = f"{stop.stopped_by} stopped {stop.target} ({stop.id}): {stop.reason}"
            return Done(reason=Reason.STOP_ANNOUNCED, sentence=sentence)
        sentence = f"{switch.resumed.by} ended the stop of {stop.target} ({stop.id}): {switch.resumed.reason}"
        return Done(reason=Reason.RESUME_ANNOUNCED, sentence=sentence)
