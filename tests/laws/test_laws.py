"""What holds for every fix, from every starting state: the laws 1 to 9 of a fix.

The fixes come from the catalog and the starting states from ``tests.laws.cases``; a fix without cases cannot be
collected, so nobody has to remember to write them. What is true after a change is read back from the service. Making
a starting state takes longer than a law, so all laws are asked of the same one, in the order in which a resource is
fixed and undone.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from importlib import import_module
from itertools import combinations, islice
from types import ModuleType
from typing import Any

import pytest
from moto import mock_aws

from runtime.application.executor import AlreadyApplied, Applied, ChangeFailed, StaleState, Undone
from runtime.domain.document import from_json, to_json
from runtime.domain.errors import AwsAccessDenied, AwsError, AwsUnavailable
from runtime.domain.fix import Options
from runtime.domain.plan import (
    Busy,
    Compliant,
    Elsewhere,
    Plan,
    Refused,
    canonical_json,
    same_state,
)
from runtime.domain.resource import Resource
from runtime.fixes.catalog import FIX_BY_ID
from runtime.fixes.contract import Fix, Reader
from tests.laws.cases import AlreadyCompliant, Bad, Case, Clients, Refusal, of_kind
from tests.laws.customer_account import Bench, RecordingSession, client

CASES: dict[str, ModuleType] = {
    fix_id: import_module(f"tests.laws.cases.{fix_id.replace('-', '_')}") for fix_id in FIX_BY_ID
}
EVERY_FIX = [pytest.param(fix, id=fix.spec.id) for fix in FIX_BY_ID.values()]

SUBSETS = 300
"""Of the states with something missing, at most so many are tried: those that lack least first."""


def every(kind: type[Case]) -> list[Any]:
    return [
        pytest.param(fix, case, id=f"{fix.spec.id}: {case.name}")
        for fix in FIX_BY_ID.values()
        for case in of_kind(CASES[fix.spec.id], kind)
    ]


def created(fix: Fix, case: Case) -> Bench:
    clients: Clients = client
    return Bench(fix, case, case.create(clients), answers=answers(fix, case))


def answers(fix: Fix, case: Case) -> dict[str, Any]:
    """What stands in for operations that moto does not have, and for states that it does not keep."""
    found: dict[str, Any] = getattr(CASES[fix.spec.id], "ANSWERS", {})
    return {**found, **case.answers}


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
    bench = created(fix, case)
    assert isinstance(bench.plan_now(), Compliant)


@pytest.mark.parametrize(("fix", "case"), every(Refusal))
def test_a_resource_that_the_fix_would_break_is_refused_with_the_reason(fix: Fix, case: Refusal) -> None:
    bench = created(fix, case)
    refused = bench.plan_now()
    assert isinstance(refused, Refused | Elsewhere | Busy), refused
    assert case.because in refused.sentence


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

    # 7: a state with anything missing never becomes a plan, and no read can be denied and still give one.
    for partial in islice(_partial(plan.before), SUBSETS):
        assert isinstance(bench.executor.plan(partial), Refused), f"of {sorted(partial)}"
    for operation in sorted(set(bench.read.calls)):
        blinded = Bench(fix, case, bench.resource, answers=answers(fix, case), denied=frozenset({operation}))
        with pytest.raises(AwsAccessDenied):
            blinded.plan_now()

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

    # 5: applying stops where somebody changed the resource since it was planned for.
    plan = planned(bench)
    case.disturb(client, bench.resource)
    disturbed = seen(bench, fix)
    assert isinstance(bench.executor.apply(plan), StaleState)
    assert bench.write.calls == writes
    assert seen(bench, fix) == disturbed


def _partial(state: Any) -> Iterator[dict[str, Any]]:
    for count in range(1, len(state) + 1):
        for missing in combinations(state, count):
            yield {name: value for name, value in state.items() if name not in missing}


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


@pytest.mark.parametrize(("fix", "case"), every(Bad))
def test_law_9_what_stops_in_the_middle_is_taken_back_or_can_be_undone_from_there(fix: Fix, case: Bad) -> None:
    """A refusal is taken back at once. After a lost answer nobody knows, so it is left, and undone when asked for."""
    bench = created(fix, case)
    plan = planned(bench)
    if len(plan.changes) == 1 or not plan.reversible:
        return
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


@pytest.mark.parametrize("fix", EVERY_FIX)
def test_law_6_the_calls_made_are_exactly_those_declared(fix: Fix) -> None:
    """And those that a fix and its type declare beforehand are all made: no answer is fetched that is not looked at."""
    reads: set[str] = set()
    writes: set[str] = set()
    tag_reads: set[str] = set()
    kinds = {}
    for case in CASES[fix.spec.id].CASES:
        with mock_aws():
            bench = created(fix, case)
            plan = bench.plan_now()
            if isinstance(plan, Plan):
                result = applied(bench, plan)
                if plan.reversible:
                    bench.executor.undo(plan, after=result.after, answers=result.answers)
            reads.update(bench.read.calls)
            writes.update(bench.write.calls)
            kind = fix.type_of(bench.resource)
            kinds[kind.name] = kind

            def observe(reader: Reader, resource: Resource, options: Options = bench.options) -> object:
                return fix.observe(reader, resource, options)

            looks = ((kind.tag_calls(bench.resource), kind.read_tags), (fix.calls(bench.resource), observe))
            for declared, look in looks:
                session = RecordingSession(bench.resource.region, answers=answers(fix, case))
                reader = session.reader()
                look(reader, bench.resource)
                for call in declared:
                    assert call in reader.used.values(), f"{case.name}: {call} is not asked for"
                if look == kind.read_tags:
                    tag_reads.update(session.calls)
    assert reads == _operations(fix.spec.reads)
    assert writes == _operations(fix.spec.writes)
    assert tag_reads == {name for kind in kinds.values() for name in _operations(kind.tag_permissions)}
    assert kinds.keys() == set(fix.spec.resource_types)


def _operations(permissions: Iterable[Any]) -> set[str]:
    return {permission.operation for permission in permissions}


def test_the_errors_of_the_laws_are_the_two_that_the_executor_tells_apart() -> None:
    words = {"service": "s3", "operation": "PutBucketPolicy", "code": "Any", "message": ""}
    assert AwsAccessDenied(**words).refused
    assert issubclass(AwsUnavailable, AwsError)
