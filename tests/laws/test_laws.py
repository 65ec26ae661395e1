"""What holds for every fix, from every starting state: the laws 1 to 9 of a fix.

The fixes come from the catalog and the starting states from ``tests.laws.cases``; a fix without cases cannot be
collected, so nobody has to remember to write them. What is true after a change is read back from the service. Making
a starting state takes longer than a law, so all laws are asked of the same one, in the order in which a resource is
fixed and undone.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import combinations, islice
from typing import Any

import pytest

from runtime.application.executor import AlreadyApplied, Applied, ChangeFailed, StaleState, Undone
from runtime.domain.document import from_json, to_json
from runtime.domain.errors import AwsAccessDenied, AwsError, AwsUnavailable
from runtime.domain.plan import (
    Busy,
    Compliant,
    Elsewhere,
    Plan,
    Refused,
    canonical_json,
    same_state,
)
from runtime.fixes.catalog import FIX_BY_ID
from runtime.fixes.contract import Fix
from tests.laws.calls_made import CASES, calls_made, calls_made_in, created
from tests.laws.cases import AlreadyCompliant, Bad, Case, Refusal, of_kind
from tests.laws.customer_account import Bench, RecordingSession, client

in_an_empty_account = pytest.mark.usefixtures("empty_account")

EVERY_FIX = [pytest.param(fix, id=fix.spec.id) for fix in FIX_BY_ID.values()]

SUBSETS = 300
"""Of the states with something missing, at most so many are tried: those that lack least first."""


def every(kind: type[Case]) -> list[Any]:
    return [
        pytest.param(fix, case, id=f"{fix.spec.id}: {case.name}")
        for fix in FIX_BY_ID.values()
        for case in of_kind(CASES[fix.spec.id], kind)
    ]


def seen(bench: Bench, fix: Fix) -> Any:
    return CASES[fix.spec.id].read_back(client, bench.resource)


def planned(bench: Bench) -> Plan:
    plan = bench.plan_now()
    assert isinstance(plan, Plan), plan
    return plan


def applied(bench: Bench, plan: Plan) -> Applied:
    result = bench.executor.apply(plan)
    assert isinstance(result, Applied), result
    return result


@pytest.mark.parametrize("fix", EVERY_FIX)
def test_every_fix_has_the_starting_states_that_the_laws_need(fix: Fix) -> None:
    cases = CASES[fix.spec.id]
    for kind in (Bad, AlreadyCompliant, Refusal):
        assert of_kind(cases, kind), kind.__name__
    names = [case.name for case in cases.CASES]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(("fix", "case"), every(AlreadyCompliant))
def test_a_compliant_resource_is_left_alone(fix: Fix, case: AlreadyCompliant) -> None:
    assert isinstance(calls_made_in(fix.spec.id, case.name).planned, Compliant)


@pytest.mark.parametrize(("fix", "case"), every(Refusal))
def test_a_resource_that_the_fix_would_break_is_refused_with_the_reason(fix: Fix, case: Refusal) -> None:
    refused = calls_made_in(fix.spec.id, case.name).planned
    assert isinstance(refused, Refused | Elsewhere | Busy), refused
    assert case.because in refused.sentence


@in_an_empty_account
@pytest.mark.parametrize(("fix", "case"), every(Bad))
def test_the_laws_hold_while_a_resource_is_fixed_and_undone(fix: Fix, case: Bad) -> None:
    bench = created(fix, case)
    original = seen(bench, fix)
    assert original != case.fixed
    plan = planned(bench)
    assert (plan.fix_id, plan.resource_arn) == (fix.spec.id, bench.resource.arn)

    # 8: a plan survives JSON, and is the same whenever it is made.
    stored = from_json(Plan, json.loads(json.dumps(to_json(plan))))
    assert (stored, stored.digest) == (plan, plan.digest)
    assert planned(bench).digest == plan.digest

    # 7: a state with anything missing never becomes a plan, and no read can be denied and still give one. Nothing has
    # changed yet, so all other reads give the answers that they gave.
    for partial in islice(_partial(plan.before), SUBSETS):
        assert isinstance(bench.executor.plan(partial), Refused), f"of {sorted(partial)}"
    for operation in sorted(set(bench.read.calls)):
        blinded = RecordingSession(bench.resource.region, denied=frozenset({operation}), answered=bench.read.answered)
        with pytest.raises(AwsAccessDenied):
            Bench(fix, case, bench.resource, read=blinded).plan_now()

    # 1: the fix verifies once it is applied, and not before; what it leaves is what the plan said.
    assert not bench.executor.took_effect(plan, plan.before)
    first = applied(bench, plan)
    assert first.verified
    assert seen(bench, fix) == case.fixed
    observed = bench.executor.observe()
    for name in plan.touched:
        assert canonical_json(observed[name]) == canonical_json(plan.changes[-1].leaves[name]), name
    assert same_state(first.after, observed, plan.volatile)

    # 2 and 3: planning again says compliant, and applying again does nothing.
    assert isinstance(bench.executor.plan(observed), Compliant)
    writes = list(bench.write.calls)
    assert isinstance(bench.executor.apply(plan), AlreadyApplied)
    assert bench.write.calls == writes

    # 4: undoing puts back exactly what was there; and undoing again does nothing.
    assert plan.reversible == (fix.spec.reversible and case.promised)
    if not plan.reversible:
        return
    undone = bench.executor.undo(stored, after=first.after, answers=first.answers)
    assert isinstance(undone, Undone), undone
    assert undone.restored
    assert seen(bench, fix) == original
    assert same_state(bench.executor.observe(), plan.before, plan.volatile)
    writes = list(bench.write.calls)
    assert isinstance(bench.executor.undo(plan, after=first.after, answers=first.answers), Undone)
    assert bench.write.calls == writes

    # 9: what stops in the middle is taken back, or can be undone from there.
    plan = planned(bench)
    if len(plan.changes) > 1:
        _stop_in_the_middle(fix, bench, plan)
        plan = planned(bench)

    # 5: applying stops where somebody changed the resource since it was planned for.
    writes = list(bench.write.calls)
    case.disturb(client, bench.resource)
    disturbed = seen(bench, fix)
    assert isinstance(bench.executor.apply(plan), StaleState)
    assert bench.write.calls == writes
    assert seen(bench, fix) == disturbed


def _stop_in_the_middle(fix: Fix, bench: Bench, plan: Plan) -> None:
    """A refusal is taken back at once. After a lost answer nobody knows, so it is left, and undone when asked for."""
    original = seen(bench, fix)
    for made in range(1, len(plan.changes)):
        bench.write.fail_after(made, AwsAccessDenied)
        stopped = bench.executor.apply(plan)
        assert isinstance(stopped, ChangeFailed), stopped
        assert stopped.changes_left == 0
        assert seen(bench, fix) == original

        bench.write.fail_after(made, AwsUnavailable)
        stopped = bench.executor.apply(plan)
        assert isinstance(stopped, ChangeFailed), stopped
        assert stopped.left_in is not None
        assert plan.in_place(stopped.left_in) == made
        assert isinstance(bench.executor.undo(plan, after=stopped.left_in, answers=({},) * made), Undone)
        assert seen(bench, fix) == original


def _partial(state: Any) -> Iterator[dict[str, Any]]:
    for count in range(1, len(state) + 1):
        for missing in combinations(state, count):
            yield {name: value for name, value in state.items() if name not in missing}


@in_an_empty_account
@pytest.mark.parametrize(("fix", "case"), every(Bad))
def test_law_5_undoing_stops_where_somebody_changed_what_was_fixed_and_else_restores_it(fix: Fix, case: Bad) -> None:
    bench = created(fix, case)
    plan = planned(bench)
    if not plan.reversible:
        return
    result = applied(bench, plan)
    writes = list(bench.write.calls)
    case.disturb(client, bench.resource)
    disturbed = seen(bench, fix)
    undone = bench.executor.undo(plan, after=result.after, answers=result.answers)
    if isinstance(undone, StaleState):
        assert bench.write.calls == writes
        assert seen(bench, fix) == disturbed
    else:
        assert isinstance(undone, Undone), undone
        assert plan.in_place(bench.executor.observe()) == 0


@in_an_empty_account
@pytest.mark.parametrize(
    ("fix", "case"), [one for one in every(Bad) if isinstance(case := one.values[1], Bad) and case.instead]
)
def test_law_5_undoing_leaves_what_somebody_set_instead(fix: Fix, case: Bad) -> None:
    assert case.instead
    bench = created(fix, case)
    plan = planned(bench)
    result = applied(bench, plan)
    writes = list(bench.write.calls)
    case.instead(client, bench.resource)
    instead = seen(bench, fix)
    assert instead != case.fixed
    assert isinstance(bench.plan_now(), Compliant)
    assert isinstance(bench.executor.undo(plan, after=result.after, answers=result.answers), StaleState)
    assert bench.write.calls == writes
    assert seen(bench, fix) == instead


@pytest.mark.parametrize("fix", EVERY_FIX)
def test_law_6_the_calls_made_are_exactly_those_declared(fix: Fix) -> None:
    """And those that a fix and its type declare beforehand are all made: no answer is fetched that is not looked at."""
    made = calls_made(fix.spec.id)
    for case in made:
        assert not case.unasked, case.case
    kinds = {kind.name: kind for kind in (fix.type_of(case.resource) for case in made)}
    assert {name for case in made for name, _ in case.reads} == _operations(fix.spec.reads)
    assert {name for case in made for name, _ in case.writes} == _operations(fix.spec.writes)
    tag_reads = {name for kind in kinds.values() for name in _operations(kind.tag_permissions)}
    assert {name for case in made for name, _ in case.tag_reads} == tag_reads
    assert kinds.keys() == set(fix.spec.resource_types)


def _operations(permissions: Iterable[Any]) -> set[str]:
    return {permission.operation for permission in permissions}


def test_the_errors_of_the_laws_are_the_two_that_the_executor_tells_apart() -> None:
    words = {"service": "s3", "operation": "PutBucketPolicy", "code": "Any", "message": ""}
    assert AwsAccessDenied(**words).refused
    assert issubclass(AwsUnavailable, AwsError)
