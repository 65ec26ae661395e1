"""Gives commands to the platform, and waits for their results.

A command is a message. The id that SQS gives it is the id of the command's own run, and says which run it begins: so
the audit trail tells what came of it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from time import monotonic, sleep
from typing import TYPE_CHECKING

from cli.deployment import Deployment
from cli.errors import NOTHING_SENT, Unusable
from cli.known import as_sentence
from runtime.domain.audit import AuditEvent, EventKind, History
from runtime.domain.command import (
    FOR_APPROVERS,
    AnnounceStop,
    Command,
    DryRun,
    Order,
    UndoChange,
    order_to_json,
    parse_order,
)
from runtime.domain.errors import CommandInvalid
from runtime.domain.followup import run_begun_by, run_id
from runtime.domain.outcome import Outcome
from runtime.domain.principal import Principal

if TYPE_CHECKING:
    from cli.audit_reader import AuditReader

POLL_SECONDS = 1.0


class State(StrEnum):
    """How far a command got."""

    SENT = "sent"
    """Not waited for."""
    DONE = "done"
    REFUSED = "refused"
    NOT_DONE = "not-done"
    """It was accepted, but the run that it started has another outcome."""
    WAITS = "waits"
    """It was accepted, but the run that it started is held."""
    NEEDS_APPROVAL = "needs-approval"
    """It was accepted, and needs the approval of other people."""
    UNKNOWN = "unknown"
    """It had no result when the timeout was over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What is known of a command.

    ``command`` is the command's own outcome. If that began a run, ``run_id`` says which, and ``run`` is the last event
    of it. ``waited_seconds`` is ``None`` if nobody waited.
    """

    command_id: str
    command: AuditEvent | None = None
    run_id: str = ""
    run: AuditEvent | None = None
    waited_seconds: int | None = None

    @property
    def state(self) -> State:
        unknown = State.SENT if self.waited_seconds is None else State.UNKNOWN
        if self.command is None:
            return unknown
        if self.command.outcome is not Outcome.DONE:
            return State.REFUSED
        if not self.run_id:
            return State.DONE
        match self.run.kind if self.run else None:
            case EventKind.OUTCOME:
                return self._state_of_ended_run
            case EventKind.HELD:
                return State.WAITS
            case _:
                return unknown

    @property
    def last(self) -> AuditEvent | None:
        """The newest that is known."""
        return self.run or self.command

    @property
    def _state_of_ended_run(self) -> State:
        assert self.command is not None, "a run is begun by an accepted command"
        assert self.run is not None, "it has ended"
        order, outcome = self.command.evidence.order, self.run.outcome
        command = order.command if order is not None else None
        if isinstance(command, UndoChange) and outcome is Outcome.APPROVE:
            return State.NEEDS_APPROVAL
        if isinstance(command, DryRun):  # any decision is an answer
            return State.NOT_DONE if outcome is Outcome.FAILED else State.DONE
        carried_out = outcome in (Outcome.APPROVED, Outcome.UNDO, Outcome.DRY_RUN)
        return State.DONE if carried_out else State.NOT_DONE


@dataclass(frozen=True, kw_only=True)
class Orders:
    """``timeout_seconds`` is how long to wait, ``None`` for not at all. ``tell`` is told how it goes, in sentences."""

    deployment: Deployment
    timeout_seconds: int | None
    tell: Callable[[str], None]

    @cached_property
    def principal(self) -> Principal:
        """Who gives them. Raises ``PlatformCallFailed``."""
        return self.deployment.caller()

    def carry_out(self, command: Command) -> Result:
        """Give a command, and wait for the result.

        Raises ``Unusable`` if the platform could not read it, ``PlatformCallFailed`` if AWS does not take it or does
        not say what came of it, and ``RecordUnreadable``.
        """
        result = Result(command_id=self.give(command), waited_seconds=self.timeout_seconds)
        if self.timeout_seconds is None:
            return result
        self.tell(f"Sent as {result.command_id}. Waiting up to {self.timeout_seconds} s for the result.")
        reader = self.deployment.audit_reader()
        deadline = monotonic() + self.timeout_seconds
        while True:
            before, result = result, look(reader, result)
            if result.state is State.UNKNOWN and result.last not in (None, before.last):
                self.tell(_progress(result))
            if result.state is not State.UNKNOWN or monotonic() >= deadline:
                return result
            sleep(POLL_SECONDS)

    def carry_out_all(self, commands: Sequence[Command]) -> list[Result]:
        """Give all of them, and wait for the results, which are in the same order. Raises as ``carry_out`` does.

        Those that were given before one could not be go on; which, the error does not say: the trail does.
        """
        results = []
        for number, command in enumerate(commands, start=1):
            self.tell(f"Sending {number} of {len(commands)}")
            results.append(Result(command_id=self.give(command), waited_seconds=self.timeout_seconds))
        if self.timeout_seconds is None:
            return results
        reader = self.deployment.audit_reader()
        deadline = monotonic() + self.timeout_seconds
        while True:
            results = [look(reader, one) if one.state is State.UNKNOWN else one for one in results]
            open_ = sum(one.state is State.UNKNOWN for one in results)
            if not open_ or monotonic() >= deadline:
                return results
            self.tell(f"Waiting up to {self.timeout_seconds} s: {len(results) - open_} of {len(results)} have ended")
            sleep(POLL_SECONDS)

    def give(self, command: Command) -> str:
        """Give a command, and return its id. Raises ``Unusable`` and ``PlatformCallFailed`` as ``carry_out`` does."""
        from runtime.aws.errors import platform_errors  # noqa: PLC0415  brings botocore

        order = Order(command=command, principal=self.principal)
        body = json.dumps(order_to_json(order))
        try:
            parse_order(body)
        except CommandInvalid as error:
            raise Unusable(f"{as_sentence(error.detail)} {NOTHING_SENT}") from error
        announces = isinstance(command, AnnounceStop)  # what is in effect already: nothing more may keep it from that
        if not announces and (problem := self.deployment.people().problem_with(order)):
            raise Unusable(f"{as_sentence(problem)} {NOTHING_SENT}")
        for_approvers = isinstance(command, FOR_APPROVERS)
        queue = self.deployment.approvals_queue if for_approvers else self.deployment.commands_queue
        sqs = self.deployment.client("sqs")
        with platform_errors("sqs", "GetQueueUrl"):
            url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
        with platform_errors("sqs", "SendMessage"):
            return str(sqs.send_message(QueueUrl=url, MessageBody=body)["MessageId"])


def look(reader: AuditReader, result: Result) -> Result:
    """The result as the audit trail has it by now."""
    outcome = result.command or History(events=reader.read_run(result.command_id)).outcome
    if outcome is None:
        return result
    begun = run_begun_by(outcome)
    if begun is None:
        return replace(result, command=outcome)
    history = History(events=reader.read_run(run_id(begun)))
    newest = history.outcome or (history.events[-1] if history.events else None)
    return replace(result, command=outcome, run_id=run_id(begun), run=newest)


def _progress(result: Result) -> str:
    assert result.last is not None, "something is known"
    match result.last.kind:
        case EventKind.INTENT:
            return "The change is about to be made."
        case EventKind.PENDING:
            return "The change was made, and has not taken effect yet."
        case EventKind.RESUMED:
            return "A delivery was interrupted: the platform verifies the change."
        case EventKind.WITHDRAWN:
            return result.last.sentence
        case _:
            return f"{result.last.sentence} The run {result.run_id} does it."
