"""A bucket, and a security group, that are open to the world, in a world, and what can be asked of them."""

from __future__ import annotations

from dataclasses import dataclass

from runtime.domain.audit import AuditEvent
from runtime.domain.command import ApprovePlan, Command, UndoChange
from runtime.domain.followup import Approved, run_id
from runtime.domain.guardrails import Past, Stop, StopScope
from runtime.domain.principal import Principal
from runtime.items.past import past_from_item, past_key
from runtime.items.stops import Resumption, put_resumption, put_stop
from tests.flow.world import CUSTOMER, REGION, World, person
from tests.memory import account

FIX = "s3-block-public-access"
GROUP_FIX = "ec2-security-group-world-ingress"
CLOSED = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
ANN, BOB, CYD = person("ann"), person("bob"), person("cyd")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """A bucket of the customer's."""

    world: World
    name: str

    @property
    def arn(self) -> str:
        return f"arn:aws:s3:::{self.name}"

    @property
    def _kept(self) -> account.Bucket:
        return self.world.accounts.buckets[self.name]

    def block(self) -> dict[str, bool] | None:
        """Its public access block; ``None`` if it has none."""
        return self._kept.block

    @property
    def closed(self) -> bool:
        return self.block() == CLOSED

    def set_block(self, **changes: bool) -> None:
        self._kept.block = {**CLOSED, **changes}

    def open(self) -> None:
        """Somebody opens it again."""
        self._kept.block = None

    def lag(self, reads: int) -> None:
        """From now on, so many reads after a change of it still show what was there before."""
        self._kept.lag = reads

    def tag(self, **tags: str) -> None:
        self._kept.tags = tags

    def past(self) -> tuple[Past, ...]:
        """What is known to have been done to it."""
        key = past_key(self.arn)
        return past_from_item(key, self.world.store.items.get(key))

    def find(self) -> str:
        """Wiz finds it, and the finding is handled. Returns the run's id."""
        message = self.world.finding(self.arn, FIX)
        self.world.handle(message)
        return self.world.history(message).events[0].correlation_id

    def found(self) -> AuditEvent:
        """Wiz finds it. Returns the outcome."""
        return self.world.outcome_of(self.find())

    def undo(self, run_id: str, *, dry_run: bool = False, who: Principal = ANN) -> AuditEvent:
        """Somebody has a run undone. Returns the command's outcome."""
        return self.world.order(UndoChange(target_id=run_id, reason="broke it", dry_run=dry_run), who)


def a_bucket(world: World, name: str = "flow-bucket", *, owner: str = CUSTOMER) -> Bucket:
    world.accounts.buckets[name] = account.Bucket(owner=owner)
    return Bucket(world=world, name=name)


WIDE, ABOVE_SSH = (0, 65535), (23, 65535)
AROUND_SSH = {(0, 21), ABOVE_SSH}
"""What a group has open before the fix, what is added first, and what it has after it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """A security group of the customer's: closing port 22 takes two changes."""

    world: World
    id: str

    @property
    def arn(self) -> str:
        return f"arn:aws:ec2:{REGION}:{CUSTOMER}:security-group/{self.id}"

    @property
    def _kept(self) -> account.Group:
        return self.world.accounts.groups[self.id]

    def ranges(self) -> set[tuple[int, int]]:
        """Which ports are open to the world."""
        return {(first, last) for _, first, last in self._kept.rules}

    def open(self, *ranges: tuple[int, int]) -> None:
        """Make it as it was, whatever was made of it: everything is open, or these ports."""
        self._kept.changed.clear()
        self._kept.rules = {("tcp", first, last): {"0.0.0.0/0"} for first, last in ranges or [WIDE]}

    def attach(self) -> None:
        """An instance with it starts."""
        self._kept.interfaces += 1

    def assert_wanted_ports_are_open(self, after: str) -> None:
        for port in (80, 443):
            assert any(first <= port <= last for first, last in self.ranges()), f"{port} was cut off by {after}"


def a_group(world: World, group_id: str = "sg-0123456789abcdef0") -> Group:
    world.accounts.groups[group_id] = account.Group()
    group = Group(world=world, id=group_id)
    group.open()
    return group


def approval_of(stored: AuditEvent) -> Command:
    """The approval of the plan that a run stored."""
    return ApprovePlan(review_id=stored.correlation_id, digest=stored.plan_digest, reason="agreed")


def approved_run(review_id: str) -> str:
    """The id of the run that carries out the plan which a run stored."""
    return run_id(Approved(review_id=review_id))


def stop(world: World, scope: StopScope = StopScope.EVERYTHING, value: str = "", stop_id: str = "STOP-1") -> None:
    """Somebody stops changes, as the command does: the registry first, so that it holds at once."""
    with world.watched():
        stop = Stop(id=stop_id, scope=scope, value=value, reason="an incident", stopped_by=ANN.arn, at=world.now)
        put_stop(world.store, stop)


def resume(world: World, stop_id: str = "STOP-1") -> None:
    """Somebody ends a stop, and has not announced it yet."""
    with world.watched():
        put_resumption(world.store, stop_id, Resumption(by=ANN.arn, reason="it is over", at=world.now))
