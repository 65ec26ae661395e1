"""Approvals, exceptions, holds and undos as a model: whatever is done, in whatever order, with crashes and duplicates.

The machine keeps its own, much simpler account of what people said and what is stopped. Every write that the platform
makes in the customer's account is held against it at the moment it is made.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from runtime.application.ports import Message
from runtime.domain.access import SessionRequest
from runtime.domain.audit import EventKind
from runtime.domain.command import (
    AnnounceStop,
    ApproveException,
    ApprovePlan,
    ClearBlock,
    Command,
    DenyPlan,
    DryRun,
    ReopenReview,
    RequestException,
    RevokeException,
    UndoChange,
    parse_order,
)
from runtime.domain.errors import SutureError
from runtime.domain.followup import RunCommand, run_id
from runtime.domain.guardrails import Stop, StopScope
from runtime.domain.outcome import Outcome, Reason
from runtime.domain.principal import Principal
from runtime.items.exceptions import list_exceptions
from runtime.items.stops import IN_EFFECT, Resumption, put_resumption, put_stop, stops_in_effect
from tests.flow.scene import ANN, BOB, CYD, FIX, Bucket, a_bucket, approved_run
from tests.flow.world import CUSTOMER, World
from tests.memory.calls import Calls, Crash

ENVIRONMENTS = {"flow-open": "dev", "flow-guarded": "restricted-production"}
"""The buckets, and where each is. In the last nothing is changed before two different people have approved it."""

PEOPLE = st.sampled_from((ANN, BOB, CYD))
BUCKETS = st.sampled_from(sorted(ENVIRONMENTS))
FREEZE = {"begins": "2026-01-01T00:00", "ends": "2027-09-01T00:00", "reason": "a freeze"}
"""Longer than any example lasts, and with an end in sight: for what has none, people are asked."""


@dataclass(frozen=True)
class Interruption:
    """What happens in the middle of a delivery, at its AWS call with this index."""

    what: str
    at: int


NONE = Interruption(what="nothing", at=0)
INTERRUPTIONS = st.one_of(
    st.just(NONE),
    st.builds(Interruption, what=st.sampled_from(("die before", "die after", "stop")), at=st.integers(0, 30)),
)


class Guarded(RuleBasedStateMachine):
    """People, Wiz and chance against the platform."""

    exceptions: Bundle[str] = Bundle("exceptions")
    stops: Bundle[str] = Bundle("stops")

    def __init__(self) -> None:
        super().__init__()
        self.world = World()
        self.world.accounts.judge = self._judge
        self.world.onboard(environment="")
        self.buckets: dict[str, Bucket] = {name: a_bucket(self.world, name) for name in ENVIRONMENTS}
        for name, environment in ENVIRONMENTS.items():
            self.buckets[name].tag(environment=environment)
        self.made = 0
        """Stops so far."""
        self.calls = Calls()
        self.pending: list[tuple[str, Message]] = []
        """Messages that were sent and not deleted, with their queues."""
        self.delivered: list[tuple[str, Message]] = []
        self.findings: list[Message] = []
        self.runs = ["no-such-run"]
        """Ids of runs that there are, or will be."""
        self.asked_for = 0
        self.attempted: dict[str, Command] = {}
        """Every command that was delivered, whatever came of it, by its message's id."""
        self.senders: dict[str, Principal] = {}
        self.undo_orders: dict[str, str] = {}
        """The run to be undone, by the id of the undoing run."""
        self.undone: set[str] = set()
        """The buckets whose fix somebody had undone, and nobody cleared."""
        self.written: list[str] = []
        """The runs that wrote, one entry for each write."""
        self.unsettled: dict[str, str] = {}
        """The bucket, by the run that wrote to it and died before it could say so."""
        self.judged_wrong = False
        self.stopped_at: dict[str, int] = {}
        """The stops that came in the middle of this delivery, and before which call."""

    @initialize()
    def begin(self) -> None:
        """Wiz finds every bucket: one is closed, the other waits for two people."""
        for bucket in ENVIRONMENTS:
            self.find(bucket, promptly=True)

    # -- what happens -----------------------------------------------------------------------------------------------

    @rule(bucket=BUCKETS, promptly=st.booleans())
    def find(self, bucket: str, promptly: bool) -> None:
        """Wiz finds a bucket open, or says so."""
        message = self.world.finding(self.buckets[bucket].arn, FIX)
        self.findings.append(message)
        self.runs.append(correlation_id(message))
        self.pending.append(("findings", message))
        self._deliver_if(promptly)

    @rule(bucket=BUCKETS, partly=st.booleans())
    def meddle(self, bucket: str, partly: bool) -> None:
        """Somebody in the account opens a bucket, or makes it something else."""
        self._forget_unsettled(bucket)
        if partly:
            self.buckets[bucket].set_block(BlockPublicAcls=False)
        else:
            self.buckets[bucket].open()

    @precondition(lambda self: self.pending)
    @rule(data=st.data(), interruption=INTERRUPTIONS)
    def deliver(self, data: st.DataObject, interruption: Interruption) -> None:
        """A queue delivers one of its messages, whichever; it stays there if it could not be handled."""
        index = data.draw(st.integers(0, len(self.pending) - 1), label="which")
        self._deliver(*self.pending.pop(index), interruption)

    @precondition(lambda self: self.pending)
    @rule()
    def deliver_all(self) -> None:
        """The queues are drained, and what comes of that."""
        for _ in range(4):
            for queue, message in self._take_all():
                self._deliver(queue, message, NONE)

    @precondition(lambda self: self.delivered)
    @rule(data=st.data())
    def deliver_again(self, data: st.DataObject) -> None:
        """A standard queue may deliver what was deleted."""
        index = data.draw(st.integers(0, len(self.delivered) - 1), label="which")
        self._deliver(*self.delivered[index], NONE)

    @rule()
    def tick(self) -> None:
        self._deliver("follow-ups", Message(id=self.world.mail.next_id(), body='{"kind": "tick"}'), NONE)

    @rule(hours=st.sampled_from((0.1, 0.2, 1, 25)))
    def wait(self, hours: float) -> None:
        self.world.now += timedelta(hours=hours)

    @rule(frozen=st.booleans())
    def freeze(self, frozen: bool) -> None:
        self.world.policy["environments"]["dev"]["freezes"] = [FREEZE] if frozen else []

    # -- what people say ----------------------------------------------------------------------------------------------

    @precondition(lambda self: self._ended(Outcome.APPROVE))
    @rule(data=st.data(), who=st.lists(PEOPLE, min_size=1, max_size=3), promptly=st.booleans())
    def approve(self, data: st.DataObject, who: list[Principal], promptly: bool) -> None:
        run = self._choose(data, Outcome.APPROVE)
        for person in who:
            self._approve(run, person)
        self._deliver_if(promptly)

    def _approve(self, run: str, who: Principal) -> None:
        stored = self.world.history_of(run).outcome
        digest = stored.plan_digest if stored else ""
        self._send("approvals", ApprovePlan(review_id=run, digest=digest, reason="agreed"), who)
        self.runs.append(approved_run(run))

    @precondition(lambda self: self._ended(Outcome.APPROVE))
    @rule(data=st.data(), who=PEOPLE)
    def deny(self, data: st.DataObject, who: Principal) -> None:
        self._send("approvals", DenyPlan(review_id=self._choose(data, Outcome.APPROVE), reason="no"), who)

    @precondition(lambda self: self._done(DenyPlan))
    @rule(data=st.data(), who=PEOPLE, promptly=st.booleans())
    def reopen(self, data: st.DataObject, who: Principal, promptly: bool) -> None:
        denied = data.draw(st.sampled_from(self._done(DenyPlan)), label="which")
        self._send("approvals", ReopenReview(review_id=denied.review_id, reason="again"), who)
        self._deliver_if(promptly)

    @precondition(lambda self: self._ended(Outcome.REMEDIATE, Outcome.APPROVED))
    @rule(data=st.data(), who=PEOPLE, dry_run=st.booleans(), promptly=st.booleans())
    def undo(self, data: st.DataObject, who: Principal, dry_run: bool, promptly: bool) -> None:
        run = self._choose(data, Outcome.REMEDIATE, Outcome.APPROVED)
        order = self._send("commands", UndoChange(target_id=run, reason="broke it", dry_run=dry_run), who)
        undoing = run_id(RunCommand(command_id=order.id))
        self.runs.append(undoing)
        if not dry_run:
            self.undo_orders[undoing] = run
        self._deliver_if(promptly)

    @rule(data=st.data(), who=PEOPLE)
    def dry_run(self, data: st.DataObject, who: Principal) -> None:
        order = self._send("commands", DryRun(target_id=self._choose(data)), who)
        self.runs.append(run_id(RunCommand(command_id=order.id)))

    @precondition(lambda self: self._ended(Outcome.UNDO))
    @rule(data=st.data(), who=PEOPLE)
    def clear(self, data: st.DataObject, who: Principal) -> None:
        command = ClearBlock(target_id=self._choose(data, Outcome.UNDO), reason="all is well")
        self._send("commands", command, who)

    def _ended(self, *outcomes: Outcome) -> list[str]:
        """The runs that ended so, as the platform said."""
        return [
            event.correlation_id
            for event in self.world.telemetry.recorded_events
            if event.kind is EventKind.OUTCOME and event.outcome in outcomes
        ]

    def _choose(self, data: st.DataObject, *likely: Outcome) -> str:
        """A run, most often a late one of those that ended so."""
        return data.draw(st.sampled_from(self._ended(*likely)[-2:] * 5 + self.runs[-1:]), label="run")

    @rule(target=exceptions, bucket=BUCKETS, who=PEOPLE, days=st.sampled_from((1, 9, 89, 91)))
    def request(self, bucket: str, who: Principal, days: int) -> str:
        self.asked_for += 1
        exception_id = f"EX-{self.asked_for}"
        ends = self.world.now + timedelta(days=days)
        command = RequestException(
            exception_id=exception_id,
            control="",
            account_id=CUSTOMER,
            resource=self.buckets[bucket].arn,
            environment="",
            reason="a website",
            ticket="SEC-1",
            expires_at=ends.isoformat(),
        )
        self._send("commands", command, who)
        return exception_id

    @rule(exception_id=exceptions, who=PEOPLE)
    def grant(self, exception_id: str, who: Principal) -> None:
        command = ApproveException(exception_id=exception_id, account_id=CUSTOMER, reason="agreed")
        self._send("approvals", command, who)

    @rule(exception_id=exceptions, who=PEOPLE)
    def revoke(self, exception_id: str, who: Principal) -> None:
        command = RevokeException(exception_id=exception_id, account_id=CUSTOMER, reason="moved")
        self._send("commands", command, who)

    @rule(
        target=stops,
        scope=st.sampled_from(
            ((StopScope.EVERYTHING, ""), (StopScope.ACCOUNT, CUSTOMER), (StopScope.ENVIRONMENT, "dev"))
        ),
        who=PEOPLE,
    )
    def stop(self, scope: tuple[StopScope, str], who: Principal) -> str:
        return self._stop(*scope, who)

    @rule(stop_id=consumes(stops), who=PEOPLE, announced=st.booleans())
    def resume(self, stop_id: str, who: Principal, announced: bool) -> None:
        self._resume(stop_id, who)
        if announced:
            self._send("commands", AnnounceStop(stop_id=stop_id), who)

    # -- what must hold -----------------------------------------------------------------------------------------------

    @invariant()
    def no_plan_was_applied_twice(self) -> None:
        assert len(self.written) == len(set(self.written)), "a run wrote twice"

    @invariant()
    def whoever_asked_for_an_exception_did_not_approve_it(self) -> None:
        with self.world.watched():
            exceptions = list_exceptions(self.world.store)
        for exception in exceptions:
            if exception.approved is not None:
                assert exception.approved.principal != exception.request.requested.principal

    def teardown(self) -> None:
        """In the end everybody lets go: then nothing is held, and every finding has ended, once."""
        if self.judged_wrong:
            return  # Hypothesis would report what fails here in its place
        self.freeze(frozen=False)
        for stop in self._stops():
            self._resume(stop.id, ANN)
        for _ in range(50):
            self.wait(0.3)  # what was released and died is released again
            self.tick()
            if not self.pending and not self.world.held():
                break
            for queue, message in self._take_all():
                self._deliver(queue, message, NONE)
        assert self.world.held() == []
        for message in self.findings:
            self.world.outcome(message)
        self.no_plan_was_applied_twice()

    # -- how ----------------------------------------------------------------------------------------------------------

    def _deliver_if(self, promptly: bool) -> None:
        if promptly:
            self.deliver_all()

    def _take_all(self) -> list[tuple[str, Message]]:
        taken, self.pending = self.pending, []
        return taken

    def _send(self, queue: str, command: Command, who: Principal) -> Message:
        order = self.world.ordered(command, who)
        self.pending.append((queue, order))
        return order

    def _stop(self, scope: StopScope, value: str, who: Principal) -> str:
        stop_id, self.made = f"STOP-{self.made}", self.made + 1
        stop = Stop(id=stop_id, scope=scope, value=value, reason="an incident", stopped_by=who.arn, at=self.world.now)
        with self.world.watched():
            put_stop(self.world.store, stop)
        return stop_id

    def _resume(self, stop_id: str, who: Principal) -> None:
        with self.world.watched():
            resumption = Resumption(by=who.arn, reason="over", at=self.world.now)
            put_resumption(self.world.store, stop_id, resumption)

    def _stops(self) -> tuple[Stop, ...]:
        return stops_in_effect(self.world.store.items.get(IN_EFFECT))

    def _deliver(self, queue: str, message: Message, interruption: Interruption) -> None:
        platform = self.world.new_platform()
        handle: Callable[[Message], None] = {
            "findings": platform.findings.handle,
            "follow-ups": platform.runs.handle_follow_up,
            "runs": platform.runs.handle_run,
            "commands": platform.commands.handle_operator,
            "approvals": platform.commands.handle_approver,
        }[queue]
        if queue in ("commands", "approvals"):
            order = parse_order(message.body)
            self.attempted[message.id], self.senders[message.id] = order.command, order.principal
        self.world.now += timedelta(seconds=1)
        self.stopped_at.clear()
        wrote = len(self.written)
        with self.world.watched() as calls:
            self.calls = calls
            calls.before = lambda at, _: self._before(at, interruption)
            if interruption.what == "die after":
                calls.after = lambda at, _: die_at(at, interruption.at)
            try:
                handle(message)
            except Crash:
                self._forget_locks()
                self.pending.append((queue, message))
                self.unsettled |= {run: self._bucket_of(run) for run in self.written[wrote:]}
            except SutureError:
                self.pending.append((queue, message))
            else:
                self.delivered.append((queue, message))
        mail = self.world.mail
        sent = [("follow-ups", body) for body, _ in mail.follow_ups] + [("runs", body) for body, _ in mail.runs]
        self.pending += [(arrived, Message(id=mail.next_id(), body=body)) for arrived, body in sent]
        mail.follow_ups.clear()
        mail.runs.clear()
        mail.forget()  # a run that died had its message taken already
        command = self.attempted.get(message.id)
        if isinstance(command, ClearBlock) and self._may_have_been_done(message.id):
            self.undone.discard(self._bucket_of(command.target_id))

    def _before(self, at: int, interruption: Interruption) -> None:
        if interruption.what == "die before":
            die_at(at, interruption.at)
        if interruption.what == "stop" and at == interruption.at:
            self.stopped_at[self._stop(StopScope.EVERYTHING, "", ANN)] = at

    def _judge(self, request: SessionRequest, service: str, operation: str, parameters: Mapping[str, Any]) -> None:
        """Whether a write that is about to be made may be made, by the model's own account."""
        self.judged_wrong = True
        self._judge_write(request.source_identity.removeprefix("suture-"), str(parameters["Bucket"]))
        self.judged_wrong = False

    def _judge_write(self, run: str, bucket: str) -> None:
        self._forget_unsettled(bucket, but=run)
        self.written.append(run)
        if run in self.undo_orders:
            target = self.world.history_of(self.undo_orders[run]).outcome
            assert target is not None
            assert target.outcome in (Outcome.REMEDIATE, Outcome.APPROVED), "what is undone was done"
            self.undone.add(bucket)
            return
        ordered_runs = {run_id(RunCommand(command_id=command_id)) for command_id in self.attempted}
        assert run not in ordered_runs, "a dry run wrote"
        self._judge_stops(bucket)
        if ENVIRONMENTS[bucket] == "dev":
            assert not self.world.policy["environments"]["dev"].get("freezes"), "a freeze was passed through"
        assert not any(self._waives(request, bucket) for request in self._done(RequestException)), "an exception held"
        assert bucket not in self.undone, "what somebody had undone was done again"
        self._judge_denials(run)
        if ENVIRONMENTS[bucket] == "restricted-production":
            self._judge_approval(run)

    def _judge_stops(self, bucket: str) -> None:
        """No stop was in effect when it was last asked, and that was beside opening the session to write."""
        made = self.calls.made
        asked = max(
            index for index, given in enumerate(self.calls.given) if made[index] == "store.read" and IN_EFFECT in given
        )
        since = set(made[asked + 1 : -1])
        assert since <= {"sts:AssumeRole", "mail.confirm"}, (
            f"it was not asked just before the write, but before {since}"
        )
        here = {"account_id": CUSTOMER, "fix_id": FIX, "environment": ENVIRONMENTS[bucket]}
        for stop in self._stops():
            assert not stop.covers(**here) or self.stopped_at.get(stop.id, -1) > asked, "a stop was ignored"

    def _judge_denials(self, run: str) -> None:
        """Whatever the run, and whoever was asked: nobody denied this very plan last."""
        intent = self.world.history_of(run).open_intent
        assert intent is not None
        said = [
            outcome
            for message_id, command in self.attempted.items()
            if isinstance(command, DenyPlan | ReopenReview)
            and (outcome := self.world.history_of(message_id).outcome) is not None
            and (outcome.outcome, outcome.plan_digest) == (Outcome.DONE, intent.plan_digest)
        ]
        last = max(said, key=lambda one: one.at, default=None)
        assert last is None or last.reason is Reason.REVIEW_REOPENED, "it was denied"

    def _judge_approval(self, run: str) -> None:
        """Two different people approved this very plan, in time, and since its review was last reopened."""
        approvals = [one for one in self._done(ApprovePlan) if approved_run(self._review_of(one.review_id)) == run]
        assert approvals, "nobody approved it"
        review_id = self._review_of(approvals[0].review_id)
        stored, intent = self.world.history_of(review_id).outcome, self.world.history_of(run).open_intent
        assert stored is not None
        assert intent is not None
        assert stored.plan_digest == intent.plan_digest, "another plan was approved"
        began = self.world.history_of(review_id).reopened or stored
        people = {
            self.senders[message_id].user_id
            for message_id, command in self.attempted.items()
            if command in approvals and self._may_have_been_done(message_id, since=began.at)
        }
        assert len(people) >= 2, "two people had to approve"
        assert began.expires_at is not None
        assert self.world.now < began.expires_at, "the approval had expired"

    def _review_of(self, run: str) -> str:
        """The review that a run opened or joined."""
        outcome = self.world.history_of(run).outcome
        return outcome.review_id if outcome else run

    def _done[T: Command](self, kind: type[T]) -> list[T]:
        """The commands of a kind that were delivered and not refused."""
        return [
            command
            for message_id, command in self.attempted.items()
            if isinstance(command, kind) and self._may_have_been_done(message_id)
        ]

    def _may_have_been_done(self, message_id: str, since: datetime | None = None) -> bool:
        """One that died may have done what it was to do, all but saying so."""
        outcome = self.world.history_of(message_id).outcome
        return outcome is None or (outcome.outcome is not Outcome.REJECT and (since is None or outcome.at > since))

    def _waives(self, request: RequestException, bucket: str) -> bool:
        """Whether an exception holds for certain. What died may not have been done, and then nobody can rely on it."""
        ended = datetime.fromisoformat(request.expires_at) <= self.world.now
        if ended or not request.resource.endswith(f":{bucket}"):
            return False
        if any(revoke.exception_id == request.exception_id for revoke in self._done(RevokeException)):
            return False
        return any(
            isinstance(command, ApproveException)
            and command.exception_id == request.exception_id
            and (outcome := self.world.history_of(message_id).outcome) is not None
            and outcome.outcome is Outcome.DONE
            for message_id, command in self.attempted.items()
        )

    def _bucket_of(self, run: str) -> str:
        history = self.world.history_of(run)
        event = history.outcome or (history.events[-1] if history.events else None)
        return event.resource_arn.rpartition(":")[2] if event else ""

    def _forget_unsettled(self, bucket: str, but: str = "") -> None:
        """Nobody can tell a change that was made and unmade from one that was never made: it may be made again."""
        for run, changed in [*self.unsettled.items()]:
            if changed == bucket and run != but:
                del self.unsettled[run]
                self.written.remove(run)

    def _forget_locks(self) -> None:
        """The lease of a process that died runs out before SQS shows its message again."""
        self.world.end_leases()


def die_at(index: int, wanted: int) -> None:
    if index == wanted:
        raise Crash


def correlation_id(message: Message) -> str:
    return str(json.loads(message.body)["MessageId"])


def test_no_sequence_of_events_leads_to_a_write_that_nobody_allowed_or_to_a_finding_that_never_ends() -> None:
    run_state_machine_as_test(Guarded, settings=settings(max_examples=60, stateful_step_count=40, deadline=None))
