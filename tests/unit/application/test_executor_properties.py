"""The executor over random plans and failures: what it says is so, and whatever it leaves can be undone."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, cast

from hypothesis import given
from hypothesis import strategies as st

from runtime.application.executor import Applied, ChangeFailed, Executor, Undone
from runtime.application.ports import Session
from runtime.domain.errors import AwsAccessDenied, AwsError, AwsUnavailable
from runtime.domain.fix import FixSpec, options_for
from runtime.domain.plan import Change, Compliant, Plan, Planned, State
from runtime.domain.resource import Resource
from runtime.fixes.contract import Reader
from tests.unit.domain.cases import ACCOUNT_ID, BUCKET_ARN, FIX, NOW

RESOURCE = Resource(
    type="AWS::S3::Bucket", arn=BUCKET_ARN, name="ledger", account_id=ACCOUNT_ID, region="eu-west-1", partition="aws"
)
SETTINGS, LISTS = ("color", "size"), ("readers", "writers")


class Fault(Enum):
    """What becomes of one call."""

    NONE = "carried out, and answered"
    DENIED = "refused for good"
    THROTTLED = "refused for now"
    UNSENT = "neither carried out nor answered"
    LOST = "carried out, and the answer is lost"


@dataclass
class Account:
    """One resource: two settings, and two lists to which others add too. ``faults`` strike at the next writes."""

    parts: dict[str, Any]
    faults: list[Fault] = field(default_factory=list)
    unreadable: bool = False

    def observe(self) -> dict[str, Any]:
        if self.unreadable:
            raise AwsUnavailable(service="fake", operation="Get", code="Throttling", message="later")
        return {name: sorted(part) if isinstance(part, set) else part for name, part in self.parts.items()}

    def call(self, service: str, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        fault = self.faults.pop(0) if self.faults else Fault.NONE
        words = {"service": service, "operation": operation, "code": fault.name, "message": fault.value}
        if fault is Fault.DENIED:
            raise AwsAccessDenied(**words)
        if fault is Fault.THROTTLED:
            raise AwsUnavailable(**words)
        if fault is Fault.UNSENT:
            raise AwsUnavailable(**words, refused=False)
        name, value = parameters["Name"], parameters["Value"]
        match operation:
            case "Set":
                self.parts[name] = value
            case "Add":
                assert value not in self.parts[name], "it would be a duplicate"
                self.parts[name].add(value)
            case "Remove":
                assert value in self.parts[name], "there is none"
                self.parts[name].remove(value)
        if fault is Fault.LOST:
            raise AwsUnavailable(**words, refused=False)
        return {}


@dataclass(frozen=True)
class Always:
    """The fix whose plan is this one, as long as it has not taken effect."""

    made: Plan
    spec: FixSpec = FIX

    def observe(self, aws: Any, resource: Resource, options: Any, only: Collection[str] = ()) -> State:
        state = dict(aws.observe())
        return {name: state[name] for name in only} if only else state

    def plan(self, resource: Resource, state: State, options: Any) -> Planned:
        return Compliant(sentence="Done.") if self.made.took_effect(state) else self.made


def executor(account: Account, plan: Plan) -> Executor:
    return Executor(
        fix=Always(plan),  # type: ignore[arg-type]
        resource=RESOURCE,
        options=options_for(FIX, {}, NOW),
        look=lambda see, whole=True: see(cast(Reader, account)),
        open_write=lambda: cast(Session, account),
    )


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """One to four changes, each of which can be told from what was there before."""
    parts: dict[str, Any] = {name: draw(st.integers(0, 2)) for name in SETTINGS}
    parts |= {name: draw(st.sets(st.integers(0, 3))) for name in LISTS}
    before = Account(deepcopy(parts)).observe()
    calls: list[tuple[str, str, Any, str, Any]] = []
    for name in draw(st.permutations((*SETTINGS, *LISTS)))[: draw(st.integers(1, 4))]:
        if name in SETTINGS:
            calls.append(("Set", name, parts[name] + 1, "Set", parts[name]))
        else:
            value = draw(st.integers(0, 3))
            there = value in parts[name]
            calls.append(("Remove" if there else "Add", name, value, "Add" if there else "Remove", value))
    account, changes, undo = Account(deepcopy(parts)), [], []
    for operation, name, value, back, old in calls:
        parameters = {"Name": name, "Value": value}
        account.call("fake", operation, parameters)
        changes.append((operation, parameters, account.observe()))
        undo.append(Change(service="fake", operation=back, parameters={"Name": name, "Value": old}))
    touched = [name for _, name, *_ in calls]
    return Plan(
        fix_id=FIX.id,
        resource_arn=BUCKET_ARN,
        summary="Random.",
        before=before,
        changes=tuple(
            Change(
                service="fake",
                operation=operation,
                parameters=parameters,
                leaves={name: left[name] for name in touched},
            )
            for operation, parameters, left in changes
        ),
        undo=tuple(undo),
    )


def as_before(plan: Plan) -> Account:
    return Account({name: set(part) if isinstance(part, list) else part for name, part in plan.before.items()})


faults = st.lists(st.sampled_from(Fault), max_size=8)
STRANGER = 99
"""An item that somebody else adds."""


def applied(account: Account, plan: Plan) -> Applied | ChangeFailed | AwsError:
    try:
        result = executor(account, plan).apply(plan)
    except AwsError as error:
        return error
    assert isinstance(result, Applied | ChangeFailed), result
    return result


@given(plans(), faults, st.booleans())
def test_whatever_fails_the_plan_left_a_state_of_its_own_and_the_result_says_which(
    plan: Plan, struck: Sequence[Fault], unreadable: bool
) -> None:
    account = as_before(plan)
    account.faults = list(struck)
    found = account.observe()
    account.unreadable = unreadable
    try:
        result: Any = executor(account, plan).apply(plan, found=found)
    except AwsError as error:
        result = error
    account.unreadable = False
    made = plan.in_place(account.observe())
    assert made is not None
    match result:
        case Applied():
            assert result.verified
            assert made == len(plan.changes)
        case ChangeFailed(left_in=None):
            assert unreadable
        case ChangeFailed():
            assert result.left_in == account.observe()
            assert result.changes_left <= made or not result.error.refused
        case AwsError():
            assert result.retryable
            assert made == (len(plan.changes) if unreadable else 0)


@given(plans(), st.integers(0, 3), st.sampled_from((Fault.DENIED, Fault.THROTTLED)))
def test_a_refusal_at_any_call_takes_back_all_before_it(plan: Plan, at: int, fault: Fault) -> None:
    account = as_before(plan)
    account.faults = [*[Fault.NONE] * (at % len(plan.changes)), fault]
    result = applied(account, plan)
    assert account.observe() == plan.before
    assert isinstance(result, AwsUnavailable if fault is Fault.THROTTLED else ChangeFailed)


@given(plans(), faults, faults, st.sets(st.sampled_from(LISTS)))
def test_whatever_is_left_by_failures_in_both_is_undone_in_the_end_and_what_others_added_stays(
    plan: Plan, struck: Sequence[Fault], struck_again: Sequence[Fault], theirs: set[str]
) -> None:
    account = as_before(plan)
    account.faults = list(struck)
    applied(account, plan)
    for name in theirs:
        account.parts[name].add(STRANGER)
    account.faults = list(struck_again)
    for _ in range(len(struck_again) + 2):
        with suppress(AwsUnavailable):
            undone: Any = executor(account, plan).undo(plan, after={}, answers=())
            assert isinstance(undone, Undone | ChangeFailed), undone
    assert isinstance(undone, Undone)
    assert undone.restored
    assert account.observe() == {
        name: sorted({*part, *([STRANGER] if name in theirs else [])}) if isinstance(part, list) else part
        for name, part in plan.before.items()
    }
