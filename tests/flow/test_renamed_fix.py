"""A fix gets another id, and keeps the one that it had as a former one: what people have said still holds."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from functools import cache, lru_cache
from types import SimpleNamespace

import pytest

from runtime.domain.audit import AuditEvent, EventKind
from runtime.domain.command import DenyPlan, ReopenReview
from runtime.domain.fix_summary import by_name, summarize
from runtime.domain.outcome import Outcome, Reason
from runtime.fixes import catalog
from runtime.fixes.catalog import SPECS
from runtime.fixes.s3 import block_public_access
from tests.flow import world as worlds
from tests.flow.scene import ANN, BOB, FIX, Bucket, a_bucket, approval_of, approved_run
from tests.flow.world import World

NEW = "s3-close-bucket"


@pytest.fixture
def bucket(world: World) -> Bucket:
    world.onboard(environment="production")
    return a_bucket(world)


@pytest.fixture
def rename(world: World, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """From now on the fix has another id. ``aliases`` are those that it is known to have had."""

    def rename(*aliases: str) -> None:
        renamed = replace(block_public_access.FIX, id=NEW, aliases=aliases)
        known = by_name(
            [*(summarize(spec) for fix_id, spec in SPECS.items() if fix_id != FIX), summarize(renamed.spec)]
        )
        modules = {NEW: SimpleNamespace(FIX=renamed), FIX: None}  # there is no module under the former id any more
        for fix_id, module in modules.items():
            monkeypatch.setitem(sys.modules, catalog._module_of(fix_id), module)
        monkeypatch.setattr(catalog.FIX_BY_ID, "_load", cache(catalog._fix))
        monkeypatch.setattr(catalog, "summaries", lambda: known)
        monkeypatch.setattr(worlds, "summaries", lambda: known)
        monkeypatch.setattr(worlds, "_policy_from", lru_cache(worlds._policy_from.__wrapped__))
        (entry,) = (entry for entry in world.policy["catalog"] if entry["fix"] == FIX)
        entry["fix"] = NEW

    return rename


def _denied(world: World, bucket: Bucket) -> AuditEvent:
    stored = bucket.found()
    assert world.order(DenyPlan(review_id=stored.correlation_id, reason="a website"), BOB).outcome is Outcome.DONE
    return stored


def test_nobody_is_asked_about_a_plan_again_that_was_denied_before(
    world: World, bucket: Bucket, rename: Callable[..., None]
) -> None:
    stored = _denied(world, bucket)
    rename(FIX)
    found = bucket.found()
    assert (found.outcome, found.reason, found.fix_id) == (Outcome.SKIP, Reason.PLAN_DENIED, NEW)
    assert f"suture review reopen {stored.correlation_id}" in found.sentence
    world.order(ReopenReview(review_id=stored.correlation_id, reason="it has moved"), ANN)
    assert bucket.found().review_id == stored.correlation_id


def test_a_plan_joins_the_review_from_before_and_is_carried_out_by_its_approval(
    world: World, bucket: Bucket, rename: Callable[..., None]
) -> None:
    stored = bucket.found()
    rename(FIX)
    found = bucket.found()
    assert (found.review_id, found.fix_id) == (stored.correlation_id, NEW)
    assert world.order(approval_of(stored), ANN).reason is Reason.APPROVAL_COMPLETE
    run = world.outcome_of(approved_run(stored.correlation_id))
    assert (run.outcome, run.reason, run.fix_id) == (Outcome.APPROVED, Reason.PLAN_APPROVED, NEW)
    assert bucket.closed


def test_what_people_said_of_another_fix_does_not_count(
    world: World, bucket: Bucket, rename: Callable[..., None]
) -> None:
    """Even if it would do the very same: the fix with this id is another one as far as anybody knows."""
    denied, asked = _denied(world, bucket), a_bucket(world, "other").found()
    rename("s3-close-door")
    assert bucket.found().review_id not in ("", denied.correlation_id)
    assert Bucket(world=world, name="other").found().review_id not in ("", asked.correlation_id)
    world.order(approval_of(asked), ANN)
    run = world.outcome_of(approved_run(asked.correlation_id))
    assert (run.outcome, run.reason) == (Outcome.APPROVE, Reason.APPROVAL_VOID)
    assert f'fix_id was "{FIX}" and is "{NEW}"' in run.sentence
    assert not Bucket(world=world, name="other").closed


def test_a_change_that_was_made_before_can_be_undone(world: World, bucket: Bucket, rename: Callable[..., None]) -> None:
    world.onboard(environment="dev")
    run = bucket.find()
    assert bucket.closed
    rename(FIX)
    bucket.undo(run)
    undone = world.telemetry.recorded_events[-1]
    assert (undone.kind, undone.outcome, undone.fix_id) == (EventKind.OUTCOME, Outcome.UNDO, FIX)
    assert (undone.reason, undone.evidence.hazard) == (Reason.UNDO_REQUESTED, SPECS[NEW].undo_hazard)
    assert bucket.block() is None
    assert bucket.found().reason is Reason.UNDONE_BEFORE
