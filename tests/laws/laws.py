"""What is asked of one bad resource while it is fixed and undone: most laws of a fix.

Making a starting state takes longer than a law, so all are asked of the same one. ``Seen`` is what the service itself
says of the resource.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from itertools import combinations, islice
from typing import Any

import pytest

from runtime.application.executor import AlreadyApplied, Applied, ChangeFailed, StaleState, Undone
from runtime.domain.document import from_json, to_json
from runtime.domain.errors import AwsAccessDenied, AwsUnavailable
from runtime.domain.plan import Compliant, Plan, Planned, Refused, canonical_json, same_state
from tests.laws.cases import Bad
from tests.laws.customer_account import CHANGES, Bench, client

type Seen = Callable[[], Any]

SUBSETS = 300
"""Of the states with something missing, at most so many are tried: those that lack least first."""


def planned(bench: Bench) -> Plan:
    plan = bench.plan_now()
    assert isinstance(plan, Plan), plan
    return plan


def applied(bench: Bench, plan: Plan) -> Applied:
    result = bench.executor.apply(plan)
    assert isinstance(result, Applied), result
    return result


def fix_and_undo(bench: Bench, case: Bad, plan: Planned, seen: Seen) -> None:
    """Carry out the plan for a bad state and, where it can be, take it back. Laws 1 to 4, 7 and 8."""
    fix = bench.fix
    original = seen()
    assert original != case.fixed
    assert isinstance(plan, Plan), plan
    assert (plan.fix_id, plan.resource_arn) == (fix.spec.id, bench.resource.arn)

    # 8: a plan survives JSON, and is the same whenever it is made.
    stored = from_json(Plan, json.loads(json.dumps(to_json(plan))))
    assert (stored, stored.digest) == (plan, plan.digest)
    CHANGES.may_have_happened()
    assert planned(bench).digest == plan.digest

    # 7: a state with anything missing never becomes a plan, and no read can be denied and still give one. Nothing has
    # changed yet, so the other reads are answered as they were.
    for partial in islice(_partial(plan.before), SUBSETS):
        assert isinstance(bench.executor.plan(partial), Refused), f"of {sorted(partial)}"
    for operation in sorted(set(bench.read.calls)):
        blinded = Bench(fix, case, bench.resource, answers=bench.answers, denied=frozenset({operation}))
        blinded.read.answered |= bench.read.answered
        with pytest.raises(AwsAccessDenied):
            blinded.plan_now()

    # 1: the fix verifies once it is applied, and not before; what it leaves is what the plan said.
    assert not bench.executor.took_effect(plan, plan.before)
    first = applied(bench, plan)
    assert first.verified
    assert seen() == case.fixed
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
    assert seen() == original
    assert same_state(bench.executor.observe(), plan.before, plan.volatile)
    writes = list(bench.write.calls)
    assert isinstance(bench.executor.undo(plan, after=first.after, answers=first.answers), Undone)
    assert bench.write.calls == writes


def stop_and_disturb(bench: Bench, case: Bad, seen: Seen) -> None:
    """What becomes of a plan that stops in the middle, or whose resource somebody changed meanwhile. Laws 9 and 5."""
    # 9: what stops in the middle is taken back, or can be undone from there.
    plan = planned(bench)
    if len(plan.changes) > 1:
        _stop_in_the_middle(bench, plan, seen)
        plan = planned(bench)

    # 5: applying stops where somebody changed the resource since it was planned for.
    writes = list(bench.write.calls)
    case.disturb(client, bench.resource)
    disturbed = seen()
    assert isinstance(bench.executor.apply(plan), StaleState)
    assert bench.write.calls == writes
    assert seen() == disturbed


def _stop_in_the_middle(bench: Bench, plan: Plan, seen: Seen) -> None:
    """A refusal is taken back at once. After a lost answer nobody knows, so it is left, and undone when asked for."""
    original = seen()
    for made in range(1, len(plan.changes)):
        bench.write.fail_after(made, AwsAccessDenied)
        stopped = bench.executor.apply(plan)
        assert isinstance(stopped, ChangeFailed), stopped
        assert stopped.changes_left == 0
        assert seen() == original

        bench.write.fail_after(made, AwsUnavailable)
        stopped = bench.executor.apply(plan)
        assert isinstance(stopped, ChangeFailed), stopped
        assert stopped.left_in is not None
        assert plan.in_place(stopped.left_in) == made
        assert isinstance(bench.executor.undo(plan, after=stopped.left_in, answers=({},) * made), Undone)
        assert seen() == original


def _partial(state: Any) -> Iterator[dict[str, Any]]:
    for count in range(1, len(state) + 1):
        for missing in combinations(state, count):
            yield {name: value for name, value in state.items() if name not in missing}
