"""The result of a command to the platform, as people and programs see it, and how this command ends for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from cli import output
from cli.deployment import Deployment
from cli.errors import AnswerIsNo, CommandError, NeedsApproval, NotKnownYet
from cli.orders import Orders, Result, State
from runtime.domain.audit import AuditEvent, event_to_json
from runtime.domain.command import Command

_ENDED = (State.DONE, State.REFUSED, State.NOT_DONE, State.NEEDS_APPROVAL)


def carry_out(
    deployment: Deployment,
    command: Command,
    *,
    timeout_seconds: int | None,
    as_json: bool,
    also: Mapping[str, Any] | None = None,
    show: Callable[[AuditEvent], None] | None = None,
) -> None:
    """Give a command, and say what the result is. ``timeout_seconds`` is how long to wait, ``None`` for not at all.

    ``also`` is added to the JSON. ``show`` prints for people what there is to see of the run that the command began,
    once that has ended. Raises ``AnswerIsNo`` if the platform refused or the run has another outcome,
    ``NeedsApproval``, ``NotKnownYet``, and as ``Orders.carry_out`` does.
    """
    orders = Orders(deployment=deployment, timeout_seconds=timeout_seconds, tell=output.say_aside)
    result = orders.carry_out(command)
    if as_json:
        output.print_json({**result_to_json(result), **(also or {})})
    elif show is not None and result.run is not None and result.state in (State.DONE, State.NOT_DONE):
        show(result.run)
    check_done(result)
    if not as_json:
        output.say(sentence_of(result))


def check_done(result: Result) -> None:
    """Raises what a command ends with whose result is another than that it was done, or sent."""
    for states, error in _WORST_FIRST:
        if result.state in states:
            raise error(sentence_of(result))


def carry_out_all(
    deployment: Deployment, commands: Mapping[str, Command], *, timeout_seconds: int | None, as_json: bool
) -> None:
    """Give commands, each under the id that it is about, and say what the result of each is.

    Raises as ``carry_out`` does, by the worst of the results.
    """
    orders = Orders(deployment=deployment, timeout_seconds=timeout_seconds, tell=output.show_progress)
    results = orders.carry_out_all(list(commands.values()))
    if as_json:
        output.print_json(
            [{**result_to_json(one), "about": about} for about, one in zip(commands, results, strict=True)]
        )
    else:
        output.print_table(
            ("About", "State", "Result"),
            ((about, one.state.value, sentence_of(one)) for about, one in zip(commands, results, strict=True)),
            fold=("Result",),
        )
    counted = Counter(one.state for one in results)
    said = ", ".join(f"{count} {state.value}" for state, count in counted.items())
    for states, error in _WORST_FIRST:
        if any(counted[state] for state in states):
            raise error(f"Of {len(results)}: {said}.")


_WORST_FIRST: tuple[tuple[tuple[State, ...], type[CommandError]], ...] = (
    ((State.REFUSED, State.NOT_DONE), AnswerIsNo),
    ((State.NEEDS_APPROVAL,), NeedsApproval),
    ((State.WAITS, State.UNKNOWN), NotKnownYet),
)


def result_to_json(result: Result) -> dict[str, Any]:
    """The result as JSON values: always the same keys. While it waits, the reason is what it waits for."""
    ended = result.last if result.state in _ENDED else None
    waits = result.run if result.state is State.WAITS else None
    known = ended or waits
    return {
        "state": result.state.value,
        "outcome": ended.outcome.value if ended else None,
        "reason": known.reason.value if known else None,
        "sentence": sentence_of(result),
        "command_id": result.command_id,
        "run_id": result.run_id,
        "command": event_to_json(result.command) if result.command else None,
        "run": event_to_json(result.run) if result.run else None,
    }


def sentence_of(result: Result) -> str:
    """What came of it, in a sentence or two."""
    last, about = result.last, result.run_id or result.command_id
    if result.state is State.SENT:
        return f"Sent as {about}. `suture audit show {about}` shows the result."
    if result.state is State.UNKNOWN:
        return (
            f"{about} has no result after {result.waited_seconds} s yet. `suture audit show {about}` shows the result."
        )
    assert last is not None, "everything else is known by an event"
    match result.state:
        case State.REFUSED:
            return f"Refused, {last.reason}: {last.sentence}"
        case State.NOT_DONE:
            return f"{last.outcome}, {last.reason}: {last.sentence} The record: `suture audit show {about}`."
        case State.NEEDS_APPROVAL:
            return (
                f"Nothing was changed yet. {last.sentence} "
                f"Another approver can approve it: `suture review show {last.review_id or about}`."
            )
        case State.WAITS:
            return f"Held, {last.reason}: {last.sentence} It continues by itself; `suture status` lists it."
        case _:
            return f"{last.outcome}, {last.reason}: {last.sentence}" if result.run else last.sentence
