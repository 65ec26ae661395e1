"""What the pipeline leaves on record is enough to decide again: by the same policy it comes out the same."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from cli.replay import Replayed, replay
from runtime.domain.audit import AuditEvent, EventKind
from runtime.domain.change_windows import DAYS
from runtime.domain.command import DryRun
from runtime.domain.fix import Options
from runtime.domain.guardrails import StopScope
from runtime.domain.outcome import Outcome
from runtime.domain.plan import State
from runtime.domain.resource import Resource
from runtime.fixes.catalog import FIX_BY_ID
from runtime.fixes.contract import Reader
from runtime.fixes.kinds.declared import Declared
from tests.flow.scene import ANN, FIX, Bucket, a_bucket, approval_of, resume, stop
from tests.flow.world import NOW, World
from tests.memory.calls import refuse


def _recorded(world: World) -> list[AuditEvent]:
    """The outcomes so far, as the audit table has them."""
    ended = [event for event in world.telemetry.recorded_events if event.kind is EventKind.OUTCOME]
    return [world.outcome_of(event.correlation_id) for event in ended]


def _fixed(_: World, bucket: Bucket) -> None:
    bucket.find()


def _compliant(_: World, bucket: Bucket) -> None:
    bucket.set_block()
    bucket.find()


def _gone(_: World, bucket: Bucket) -> None:
    replace(bucket, name="no-such-bucket").find()


def _undone_before(_: World, bucket: Bucket) -> None:
    bucket.undo(bucket.find())
    bucket.find()


def _approved(world: World, bucket: Bucket) -> None:
    world.onboard(environment="production")
    world.order(approval_of(bucket.found()), ANN)


def _rehearsed(world: World, bucket: Bucket) -> None:
    run = bucket.find()
    bucket.open()
    world.order(DryRun(target_id=run), ANN)


def _held(world: World, bucket: Bucket) -> None:
    stop(world, StopScope.FIX, FIX)
    bucket.find()
    world.now += timedelta(hours=1)
    resume(world)
    world.tick()


def _refused(world: World, bucket: Bucket, call: str) -> None:
    with world.watched() as calls:
        calls.before = refuse(call, "AccessDenied")
        bucket.find()


def _not_read(world: World, bucket: Bucket) -> None:
    _refused(world, bucket, "sts:AssumeRole")


def _denied(world: World, bucket: Bucket) -> None:
    _refused(world, bucket, "s3:PutPublicAccessBlock")


SCENES: Mapping[str, tuple[Callable[[World, Bucket], None], list[str]]] = {
    "fixed": (_fixed, ["REMEDIATE"]),
    "compliant": (_compliant, ["SKIP"]),
    "gone": (_gone, ["REJECT"]),
    "undone before": (_undone_before, ["REMEDIATE", "COMMAND", "UNDO", "NOTIFY"]),
    "approved": (_approved, ["APPROVE", "COMMAND", "APPROVED"]),
    "rehearsed": (_rehearsed, ["REMEDIATE", "COMMAND", "DRY_RUN"]),
    "held": (_held, ["REMEDIATE"]),
    "not read": (_not_read, ["nothing"]),
    "denied": (_denied, ["REMEDIATE"]),
}


@pytest.mark.parametrize(("scene", "decided"), SCENES.values(), ids=SCENES)
def test_every_record_is_decided_again_as_it_was(
    world: World, scene: Callable[[World, Bucket], None], decided: list[str]
) -> None:
    scene(world, a_bucket(world))
    found = []
    for event in _recorded(world):
        one = replay(event, world.current(), FIX_BY_ID)
        if isinstance(one, Replayed):
            assert one.differs == (), one
            found.append(str(one.recorded.outcome or "nothing"))
        else:
            found.append(one.name)
    assert found == decided


def test_a_slow_change_is_decided_again_as_of_when_it_was_decided(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """AWS may answer a read with the old state for a while; S3 stands for anything slow here."""
    observe, seen = Declared.observe, []

    def lagging(self: Declared, aws: Reader, resource: Resource, options: Options, only: Collection[str] = ()) -> State:
        seen.append(observe(self, aws, resource, options, only))
        return seen[0] if len(seen) < 5 else seen[-1]

    monkeypatch.setattr(Declared, "observe", lagging)
    window = {"days": list(DAYS), "opens": "11:00", "closes": "13:00"}
    world.policy["environments"]["dev"]["change_windows"] = [window]
    a_bucket(world).find()
    world.now += timedelta(hours=2)
    world.deliver_to_itself()
    (event,) = _recorded(world)
    assert event.at >= NOW + timedelta(hours=2)
    found = replay(event, world.current(), FIX_BY_ID)
    assert isinstance(found, Replayed)
    assert (found.replayed.outcome, found.differs) == (Outcome.REMEDIATE, ())
