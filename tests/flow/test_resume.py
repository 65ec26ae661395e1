"""Releases of what is held: a bounded number in each account at a time, and none is lost or retried for ever."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from runtime.application.ports import Message
from runtime.application.resume import MOST_RELEASED, RELEASED_FOR, SWEEP_BUDGET
from runtime.domain.audit import EventKind
from runtime.domain.command import EndRun, RetryRun
from runtime.domain.errors import AwsUnavailable, PlatformCallFailed
from runtime.domain.followup import run_id
from runtime.domain.guardrails import StopScope
from runtime.domain.hold import MOST_RELEASES
from runtime.domain.outcome import Outcome, Reason
from runtime.items.holds import hold_key
from tests.flow.scene import ANN, FIX, GROUP_FIX, Bucket, a_bucket, a_group, resume, stop
from tests.flow.world import CUSTOMER, World
from tests.memory.calls import Crash, Hook, refuse

FINDINGS, ACCOUNTS = 400, 20
"""Held at the same time: in each account, twice as many as are released at a time."""


@pytest.fixture
def bucket(world: World) -> Bucket:
    return a_bucket(world)


def hold_findings(world: World, count: int, account_id: str = CUSTOMER, *, name: str = "bucket") -> list[str]:
    """Findings in an account in which changes are stopped. Returns their runs, in the order in which they came."""
    runs = []
    for number in range(count):
        bucket = a_bucket(world, f"{name}-{account_id}-{number}", owner=account_id)
        message = world.finding(bucket.arn, FIX, account_id=account_id)
        world.platform.findings.handle(message)
        runs.append(world.history(message).events[0].correlation_id)
    return runs


def deliver_next(world: World) -> None:
    """Deliver the first message in the queue of runs."""
    body, _ = world.mail.runs.pop(0)
    world.platform.runs.handle_run(Message(id=world.mail.next_id(), body=body))


def lose_every_release(world: World, times: int = MOST_RELEASES + 1) -> None:
    """So often that the run is stuck: it is released, and no word of it comes back."""
    for _ in range(times):
        world.platform.runs.resume.sweep()
        world.mail.runs.clear()
        world.mail.forget()
        world.now += RELEASED_FOR


def test_so_many_are_released_in_an_account_and_the_next_when_one_ends(world: World) -> None:
    stop(world)
    runs = hold_findings(world, MOST_RELEASED + 3)
    resume(world)
    released: list[str] = []
    with world.watched() as calls:
        for _ in range(3):
            world.platform.runs.resume.sweep()
        for _ in range(2):
            deliver_next(world)
        released = [run_id(one.run) for sent in calls.arguments("mail.start") for one in sent]
    assert released == runs[: MOST_RELEASED + 2]
    assert len(world.mail.runs) == MOST_RELEASED
    world.deliver_to_itself()
    assert world.held() == []
    assert {world.outcome_of(run).outcome for run in runs} == {Outcome.REMEDIATE}


def test_an_account_does_not_wait_for_another(world: World) -> None:
    world.onboard("333333333333")
    stop(world)
    first, second = hold_findings(world, MOST_RELEASED * 2), hold_findings(world, 2, "333333333333")
    resume(world)
    with world.watched() as calls:
        world.platform.runs.resume.sweep()
    sent = [run_id(one.run) for sent in calls.arguments("mail.start") for one in sent]
    assert sorted(sent) == sorted([*first[:MOST_RELEASED], *second])


def test_what_still_has_to_wait_keeps_no_place_from_what_need_not(world: World) -> None:
    stop(world)
    waiting = hold_findings(world, MOST_RELEASED)
    stop(world, StopScope.FIX, FIX, "STOP-2")
    group = a_group(world)
    message = world.finding(group.arn, GROUP_FIX)
    world.handle(message)
    resume(world)
    world.tick()
    assert world.outcome(message).outcome is Outcome.REMEDIATE
    assert [hold.correlation_id for hold in world.held()] == waiting
    resume(world, "STOP-2")
    world.tick()
    assert world.held() == []


def test_of_many_findings_in_many_accounts_each_is_released_once_and_all_end(world: World) -> None:
    accounts = [f"{number:012d}" for number in range(1, ACCOUNTS + 1)]
    for account_id in accounts:
        world.onboard(account_id)
    stop(world)
    runs = [run for account_id in accounts for run in hold_findings(world, FINDINGS // ACCOUNTS, account_id)]
    assert len(runs) == len(world.held()) == FINDINGS
    resume(world)
    delivered = 0
    with world.watched() as calls:
        world.platform.runs.resume.sweep()
        while world.mail.runs:
            deliver_next(world)
            delivered += 1
            assert len(world.mail.runs) <= MOST_RELEASED * ACCOUNTS
            if delivered % 100 == 0:
                world.platform.runs.resume.sweep()
    sent = [run_id(one.run) for sent in calls.arguments("mail.start") for one in sent]
    assert sorted(sent) == sorted(runs)
    assert calls.count("s3:PutPublicAccessBlock") == FINDINGS
    assert {world.outcome_of(run).outcome for run in runs} == {Outcome.REMEDIATE}
    assert world.held() == []
    assert world.locks() == []
    assert world.telemetry.problems == []


def test_a_held_finding_of_which_two_messages_arrive_is_changed_once(world: World, bucket: Bucket) -> None:
    stop(world)
    run = bucket.find()
    resume(world)
    with world.watched() as calls:
        world.platform.runs.resume.sweep()
        ((body, _),) = world.mail.runs
        for _ in range(3):
            world.platform.runs.handle_run(Message(id="1", body=body))
    assert calls.count("s3:PutPublicAccessBlock") == 1
    assert world.outcome_of(run).outcome is Outcome.REMEDIATE


# -- runs that do not end -------------------------------------------------------------------------------------------


def test_a_run_that_does_not_end_is_told_of_once_and_keeps_no_place(world: World) -> None:
    stop(world)
    stuck, *others = hold_findings(world, MOST_RELEASED + 2)
    resume(world)
    with world.watched() as calls:
        for _ in range(MOST_RELEASES + 3):
            world.platform.runs.resume.sweep()
            world.mail.runs = [sent for sent in world.mail.runs if stuck not in sent[0]]
            world.deliver_to_itself()
            world.mail.forget()
            world.now += RELEASED_FOR
        sent = [run_id(one.run) for sent in calls.arguments("mail.start") for one in sent]
    assert Counter(sent) == {stuck: MOST_RELEASES, **dict.fromkeys(others, 1)}
    assert world.telemetry.problems == ["RUN_STUCK"]
    assert [notice["correlation_id"] for notice in world.mail.security] == [stuck]
    assert [hold.correlation_id for hold in world.held() if hold.stuck] == [stuck]
    assert {world.outcome_of(run).outcome for run in others} == {Outcome.REMEDIATE}
    stop(world, stop_id="STOP-2")
    more = hold_findings(world, MOST_RELEASED, name="later")
    resume(world, "STOP-2")
    with world.watched() as calls:
        world.platform.runs.resume.sweep()
    assert [run_id(one.run) for sent in calls.arguments("mail.start") for one in sent] == more


def test_a_stuck_run_is_released_again_when_an_operator_retries_it(world: World, bucket: Bucket) -> None:
    stop(world)
    run = bucket.find()
    resume(world)
    lose_every_release(world)
    world.tick()
    assert not bucket.closed
    retried = world.order(RetryRun(target_id=run, reason="the role is back"), ANN)
    assert (retried.outcome, retried.reason) == (Outcome.DONE, Reason.RETRY_ACCEPTED)
    assert retried.evidence.target_id == run
    assert bucket.closed
    assert world.outcome_of(run).outcome is Outcome.REMEDIATE
    assert world.held() == []


def test_a_retry_during_a_sweep_is_not_lost_to_what_the_sweep_had_seen(world: World, bucket: Bucket) -> None:
    stop(world)
    run = bucket.find()
    resume(world)
    lose_every_release(world, MOST_RELEASES)
    retry = world.ordered(RetryRun(target_id=run, reason="the cause is gone"), ANN)

    with world.watched() as calls:

        def meanwhile(_: int, name: str) -> None:
            if name == "mail.tell":
                calls.before = lambda _, __: None
                world.platform.commands.handle_operator(retry)

        calls.before = meanwhile
        world.platform.runs.resume.sweep()
    assert world.outcome_of(retry.id).reason is Reason.RETRY_ACCEPTED
    assert [(hold.releases, hold.stuck) for hold in world.held()] == [(1, False)], "released once, for the retry"


def test_a_retried_run_still_waits_for_what_stands_in_its_way(world: World, bucket: Bucket) -> None:
    stop(world)
    run = bucket.find()
    assert world.order(RetryRun(target_id=run, reason="now"), ANN).reason is Reason.RETRY_ACCEPTED
    assert not bucket.closed
    assert [hold.correlation_id for hold in world.held()] == [run]


def test_a_held_run_that_an_operator_ends_has_failed_and_changes_nothing_any_more(world: World, bucket: Bucket) -> None:
    stop(world)
    message = world.finding(bucket.arn, FIX)
    world.handle(message)
    run = world.held()[0].correlation_id
    resume(world)
    world.platform.runs.resume.sweep()  # its message is on its way
    ended = world.order(EndRun(target_id=run, reason="it is being torn down"), ANN)
    assert (ended.outcome, ended.reason) == (Outcome.DONE, Reason.RUN_ENDED)
    outcome = world.outcome_of(run)
    assert (outcome.outcome, outcome.reason) == (Outcome.FAILED, Reason.ENDED_BY_OPERATOR)
    assert ANN.arn in outcome.sentence
    assert "it is being torn down" in outcome.sentence
    assert outcome.evidence.plan is not None
    assert world.held() == []
    assert {told["reason"] for told in world.mail.review} == {Reason.ENDED_BY_OPERATOR}
    world.handle(message)
    assert world.outcome_of(run) == outcome
    assert not bucket.closed


def test_a_run_is_retried_or_ended_while_it_is_held_and_at_no_other_time(world: World, bucket: Bucket) -> None:
    never_held = bucket.find()
    stop(world)
    over = a_bucket(world, "held-once").find()
    resume(world)
    world.tick()
    for run in (never_held, over):
        for command in (RetryRun(target_id=run, reason="again"), EndRun(target_id=run, reason="over")):
            refused = world.order(command, ANN)
            assert (refused.outcome, refused.reason) == (Outcome.REJECT, Reason.NOT_HELD)
        assert world.outcome_of(run).outcome is Outcome.REMEDIATE
    assert world.order(EndRun(target_id="no-such-run", reason="over"), ANN).reason is Reason.NOTHING_RECORDED


def withdraw(world: World, bucket: Bucket) -> str:
    """A run that was held, announced its change when it was released, and could not make it."""
    stop(world)
    run = bucket.find()
    resume(world)
    with world.watched() as calls:
        calls.before = refuse("sts:AssumeRole", "SlowDown", at=2)
        with pytest.raises(AwsUnavailable):
            world.tick()
    assert [event.kind for event in world.history_of(run).events][-1] is EventKind.WITHDRAWN
    return run


def test_a_held_run_whose_intent_was_withdrawn_can_be_retried(world: World, bucket: Bucket) -> None:
    run = withdraw(world, bucket)
    lose_every_release(world)
    assert world.order(RetryRun(target_id=run, reason="again"), ANN).reason is Reason.RETRY_ACCEPTED
    assert bucket.closed
    assert world.held() == []


def test_a_held_run_whose_intent_was_withdrawn_can_be_ended(world: World, bucket: Bucket) -> None:
    run = withdraw(world, bucket)
    assert world.order(EndRun(target_id=run, reason="over"), ANN).reason is Reason.RUN_ENDED
    assert world.outcome_of(run).reason is Reason.ENDED_BY_OPERATOR
    assert world.held() == []
    assert not bucket.closed


def test_a_held_run_that_may_have_written_is_settled_by_a_retry_and_not_ended_unseen(
    world: World, bucket: Bucket
) -> None:
    def die(_: int, name: str) -> None:
        if name == "s3:PutPublicAccessBlock":
            raise Crash

    stop(world)
    run = bucket.find()
    resume(world)
    with world.watched() as calls:
        calls.after = die
        with pytest.raises(Crash):
            world.tick()
    lose_every_release(world)
    refused = world.order(EndRun(target_id=run, reason="over"), ANN)
    assert (refused.outcome, refused.reason) == (Outcome.REJECT, Reason.NOT_HELD)
    assert f"suture retry {run}" in refused.sentence
    assert world.order(RetryRun(target_id=run, reason="look at it"), ANN).reason is Reason.RETRY_ACCEPTED
    assert world.outcome_of(run).outcome is Outcome.REMEDIATE
    assert world.held() == []


def test_a_run_that_ends_at_the_moment_at_which_it_is_ended_has_one_outcome(world: World, bucket: Bucket) -> None:
    stop(world)
    run = bucket.find()
    resume(world)
    world.platform.runs.resume.sweep()
    message = world.ordered(EndRun(target_id=run, reason="over"), ANN)

    def run_first(_: int, name: str) -> None:
        if name == "store.commit" and calls.count(name) == 1:
            deliver_next(world)

    with world.watched() as calls:
        calls.before = run_first
        world.deliver_order(message)
    assert world.outcome_of(message.id).reason is Reason.NOT_HELD
    assert world.outcome_of(run).outcome is Outcome.REMEDIATE
    assert bucket.closed


# -- the sweep ------------------------------------------------------------------------------------------------------


def test_a_hold_that_cannot_be_read_is_reported_and_keeps_nothing_from_being_released(world: World) -> None:
    stop(world)
    broken, *others = hold_findings(world, 3)
    resume(world)
    (hold,) = [hold for hold in world.held() if hold.correlation_id == broken]
    key = hold_key(hold)
    world.store.items[key] = {**world.store.items[key], "reason": "no such reason"}
    world.tick()
    assert "HOLD_UNREADABLE" in world.telemetry.problems
    assert {world.outcome_of(run).outcome for run in others} == {Outcome.REMEDIATE}
    assert world.history_of(broken).outcome is None
    assert key in world.store.items  # it is there for a person to see


def hold_in_slow_accounts(world: World, number_of_accounts: int) -> tuple[list[str], Hook]:
    """One finding in each account. A sweep has the time to look at three of them."""
    accounts = [f"{number:012d}" for number in range(1, number_of_accounts + 1)]
    for account_id in accounts:
        world.onboard(account_id)
    stop(world)
    runs = [run for account_id in accounts for run in hold_findings(world, 1, account_id)]
    resume(world)

    def slow(_: int, name: str) -> None:
        if name == "store.find":
            world.now += SWEEP_BUDGET / 4  # the first asks for the accounts

    return runs, slow


def test_the_sweep_stops_when_its_time_is_over_and_says_so(world: World) -> None:
    runs, slow = hold_in_slow_accounts(world, 8)
    with world.watched() as calls:
        calls.before = slow
        world.platform.runs.resume.sweep()
    assert calls.count("mail.start") == 3
    assert world.telemetry.problems == ["SWEEP_UNFINISHED"]
    world.deliver_to_itself()
    assert len(world.held()) == len(runs) - 3


def test_no_account_is_last_in_every_sweep(world: World) -> None:
    """Where time runs out in each, all are swept in the end: they begin with any of the accounts."""
    runs, slow = hold_in_slow_accounts(world, 8)
    for _ in range(200):
        with world.watched() as calls:
            calls.before = slow
            world.platform.runs.resume.sweep()
        world.deliver_to_itself()
        world.now += timedelta(minutes=1)
        if not world.held():
            break
    assert {world.outcome_of(run).outcome for run in runs} == {Outcome.REMEDIATE}


def test_a_release_that_cannot_be_sent_is_sent_by_the_next_sweep(world: World, bucket: Bucket) -> None:
    stop(world)
    run = bucket.find()
    resume(world)
    with world.watched() as calls:
        calls.before = refuse("mail.start", "ServiceUnavailable")
        with pytest.raises(PlatformCallFailed):
            world.tick()
    assert not bucket.closed
    world.tick()
    assert world.outcome_of(run).outcome is Outcome.REMEDIATE
