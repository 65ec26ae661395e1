"""One run of a scenario under one schedule, and what must hold whatever the schedule."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

from runtime.application.ports import Key, Message, Table
from runtime.domain.access import SessionRequest
from runtime.domain.audit import AuditEvent, EventKind, History
from runtime.domain.command import ApproveException, RequestException, RevokeException, UndoChange
from runtime.domain.errors import MessageInvalid
from runtime.domain.guardrails import PastKind
from runtime.domain.outcome import Outcome, Reason
from runtime.domain.plan import Change, Plan, canonical_json, resolve
from runtime.domain.review import ReviewStatus, review_of
from runtime.items.exceptions import exceptions_in_force, in_force_key
from runtime.items.locks import Lease
from runtime.items.past import past_from_item, past_key
from runtime.items.stops import IN_EFFECT, stops_in_effect
from tests.flow.scene import ANN, resume
from tests.flow.world import CUSTOMER, World
from tests.simulation.scenarios import SCENARIOS, Stage
from tests.simulation.scheduler import Chooser, Fault, Scheduler, Task, Trace

ROUNDS = 12
"""Of redelivery. A queue gives five; what needs more than this waits for ever."""

BETWEEN = timedelta(seconds=150)
"""Until what failed comes again: longer than a lease, so that a dead process holds nothing."""


@dataclass
class Simulated:
    """What is known of a run of a scenario."""

    stage: Stage
    trace: Trace = field(default_factory=Trace)
    calls: list[int] = field(default_factory=list)
    """How many calls each of the tasks made that ran beside each other."""
    written: Counter[str] = field(default_factory=Counter)
    """Writes that took effect, by run."""
    earlier: set[str] = field(default_factory=set)
    """Runs that had ended before."""


def simulate(name: str, choose: Chooser, faults: Sequence[Fault] = (), *, undo: bool = True) -> Simulated:
    """Run a scenario, then let everything come to its end, and check that it is a good one. Raises ``AssertionError``.

    With ``undo``, what was made is undone in the end, to see that it can be.
    """
    stage = SCENARIOS[name]()
    simulated = Simulated(stage)
    world = stage.world
    simulated.earlier = set(_histories(world))
    with world.watched():
        scheduler = Scheduler(world.calls, choose, faults)
        judge = Judge(world, scheduler, simulated)
        world.accounts.judge = judge.judge
        scheduler.on_answer = judge.note
        tasks = scheduler.run(*(partial(_deliver, world, *one) for one in stage.deliveries), *stage.deeds)
        simulated.trace = scheduler.trace
        simulated.calls = [task.calls for task in tasks]
        later = [one for one, task in zip(stage.deliveries, tasks, strict=False) if task.error is not None]
        _settle(world, scheduler, later)
        _check_end(simulated)
        if undo:
            _check_undo(simulated, scheduler)
    return simulated


def _deliver(world: World, kind: str, message: Message) -> None:
    """A delivery to a process of its own."""
    platform = world.new_platform()
    match kind:
        case "finding":
            platform.findings.handle(message)
        case "order":
            world.deliver_order(message, platform)
        case "run":
            platform.runs.handle_run(message)
        case "follow-up":
            platform.runs.handle_follow_up(message)


def _settle(world: World, scheduler: Scheduler, later: list[tuple[str, Message]]) -> None:
    """Time passes: what failed comes again, what was sent arrives, the clock ticks, and every stop ends."""
    for _ in range(ROUNDS):
        for stop in stops_in_effect(world.store.items.get(IN_EFFECT)):
            resume(world, stop.id)
        world.now += BETWEEN
        world.mail.forget()
        later.append(("follow-up", Message(id=world.mail.next_id(), body='{"kind":"tick"}')))
        failed = []
        while later:
            delivery = later.pop(0)
            (task,) = scheduler.run(partial(_deliver, world, *delivery))
            if task.error is not None and not isinstance(task.error, MessageInvalid):
                failed.append(delivery)
            runs, world.mail.runs = world.mail.runs, []
            follow_ups, world.mail.follow_ups = world.mail.follow_ups, []
            later += [("run", Message(id=world.mail.next_id(), body=body)) for body, _ in runs]
            later += [("follow-up", Message(id=world.mail.next_id(), body=body)) for body, _ in follow_ups]
        later = failed
        if not later and not world.held():
            return
    assert not later, f"these come again for ever: {[(kind, message.id) for kind, message in later]}"
    assert not world.held(), f"these wait for ever: {world.held()}"


class Judge:
    """Asks at every write in the customer's account whether it may be made."""

    def __init__(self, world: World, scheduler: Scheduler, simulated: Simulated) -> None:
        self._world = world
        self._scheduler = scheduler
        self._simulated = simulated
        self._seen: dict[int, dict[str, bool]] = {}
        self._in_place: Counter[tuple[str, int]] = Counter()

    def note(self, task: Task, name: str) -> None:
        """What a delivery could see when it last asked the store."""
        if name == "store.read":
            items = self._world.store.items
            key = past_key(self._arn)
            past = past_from_item(key, items.get(key))
            self._seen[id(task)] = {
                "a stop": bool(stops_in_effect(items.get(IN_EFFECT))),
                "an exception": any(
                    exceptions_in_force(one, items.get(one)) for one in (in_force_key(CUSTOMER), in_force_key(""))
                ),
                "an undo": any(one.kind is PastKind.UNDONE for one in past),
                "a denial": any(one.kind is PastKind.DENIED for one in past),
            }

    @property
    def _arn(self) -> str:
        return "arn:aws:s3:::flow-bucket"

    def judge(self, request: SessionRequest, service: str, operation: str, parameters: Mapping[str, Any]) -> None:
        """Raises ``AssertionError``."""
        name = f"{service}:{operation}"
        task, run = self._scheduler.current, request.source_identity.removeprefix("suture-")
        assert task is not None
        intent = self._world.history_of(run).open_intent
        assert intent is not None, f"{name} without an intent on record"
        lock = self._world.store.items.get(Lease.for_run(intent.resource_arn, run).key)
        assert lock is not None, f"{name} without a lease"
        assert str(lock["holder"]).startswith(f"{run}/"), f"{name} while another run has the resource"
        if intent.outcome is not Outcome.UNDO:
            seen = self._seen[id(task)]
            for what, there in seen.items():
                assert not there, f"{name} despite {what}"
        self._simulated.written[run] += 1
        plan = intent.evidence.plan
        assert plan is not None
        made, back = (plan.undo, plan.changes) if intent.outcome is Outcome.UNDO else (plan.changes, plan.undo)
        call = (service, operation, canonical_json(parameters))
        forth, return_ = ([_call(change, plan) for change in changes] for changes in (made, back))
        assert call in (*forth, *return_), f"{name} is not in the plan on record"
        place = (run, forth.index(call) if call in forth else return_.index(call))
        self._in_place[place] += 1 if call in forth else -1
        assert self._in_place[place] <= 1 or _slow(self._simulated.stage), f"{run} made {name} twice"


def _call(change: Change, plan: Plan) -> tuple[str, str, str]:
    return change.service, change.operation, canonical_json(resolve(change.parameters, (), plan.before))


def _check_end(simulated: Simulated) -> None:
    stage, world = simulated.stage, simulated.stage.world
    counted = sum(
        number
        for key, item in world.store.items.items()
        if key.table is Table.LEDGER and key.partition == "writes#everything#"
        for number in item.values()
        if isinstance(number, int)
    )
    announced, histories = 0, _histories(world)
    for run, history in histories.items():
        kinds = [event.kind for event in history.events]
        if run in stage.findings or EventKind.INTENT in kinds or EventKind.HELD in kinds:
            assert kinds.count(EventKind.OUTCOME) == 1, f"{run} has {kinds}"
        assert kinds.count(EventKind.OUTCOME) <= 1, f"{run} has {kinds}"
        assert history.open_intent is None, f"{run} has an open intent"
        outcome = history.outcome
        if outcome is None:
            continue
        announced += _counted(history)
        if run not in simulated.earlier:
            _check_true(outcome, history, simulated.written[run], stage)
    for run in stage.findings:
        assert run in histories or _never_begun(world, run), f"nothing is recorded for {run}"
    assert counted == announced, f"{counted} writes are counted, and by the records {announced}"
    limit = world.policy["writes_per_hour"]["everything"]
    assert counted <= limit, f"{counted} writes, and {limit} may be made"
    for key, item in world.store.items.items():
        assert item.get("version", world.store.puts[key]) == world.store.puts[key], f"a write of {key} was lost"
    _check_reviews(world, histories)
    for run, history in histories.items():
        _check_step(world, run, history.outcome)
    told = Counter(event["correlation_id"] for event in world.mail.events)
    for run, history in histories.items():
        assert history.outcome is None or told[run] >= 1, f"nobody was told of {run}"


def _check_reviews(world: World, histories: Mapping[str, History]) -> None:
    """People are asked about a plan in one place, and every finding that has it points there."""
    reviews = [review for history in histories.values() if (review := review_of(history)) is not None]
    pending = [one.approval.plan.digest for one in reviews if one.status(world.now) is ReviewStatus.PENDING]
    assert len(set(pending)) == len(pending), "people are asked twice about one plan"
    told = Counter(document["correlation_id"] for document in world.mail.review)
    opened = {review.id for review in reviews}
    for run, history in histories.items():
        outcome = history.outcome
        if outcome is None or outcome.outcome is not Outcome.APPROVE:
            continue
        assert outcome.review_id in opened, f"{run} joined no review"
        assert told[run] == 0 or run in opened, f"people are asked about {run} beside its review"
        assert told[run] >= 1 or run not in opened, f"nobody is asked about {run}"
    for review in reviews:
        key = past_key(review.stored.resource_arn)
        past = past_from_item(key, world.store.items.get(key))
        denied = [one for one in past if one.kind is PastKind.DENIED and one.correlation_id == review.id]
        assert bool(denied) == (review.status(world.now) is ReviewStatus.DENIED), f"{review.id}: {denied}"


def _counted(history: History) -> int:
    """How often a run's write is counted, by its record: once, or not at all."""
    places = [
        event.evidence.counted for event in history.events if event.kind in (EventKind.INTENT, EventKind.WITHDRAWN)
    ]
    return int(bool(places) and bool(places[-1]))


def _check_step(world: World, run: str, outcome: AuditEvent | None) -> None:
    """What a command did about an exception is its own doing."""
    steps = {
        Reason.EXCEPTION_REQUESTED: "#1-request",
        Reason.EXCEPTION_GRANTED: "#2-approval",
        Reason.EXCEPTION_REVOKED: "#3-revocation",
    }
    if outcome is None or outcome.reason not in steps or outcome.evidence.order is None:
        return
    command = outcome.evidence.order.command
    assert isinstance(command, RequestException | ApproveException | RevokeException)
    key = Key(Table.LEDGER, f"exceptions#{command.account_id}", command.exception_id + steps[outcome.reason])
    said = json.loads(str(world.store.items[key]["document"]))
    assert said.get("requested", said)["command_id"] == run, f"{run} says that it did what another command did"


def _never_begun(world: World, run: str) -> bool:
    """Whether a run that an approval would have begun was not begun, because the review ended otherwise."""
    return not any(
        event.kind is EventKind.VERDICT and event.reason is Reason.APPROVAL_COMPLETE
        for history in _histories(world).values()
        for event in history.events
    )


def _check_true(outcome: AuditEvent, history: History, written: int, stage: Stage) -> None:
    """The record tells what became of the resource."""
    made = outcome.outcome in (Outcome.REMEDIATE, Outcome.APPROVED, Outcome.UNDO)
    if written and not made:
        assert outcome.outcome is Outcome.FAILED, f"it wrote {written} times, and its record says {outcome.sentence}"
        assert "Nothing was changed" not in outcome.sentence, outcome.sentence
    if made and not written:
        assert "or through others" in outcome.sentence or outcome.outcome is Outcome.UNDO
    if made and not stage.reopened:
        assert outcome.evidence.after is not None


def _slow(stage: Stage) -> bool:
    """What takes its time may be made again after a crash: nobody can see that it was made."""
    return any(bucket.lag for bucket in stage.world.accounts.buckets.values())


def _check_undo(simulated: Simulated, scheduler: Scheduler) -> None:
    """What is on record as made, and was made last, can be undone as promised."""
    world, stage = simulated.stage.world, simulated.stage
    made = [
        history.outcome
        for history in _histories(world).values()
        if history.outcome is not None and history.outcome.outcome in (Outcome.REMEDIATE, Outcome.APPROVED)
    ]
    undone = any(history.outcome and history.outcome.outcome is Outcome.UNDO for history in _histories(world).values())
    if len(made) != 1 or undone or stage.reopened or _slow(stage):
        return
    (target,) = made
    plan = target.evidence.plan
    assert plan is not None
    order = world.ordered(UndoChange(target_id=target.correlation_id, reason="check", dry_run=False), ANN)
    _settle(world, scheduler, [("order", order)])
    undo = [history.outcome for history in _histories(world).values() if history.outcome is not None]
    ended = [one for one in undo if one.outcome is Outcome.UNDO]
    assert len(ended) == 1, f"{target.correlation_id} cannot be undone"
    assert ended[0].evidence.after == plan.before


def _histories(world: World) -> dict[str, History]:
    runs = {key.partition for key in world.store.items if key.table is Table.AUDIT}
    return {run: world.history_of(run) for run in sorted(runs)}
