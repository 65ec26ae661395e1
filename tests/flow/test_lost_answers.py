"""A commit whose answer is lost was made: whatever comes again then, nothing is done twice and nothing is forgotten.

Each story is told once as it is, and once for each of its commits with that commit's answer lost.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest

from runtime.application.ports import Message
from runtime.domain.audit import EventKind
from runtime.domain.command import (
    AnnounceStop,
    ApproveException,
    ClearBlock,
    Command,
    DenyPlan,
    EndRun,
    RequestException,
    RetryRun,
    RevokeException,
    UndoChange,
)
from runtime.domain.errors import SutureError
from runtime.domain.outcome import Outcome, Reason
from runtime.domain.principal import Principal
from tests.flow.scene import ANN, BOB, CYD, FIX, GROUP_FIX, Bucket, a_bucket, a_group, approval_of, resume, stop
from tests.flow.world import CUSTOMER, NOW, World
from tests.memory.calls import Calls, lose, refuse


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A world in which what fails comes again, as SQS has it."""

    world: World
    calls: Calls

    def find(self, arn: str, fix_id: str = FIX) -> str:
        """Returns the run's id."""
        message = self.world.finding(arn, fix_id)
        self._deliver(lambda: self.world.platform.findings.handle(message))
        self.go_on()
        return self.world.history(message).events[0].correlation_id

    def order(self, command: Command, who: Principal = ANN) -> str:
        """Returns the command's own run."""
        message = self.world.ordered(command, who)
        self._deliver(lambda: self.world.deliver_order(message))
        self.go_on()
        return message.id

    def tick(self) -> None:
        self._deliver(self.world.platform.runs.resume.sweep)
        self.go_on()

    def go_on(self) -> None:
        """Deliver what the platform has sent to itself."""
        mail, runs = self.world.mail, self.world.platform.runs
        while mail.follow_ups or mail.runs:
            if mail.follow_ups:
                body, _ = mail.follow_ups.pop(0)
                handle = runs.handle_follow_up
            else:
                body, _ = mail.runs.pop(0)
                handle = runs.handle_run
            message = Message(id=mail.next_id(), body=body)
            self._deliver(lambda handle=handle, message=message: handle(message))

    def _deliver(self, handle: Callable[[], None]) -> None:
        for _ in range(3):
            try:
                handle()
            except SutureError:
                self.world.end_leases()
            else:
                return
        raise AssertionError("a message fails again and again")


def fixed(told: Told) -> None:
    told.find(a_bucket(told.world).arn)


def fixed_in_two_changes(told: Told) -> None:
    told.find(a_group(told.world).arn, GROUP_FIX)


def slow(told: Told) -> None:
    bucket = a_bucket(told.world)
    bucket.lag(3)
    told.find(bucket.arn)


def not_allowed(told: Told) -> None:
    """The second session is refused: the intent is withdrawn."""
    told.calls.before = refuse("sts:AssumeRole", "AccessDenied", at=2)
    told.find(a_bucket(told.world).arn)


def held(told: Told) -> None:
    stop(told.world)
    for name in ("first", "second", "third"):
        told.find(a_bucket(told.world, name).arn)
    resume(told.world)
    told.order(AnnounceStop(stop_id="STOP-1"))


def stopped_late(told: Told) -> None:
    """The stop comes after the intent."""

    def stop_now(_: int, name: str) -> None:
        if name == "sts:AssumeRole" and told.calls.count(name) == 2:
            stop(told.world)

    told.calls.before = stop_now
    told.find(a_bucket(told.world).arn)
    resume(told.world)
    told.tick()


def ended_and_retried(told: Told) -> None:
    stop(told.world)
    first, second = (told.find(a_bucket(told.world, name).arn) for name in ("first", "second"))
    told.order(EndRun(target_id=first, reason="over"))
    resume(told.world)
    told.order(RetryRun(target_id=second, reason="again"))


def approved(told: Told) -> None:
    told.world.onboard(environment="restricted-production")
    bucket = a_bucket(told.world)
    stored = told.world.outcome_of(told.find(bucket.arn))
    for who in (ANN, BOB):
        told.order(approval_of(stored), who)


def denied(told: Told) -> None:
    told.world.onboard(environment="production")
    run = told.find(a_bucket(told.world).arn)
    told.order(DenyPlan(review_id=run, reason="no"))


def undone_and_cleared(told: Told) -> None:
    bucket = a_bucket(told.world)
    run = told.find(bucket.arn)
    told.order(UndoChange(target_id=run, reason="broke it", dry_run=False))
    told.find(bucket.arn)
    told.order(ClearBlock(target_id=run, reason="it is over"))
    told.find(bucket.arn)


def excepted(told: Told) -> None:
    request = RequestException(
        exception_id="EX-1",
        control=f"RULE-{FIX}",
        account_id=CUSTOMER,
        resource="arn:aws:s3:::flow-*",
        environment="dev",
        reason="a website",
        ticket="SEC-1",
        expires_at=(NOW + timedelta(days=3)).isoformat(),
    )
    told.order(request, ANN)
    told.order(ApproveException(exception_id="EX-1", account_id=CUSTOMER, reason="agreed"), BOB)
    told.find(a_bucket(told.world).arn)
    told.tick()  # it ends soon
    told.order(RevokeException(exception_id="EX-1", account_id=CUSTOMER, reason="moved"), CYD)


STORIES: tuple[tuple[Callable[[Told], None], int], ...] = (
    (fixed, 2),
    (fixed_in_two_changes, 2),
    (slow, 3),
    (not_allowed, 2),
    (held, 10),
    (stopped_late, 5),
    (ended_and_retried, 6),
    (approved, 5),
    (denied, 2),
    (undone_and_cleared, 8),
    (excepted, 5),
)
"""Each with the least number of commits that it takes."""


def tell(story: Callable[[Told], None], lost: int) -> tuple[dict[str, Any], int]:
    """What a story comes to, and how many commits it took. The answer to the commit ``lost`` is lost, 0 for none."""
    world = World()
    world.onboard()
    with world.watched() as calls:
        calls.after = lose("store.commit", at=lost) if lost else calls.after
        story(Told(world=world, calls=calls))
    writes = Counter(name for name in calls.made if is_write(name))
    assert world.counted() == sum(may_have_written(world, run) for run in runs_of(world))
    return {
        "writes": writes,
        # What may have been written, for all that anybody knows then, counts too.
        "counted": world.counted() if writes else None,
        "runs": {run: what_became_of(world, run) for run in runs_of(world)},
        "buckets": {name: bucket.block for name, bucket in world.accounts.buckets.items()},
        "pasts": {name: pasts(world, name) for name in world.accounts.buckets},
        "exceptions": {key for key in world.store.items if key.partition.startswith("exceptions")},
        "held": world.held(),
        "locks": world.locks(),
        "told": {(event.get("correlation_id"), event.get("reason")) for event in world.mail.events},
        "review": {notice["correlation_id"] for notice in world.mail.review},
        "security": {notice.get("correlation_id") for notice in world.mail.security},
    }, calls.count("store.commit")


def is_write(name: str) -> bool:
    return name.startswith(("s3:Put", "s3:Delete", "ec2:Authorize", "ec2:Revoke"))


def runs_of(world: World) -> Iterator[str]:
    yield from sorted({key.partition for key in world.store.items if key.table == "audit"})


def may_have_written(world: World, run: str) -> bool:
    """Whether a run's write counts, by its record."""
    said = [event for event in world.history_of(run).events if event.kind in (EventKind.INTENT, EventKind.WITHDRAWN)]
    return bool(said and said[-1].evidence.counted)


def what_became_of(world: World, run: str) -> tuple[Outcome, Reason, int, int, int]:
    history = world.history_of(run)
    counts = Counter(event.kind for event in history.events)
    outcome = world.outcome_of(run)
    return (
        outcome.outcome,
        outcome.reason,
        *(counts[kind] for kind in (EventKind.HELD, EventKind.APPROVAL, EventKind.VERDICT)),
    )


def pasts(world: World, name: str) -> list[tuple[str, str]]:
    return [(past.kind, past.correlation_id) for past in Bucket(world=world, name=name).past()]


@pytest.mark.parametrize(("story", "commits"), STORIES, ids=[story.__name__ for story, _ in STORIES])
def test_whichever_answer_is_lost_everything_comes_to_the_same(story: Callable[[Told], None], commits: int) -> None:
    expected, made = tell(story, 0)
    assert made >= commits
    for lost in range(1, made + 1):
        found, _ = tell(story, lost)
        assert found == expected, f"with the answer to commit {lost} of {made} lost"
