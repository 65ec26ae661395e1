"""What holds for every fix, from every starting state: the laws 1 to 9 of a fix.

The fixes come from the catalog and the starting states from ``tests.laws.cases``; a fix without cases cannot be
collected, so nobody has to remember to write them. What is true after a change is read back from the service.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from runtime.application.executor import StaleState, Undone
from runtime.domain.errors import AwsAccessDenied, AwsError, AwsUnavailable
from runtime.domain.plan import Busy, Compliant, Elsewhere, Refused
from runtime.fixes.catalog import FIX_BY_ID
from runtime.fixes.contract import Fix
from tests.laws.calls_made import CASES, calls_made, calls_made_in, created
from tests.laws.cases import AlreadyCompliant, Bad, Case, Refusal, of_kind
from tests.laws.customer_account import Bench, client
from tests.laws.laws import applied, planned

in_an_empty_account = pytest.mark.usefixtures("empty_account")

EVERY_FIX = [pytest.param(fix, id=fix.spec.id) for fix in FIX_BY_ID.values()]


def every(kind: type[Case]) -> list[Any]:
    return [
        pytest.param(fix, case, id=f"{fix.spec.id}: {case.name}")
        for fix in FIX_BY_ID.values()
        for case in of_kind(CASES[fix.spec.id], kind)
    ]


def seen(bench: Bench) -> Any:
    return CASES[bench.fix.spec.id].read_back(client, bench.resource)


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


@pytest.mark.parametrize(("fix", "case"), every(Bad))
def test_the_laws_hold_while_a_resource_is_fixed_and_undone(fix: Fix, case: Bad) -> None:
    for broken in calls_made_in(fix.spec.id, case.name).broken:
        raise broken


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
    disturbed = seen(bench)
    changed = plan.in_place(bench.executor.observe()) is None
    undone = bench.executor.undo(plan, after=result.after, answers=result.answers)
    if changed:
        assert isinstance(undone, StaleState), undone
        assert bench.write.calls == writes
        assert seen(bench) == disturbed
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
    instead = seen(bench)
    assert instead != case.fixed
    assert isinstance(bench.plan_now(), Compliant)
    assert isinstance(bench.executor.undo(plan, after=result.after, answers=result.answers), StaleState)
    assert bench.write.calls == writes
    assert seen(bench) == instead


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
