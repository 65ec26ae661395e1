"""What holds for every fix, from every starting state: the laws 1 to 8 of a fix.

The fixes come from the catalog and the starting states from ``tests.laws.cases``; a fix without cases cannot be
collected, so nobody has to remember to write them. What is true after a change is read back from the service.
"""

from __future__ import annotations

import json
from importlib import import_module
from itertools import combinations
from types import ModuleType
from typing import Any

import pytest
from moto import mock_aws

from runtime.application.executor import AlreadyApplied, Applied, StaleState, Undone
from runtime.domain.errors import AwsAccessDenied
from runtime.domain.plan import Compliant, Plan, Refused, canonical_json, plan_from_json, plan_to_json
from runtime.fixes.catalog import FIXES
from runtime.fixes.contract import Fix
from runtime.fixes.tags import read_tags, tag_calls, tag_permissions
from tests.laws.cases import AlreadyCompliant, Bad, Case, Clients, Refusal, Unreadable, of_kind
from tests.laws.customer_account import Bench, RecordingSession, client

CASES: dict[str, ModuleType] = {
    fix.spec.id: import_module(f"tests.laws.cases.{fix.spec.id.replace('-', '_')}") for fix in FIXES
}
EVERY_FIX = [pytest.param(fix, id=fix.spec.id) for fix in FIXES]


def every(kind: type[Case]) -> list[Any]:
    return [
        pytest.param(fix, case, id=f"{fix.spec.id}: {case.name}")
        for fix in FIXES
        for case in of_kind(CASES[fix.spec.id], kind)
    ]


def created(fix: Fix, case: Case, *, denied: str = "") -> Bench:
    clients: Clients = client
    return Bench(fix, case, case.create(clients), denied=frozenset({denied} - {""}))


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
    assert len(of_kind(cases, Bad)) >= 2
    for kind in (AlreadyCompliant, Refusal, Unreadable):
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
    assert isinstance(refused, Refused)
    assert case.because in refused.sentence


@pytest.mark.parametrize(("fix", "case"), every(Bad))
def test_law_1_the_fix_verifies_after_it_is_applied_and_not_before(fix: Fix, case: Bad) -> None:
    bench = created(fix, case)
    plan = planned(bench)
    before = seen(bench, fix)
    assert before != case.fixed
    assert applied(bench, plan).verified
    assert seen(bench, fix) == case.fixed


@pytest.mark.parametrize(("fix", "case"), every(Bad))
def test_law_2_planning_again_after_the_fix_says_compliant(fix: Fix, case: Bad) -> None:
    bench = created(fix, case)
    applied(bench, planned(bench))
    assert isinstance(bench.plan_now(), Compliant)


@pytest.mark.parametrize(("fix", "case"), every(Bad))
def test_law_3_applying_or_undoing_twice_is_the_same_as_once(fix: Fix, case: Bad) -> None:
    bench = created(fix, case)
    original = seen(bench, fix)
    plan = planned(bench)
    first = applied(bench, plan)
    writes = list(bench.write.calls)
    assert isinstance(bench.executor.apply(plan), AlreadyApplied)
    assert bench.write.calls == writes
    assert seen(bench, fix) == case.fixed

    if not fix.spec.reversible:
        return
    restored = Undone(after=plan.before, restored=True)
    assert bench.executor.undo(plan, after=first.after, answers=first.answers) == restored
    writes = list(bench.write.calls)
    assert bench.executor.undo(plan, after=first.after, answers=first.answers) == restored
    assert bench.write.calls == writes
    assert seen(bench, fix) == original


@pytest.mark.parametrize(("fix", "case"), every(Bad))
def test_law_4_undoing_puts_back_exactly_what_was_there(fix: Fix, case: Bad) -> None:
    bench = created(fix, case)
    original = seen(bench, fix)
    plan = planned(bench)
    assert plan.reversible == fix.spec.reversible
    if not plan.reversible:
        return
    result = applied(bench, plan)
    stored = plan_from_json(json.loads(json.dumps(plan_to_json(plan))))
    undone = bench.executor.undo(stored, after=result.after, answers=result.answers)
    assert isinstance(undone, Undone), undone
    assert seen(bench, fix) == original
    assert canonical_json(dict(bench.executor.observe())) == canonical_json(dict(plan.before))


@pytest.mark.parametrize(("fix", "case"), every(Bad))
def test_law_5_applying_stops_where_somebody_changed_the_resource_since_it_was_planned(fix: Fix, case: Bad) -> None:
    bench = created(fix, case)
    plan = planned(bench)
    case.disturb(client, bench.resource)
    disturbed = seen(bench, fix)
    assert isinstance(bench.executor.apply(plan), StaleState)
    assert bench.write.calls == []
    assert seen(bench, fix) == disturbed


@pytest.mark.parametrize(("fix", "case"), every(Bad))
def test_law_5_undoing_stops_where_somebody_changed_the_resource_since_it_was_fixed(fix: Fix, case: Bad) -> None:
    if not fix.spec.reversible:
        return
    bench = created(fix, case)
    plan = planned(bench)
    result = applied(bench, plan)
    writes = list(bench.write.calls)
    case.disturb(client, bench.resource)
    disturbed = seen(bench, fix)
    undone = bench.executor.undo(plan, after=result.after, answers=result.answers)
    assert isinstance(undone, StaleState), undone
    assert bench.write.calls == writes
    assert seen(bench, fix) == disturbed


@pytest.mark.parametrize("fix", EVERY_FIX)
def test_law_6_the_calls_made_are_exactly_those_declared(fix: Fix) -> None:
    reads: set[str] = set()
    writes: set[str] = set()
    tag_reads: set[str] = set()
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
            tags = RecordingSession(bench.resource.region)
            read_tags(tags.reader(), bench.resource)
            tag_reads.update(tags.calls)
    assert reads == {permission.operation for permission in fix.spec.reads}
    assert writes == {permission.operation for permission in fix.spec.writes}
    assert tag_reads == {
        permission.operation for name in fix.spec.resource_types for permission in tag_permissions(name)
    }


@pytest.mark.parametrize("fix", EVERY_FIX)
def test_law_6_the_calls_that_are_made_beforehand_are_all_made_whatever_the_resource_is_like(fix: Fix) -> None:
    """Those that a fix and the reader of its resource's tags declare: no answer is fetched that is not looked at."""
    for case in CASES[fix.spec.id].CASES:
        with mock_aws():
            resource = case.create(client)
            looks = ((fix.calls(resource), fix.observe), (tag_calls(resource), read_tags))
            for declared, look in looks:
                assert declared, look
                reader = RecordingSession(resource.region).reader()
                look(reader, resource)
                for call in declared:
                    assert call in reader.used.values(), f"{case.name}: {call} is not asked for"


@pytest.mark.parametrize(("fix", "case"), every(Bad))
def test_law_7_a_state_with_anything_missing_never_becomes_a_plan(fix: Fix, case: Bad) -> None:
    bench = created(fix, case)
    state = dict(bench.executor.observe())
    for count in range(1, len(state) + 1):
        for missing in combinations(state, count):
            partial = {name: value for name, value in state.items() if name not in missing}
            assert isinstance(bench.executor.plan(partial), Refused), f"without {', '.join(missing)}"


@pytest.mark.parametrize(("fix", "case"), every(Unreadable))
def test_law_7_a_resource_that_cannot_be_read_is_not_planned_for(fix: Fix, case: Unreadable) -> None:
    bench = created(fix, case, denied=case.denied)
    with pytest.raises(AwsAccessDenied):
        bench.plan_now()
    assert case.denied in bench.read.calls


@pytest.mark.parametrize(("fix", "case"), every(Bad))
def test_law_7_no_read_of_the_fix_can_be_denied_and_still_give_a_plan(fix: Fix, case: Bad) -> None:
    bench = created(fix, case)
    planned(bench)
    for operation in sorted(set(bench.read.calls)):
        blinded = Bench(fix, case, bench.resource, denied=frozenset({operation}))
        with pytest.raises(AwsAccessDenied):
            blinded.plan_now()


@pytest.mark.parametrize(("fix", "case"), every(Bad))
def test_law_8_a_plan_survives_json_and_is_the_same_whenever_it_is_made(fix: Fix, case: Bad) -> None:
    bench = created(fix, case)
    plan = planned(bench)
    stored = plan_from_json(json.loads(json.dumps(plan_to_json(plan))))
    assert stored == plan
    assert stored.digest == plan.digest
    assert planned(bench).digest == plan.digest
    assert (plan.fix_id, plan.resource_arn) == (fix.spec.id, bench.resource.arn)
