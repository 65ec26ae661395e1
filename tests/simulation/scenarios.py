"""What happens at the same time: each scenario is a world, and the deliveries and deeds that run beside each other."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, partial

from runtime.application.ports import Message
from runtime.application.resume import RELEASED_FOR
from runtime.domain.command import (
    AnnounceStop,
    ApproveException,
    ApprovePlan,
    ClearBlock,
    DenyPlan,
    ReopenReview,
    RequestException,
    UndoChange,
    parse_order,
)
from runtime.domain.exceptions import ExceptionRequest, Step
from runtime.domain.followup import Approved, RunCommand, run_id
from runtime.domain.guardrails import Stop, StopScope
from runtime.items.exceptions import approved, find_exception, in_force_key, requested
from runtime.items.stops import put_stop
from tests.flow.scene import ANN, BOB, FIX, Bucket, a_bucket, resume, stop
from tests.flow.world import CUSTOMER, NOW, REGION, World
from tests.memory.account import Group

BUCKET = "flow-bucket"
GROUP = f"arn:aws:ec2:{REGION}:{CUSTOMER}:security-group/sg-0123456789abcdef0"
WIDE = {("tcp", 0, 65535): {"0.0.0.0/0"}}


@dataclass
class Stage:
    """A world in which something is about to happen.

    ``deliveries`` are messages with what takes them; one of them that fails comes again. ``deeds`` are done by people
    with the command, directly.
    """

    world: World
    deliveries: list[tuple[str, Message]] = field(default_factory=list)
    deeds: list[Callable[[], None]] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)
    """Runs that must end once."""
    reopened: bool = False
    """Somebody changes the resource besides."""

    def publish(self, arn: str = f"arn:aws:s3:::{BUCKET}", fix: str = FIX, *, times: int = 1, **values: str) -> str:
        """A finding is published, and delivered so many times. Returns its run's id."""
        message = published(arn, fix, tuple(sorted(values.items())), len(self.findings))
        run = run_of(message)
        self.findings.append(run)
        self.deliveries += [("finding", message)] * times
        return run


@cache
def published(arn: str, fix: str, values: tuple[tuple[str, str], ...], number: int) -> Message:
    """Rendering a body takes longer than handling it."""
    world = World()
    for _ in range(number * 2):
        world.mail.next_id()
    return world.finding(arn, fix, **dict(values))


@cache
def run_of(message: Message) -> str:
    return str(json.loads(message.body)["MessageId"])


def _world(environment: str = "dev", owner: str = "team@example.com") -> tuple[World, Bucket]:
    world = World()
    for _ in range(20):
        world.mail.next_id()
    world.onboard(environment=environment, owner=owner)
    return world, a_bucket(world, BUCKET)


def _twice(environment: str = "dev", *, owner: str = "team@example.com", **values: str) -> Stage:
    world, _ = _world(environment, owner)
    stage = Stage(world)
    stage.publish(times=2, **values)
    return stage


def _compliant() -> Stage:
    stage = _twice()
    stage.world.accounts.buckets[BUCKET].block = dict.fromkeys(
        ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True
    )
    return stage


def _missing() -> Stage:
    stage = _twice()
    del stage.world.accounts.buckets[BUCKET]
    return stage


def _slow() -> Stage:
    stage = _twice()
    stage.world.accounts.buckets[BUCKET].lag = 2
    return stage


def _two_changes() -> Stage:
    world, _ = _world()
    world.accounts.groups["sg-0123456789abcdef0"] = Group(rules={rule: set(ranges) for rule, ranges in WIDE.items()})
    stage = Stage(world)
    stage.publish(GROUP, "ec2-security-group-world-ingress", times=2)
    return stage


def _stopped() -> Stage:
    stage = _twice()
    stop(stage.world)
    stage.deeds.append(lambda: resume(stage.world))
    return stage


def _two_findings(environment: str = "dev") -> Stage:
    world, _ = _world(environment)
    stage = Stage(world)
    stage.publish()
    stage.publish()
    return stage


def _limited() -> Stage:
    """Two findings about two buckets, and one write an hour."""
    world, _ = _world()
    a_bucket(world, "another-bucket")
    world.policy["writes_per_hour"] = {"everything": 1, "account": 1000, "fix": 1000}
    stage = Stage(world)
    stage.publish()
    stage.publish("arn:aws:s3:::another-bucket")
    return stage


def _beside_stop() -> Stage:
    stage = _twice()
    stage.deliveries.pop()
    stage.deeds.append(lambda: stop(stage.world))
    return stage


def _beside_policy() -> Stage:
    stage = _twice()
    stage.deliveries.pop()

    def change() -> None:
        stage.world.policy["version"] = "flow-2"
        stage.world.policy["environments"]["dev"]["mode"] = "notify"

    stage.deeds.append(change)
    return stage


def _requested(world: World, exception_id: str = "EX-1") -> None:
    request = ExceptionRequest(
        id=exception_id,
        control="",
        account_id=CUSTOMER,
        resource="",
        environment="",
        ticket="SEC-1",
        expires_at=NOW.replace(month=12),
        requested=Step(principal=ANN, reason="a website", at=NOW, command_id="earlier"),
    )
    with world.watched():
        world.store.commit(requested(request))


def _beside_exception() -> Stage:
    stage = _twice()
    stage.deliveries.pop()
    _requested(stage.world)
    command = ApproveException(exception_id="EX-1", account_id=CUSTOMER, reason="agreed")
    stage.deliveries.append(("order", stage.world.ordered(command, BOB)))
    return stage


def _fixed() -> tuple[Stage, str]:
    """A bucket that was fixed, and is open again."""
    world, bucket = _world()
    stage = Stage(world)
    run = stage.publish()
    stage.deliveries.clear()
    world.platform.findings.handle(published(bucket.arn, FIX, (), 0))
    return stage, run


def _undo_twice() -> Stage:
    stage, run = _fixed()
    order = stage.world.ordered(UndoChange(target_id=run, reason="broke it", dry_run=False), ANN)
    stage.world.deliver_order(order)
    stage.findings.append(run_id(RunCommand(command_id=order.id)))
    (body, _), stage.world.mail.runs = stage.world.mail.runs[0], []
    stage.deliveries += [("run", Message(id="undo-run", body=body))] * 2
    return stage


def _finding_beside_undo() -> Stage:
    """The same resource is found again while its fix is undone."""
    stage = _undo_twice()
    stage.deliveries.pop()
    stage.publish()
    return stage


def _undo_beside_clear() -> Stage:
    stage = _undo_twice()
    stage.deliveries.pop()
    command = ClearBlock(target_id=stage.findings[0], reason="cleared")
    stage.deliveries.append(("order", stage.world.ordered(command, BOB)))
    return stage


def _reviewed(approvers: int = 1) -> tuple[Stage, str, str]:
    world, bucket = _world("production")
    world.policy["environments"]["production"]["approvers"] = approvers
    stage = Stage(world)
    run = stage.publish()
    stage.deliveries.clear()
    world.platform.findings.handle(published(bucket.arn, FIX, (), 0))
    return stage, run, world.outcome_of(run).plan_digest


def _approve_twice() -> Stage:
    """One command, delivered twice."""
    stage, run, digest = _reviewed()
    order = stage.world.ordered(ApprovePlan(review_id=run, digest=digest, reason="agreed"), ANN)
    stage.deliveries += [("order", order)] * 2
    stage.findings.append(run_id(Approved(review_id=run)))
    return stage


def _two_approvers() -> Stage:
    stage, run, digest = _reviewed(approvers=2)
    for who in (ANN, BOB):
        order = stage.world.ordered(ApprovePlan(review_id=run, digest=digest, reason="agreed"), who)
        stage.deliveries.append(("order", order))
    stage.findings.append(run_id(Approved(review_id=run)))
    return stage


def _approve_beside_deny() -> Stage:
    stage, run, digest = _reviewed()
    orders = (ApprovePlan(review_id=run, digest=digest, reason="agreed"), DenyPlan(review_id=run, reason="no"))
    for order, who in zip(orders, (ANN, BOB), strict=True):
        stage.deliveries.append(("order", stage.world.ordered(order, who)))
    return stage


def _joined(approvers: int = 1) -> tuple[Stage, str, str, str]:
    """A review that a second finding has joined."""
    stage, opened, digest = _reviewed(approvers)
    joined = stage.publish()
    stage.world.platform.findings.handle(stage.deliveries.pop()[1])
    return stage, opened, joined, digest


def _votes_for_two_findings() -> Stage:
    stage, opened, joined, digest = _joined(approvers=2)
    for run, who in ((opened, ANN), (joined, BOB)):
        order = stage.world.ordered(ApprovePlan(review_id=run, digest=digest, reason="agreed"), who)
        stage.deliveries.append(("order", order))
    stage.findings.append(run_id(Approved(review_id=opened)))
    return stage


def _vote_beside_denial_of_the_other() -> Stage:
    stage, opened, joined, digest = _joined()
    orders = (ApprovePlan(review_id=joined, digest=digest, reason="agreed"), DenyPlan(review_id=opened, reason="no"))
    for order, who in zip(orders, (ANN, BOB), strict=True):
        stage.deliveries.append(("order", stage.world.ordered(order, who)))
    return stage


def _finding_beside_denial(mode: str = "approve") -> Stage:
    """The same plan comes again while it is denied, and maybe by then nobody would have to be asked."""
    stage, opened, _ = _reviewed()
    stage.world.policy["environments"]["production"]["mode"] = mode
    stage.publish()
    stage.deliveries.append(("order", stage.world.ordered(DenyPlan(review_id=opened, reason="no"), BOB)))
    return stage


def _finding_beside_reopening() -> Stage:
    stage, opened, _ = _reviewed()
    stage.world.deliver_order(stage.world.ordered(DenyPlan(review_id=opened, reason="no"), BOB))
    stage.publish()
    stage.deliveries.append(("order", stage.world.ordered(ReopenReview(review_id=opened, reason="again"), ANN)))
    return stage


def _approved_run_twice() -> Stage:
    stage = _approve_twice()
    stage.world.deliver_order(stage.deliveries.pop()[1])
    stage.deliveries.clear()
    (body, _), stage.world.mail.runs = stage.world.mail.runs[0], []
    stage.deliveries += [("run", Message(id="approved-run", body=body))] * 2
    return stage


def _request_twice() -> Stage:
    stage = _twice()
    stage.deliveries.clear()
    stage.findings.clear()
    command = RequestException(
        exception_id="EX-2",
        control="",
        account_id=CUSTOMER,
        resource="",
        environment="",
        reason="a website",
        ticket="SEC-1",
        expires_at=NOW.replace(month=12).isoformat(),
    )
    stage.deliveries += [("order", stage.world.ordered(command, ANN))] * 2
    return stage


def _two_exceptions() -> Stage:
    """Two exceptions of one account are approved."""
    world, _ = _world()
    stage = Stage(world)
    for exception_id in ("EX-1", "EX-2"):
        _requested(world, exception_id)
        command = ApproveException(exception_id=exception_id, account_id=CUSTOMER, reason="agreed")
        stage.deliveries.append(("order", world.ordered(command, BOB)))
    return stage


def _two_requests() -> Stage:
    """Two people choose the same id."""
    stage = _request_twice()
    (_, first), _ = stage.deliveries
    order = parse_order(first.body)
    stage.deliveries[1] = ("order", stage.world.ordered(order.command, BOB))
    return stage


def _two_stops() -> Stage:
    """Two people stop changes: what is beside each other are the commands themselves."""
    world, _ = _world()
    stage = Stage(world)
    for number in (1, 2):
        stop = Stop(
            id=f"STOP-{number}",
            scope=StopScope.EVERYTHING,
            value="",
            reason="an incident",
            stopped_by=ANN.arn,
            at=world.now,
        )
        stage.deeds.append(partial(put_stop, world.store, stop))
    return stage


def _sweep_beside_held() -> Stage:
    """The sweep releases a run again, beside the run itself."""
    stage = _held_runs()
    stage.deeds.clear()
    stage.deliveries[1:] = [("follow-up", Message(id="tick", body='{"kind":"tick"}'))]
    stage.world.now += RELEASED_FOR
    stage.world.mail.forget()
    return stage


def _held_runs() -> Stage:
    """A run that is resumed, twice, beside a new stop."""
    stage = _twice()
    world = stage.world
    stop(world)
    world.platform.findings.handle(stage.deliveries.pop()[1])
    stage.deliveries.clear()
    resume(world)
    order = world.ordered(AnnounceStop(stop_id="STOP-1"), ANN)
    world.deliver_order(order)
    runs, world.mail.runs = world.mail.runs, []
    stage.deliveries += [("run", Message(id="held-run", body=body)) for body, _ in runs] * 2
    stage.deeds.append(lambda: stop(world, stop_id="STOP-2"))
    return stage


def _revoked_exception() -> Stage:
    """An exception in force is revoked beside a finding."""
    stage = _beside_exception()
    world = stage.world
    with world.watched():
        exception = find_exception(world.store, "EX-1", CUSTOMER)
        assert exception is not None
        step = Step(principal=BOB, reason="agreed", at=NOW, command_id="earlier")
        found = world.store.read([in_force_key(CUSTOMER)]).item(in_force_key(CUSTOMER))
        world.store.commit(approved(exception, step, found, NOW))
    return stage


def _meddled() -> Stage:
    """Somebody changes the bucket by hand beside a finding."""
    stage = _twice()
    stage.deliveries.pop()
    stage.reopened = True
    bucket = Bucket(world=stage.world, name=BUCKET)
    stage.deeds.append(lambda: bucket.set_block(BlockPublicAcls=False))
    return stage


SCENARIOS: dict[str, Callable[[], Stage]] = {
    "fixed": _twice,
    "severity below the floor": lambda: _twice(severity="LOW"),
    "issue resolved": lambda: _twice(status="RESOLVED"),
    "to be approved": lambda: _twice("production"),
    "dry run": lambda: _twice("sandbox"),
    "no owner": lambda: _twice(owner=""),
    "not onboarded": lambda: _twice(account_id="999999999999"),
    "compliant": _compliant,
    "missing": _missing,
    "slow": _slow,
    "two changes": _two_changes,
    "stopped": _stopped,
    "two findings, one resource": _two_findings,
    "two findings, one left of the limit": _limited,
    "beside a stop": _beside_stop,
    "beside another policy": _beside_policy,
    "beside an exception": _beside_exception,
    "beside a revocation": _revoked_exception,
    "beside somebody's change": _meddled,
    "undo": _undo_twice,
    "finding beside undo": _finding_beside_undo,
    "undo beside clear": _undo_beside_clear,
    "approval": _approve_twice,
    "two approvers": _two_approvers,
    "approval beside denial": _approve_beside_deny,
    "approved run": _approved_run_twice,
    "two findings, one plan": lambda: _two_findings("production"),
    "votes for two findings": _votes_for_two_findings,
    "vote beside denial of the other": _vote_beside_denial_of_the_other,
    "finding beside denial": _finding_beside_denial,
    "finding unasked beside denial": lambda: _finding_beside_denial("remediate"),
    "finding beside reopening": _finding_beside_reopening,
    "request for an exception": _request_twice,
    "resumed beside a stop": _held_runs,
    "a sweep beside a held run": _sweep_beside_held,
    "two exceptions": _two_exceptions,
    "two requests with one id": _two_requests,
    "two stops": _two_stops,
}
