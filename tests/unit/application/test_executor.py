"""The executor: what it does in which order, and how each way of failing ends."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, cast

import pytest

from runtime.application.executor import (
    AlreadyApplied,
    Applied,
    ChangeFailed,
    Executor,
    StaleState,
    Undone,
    resolve,
)
from runtime.application.ports import Session as SessionPort
from runtime.domain.errors import AwsAccessDenied, AwsError, AwsNotFound, AwsUnavailable
from runtime.domain.fix import FixSpec, options_for
from runtime.domain.plan import Change, Compliant, Plan, Planned, State
from runtime.domain.resource import Resource
from runtime.fixes.contract import Call, Reader
from runtime.fixes.ec2.security_group_world_ingress import FIX as CLOSE_PORTS
from tests.unit.domain.cases import ACCOUNT_ID, BUCKET_ARN, FIX, NOW

BUCKET = Resource(
    type="AWS::S3::Bucket", arn=BUCKET_ARN, name="ledger", account_id=ACCOUNT_ID, region="eu-west-1", partition="aws"
)
DENIED = AwsAccessDenied(service="fake", operation="Close", code="AccessDenied", message="no")
UNAVAILABLE = AwsUnavailable(service="fake", operation="Close", code="Throttling", message="later")
"""AWS refused, for a while: nothing was carried out."""
LOST = AwsUnavailable(service="fake", operation="Close", code="ReadTimeoutError", message="no answer", refused=False)
"""Nobody knows whether the call was carried out."""
GONE = AwsNotFound(service="fake", operation="Read", code="NoSuchThing", message="gone")


def change(operation: str, leaves: Mapping[str, Any] | None = None, **parameters: Any) -> Change:
    return Change(service="fake", operation=operation, parameters=parameters, leaves=leaves or {})


CLOSED = {"front": "closed", "back": "closed", "signs": ["back"]}


PLAN = Plan(
    fix_id=FIX.id,
    resource_arn=BUCKET_ARN,
    summary="Close two doors and put a sign on the second.",
    before={"front": "open", "back": "open", "signs": []},
    changes=(
        change("Close", {"front": "closed", "back": "open", "signs": []}, Door="front"),
        change("Close", {"front": "closed", "back": "closed", "signs": []}, Door="back"),
        change("AddSign", CLOSED, Door={"$answer": [1, "Closed.Door"]}),
    ),
    undo=(
        change("Open", Door="front"),
        change("Open", Door="back"),
        change("RemoveSign", Id={"$answer": [2, "Id"]}),
    ),
)


@dataclass
class House:
    """The resource, and everything that is done to it.

    ``fail`` may raise before a call and ``lose`` after a change took effect, given its name and place.
    """

    doors: dict[str, str] = field(default_factory=lambda: {"front": "open", "back": "open"})
    signs: list[str] = field(default_factory=list)
    log: list[str] = field(default_factory=list)
    fail: Callable[[str, int], None] = lambda name, index: None
    lose: Callable[[str, int], None] = lambda name, index: None

    def note(self, name: str) -> None:
        self.log.append(name)
        self.fail(name, self.log.count(name))

    @property
    def state(self) -> dict[str, Any]:
        return {**self.doors, "signs": list(self.signs)}


class Session:
    """A session in the house's account: ``write`` or ``read`` only."""

    def __init__(self, house: House, access: str) -> None:
        self._house = house
        self._access = access

    def read(self) -> dict[str, Any]:
        assert self._access == "read"
        self._house.note("read")
        return self._house.state

    def call(self, service: str, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        assert (service, self._access) == ("fake", "write")
        (value,) = parameters.values()
        name = f"{operation} {value}"
        self._house.note(name)
        answer = self._change(operation, value)
        self._house.lose(name, self._house.log.count(name))
        return answer

    def _change(self, operation: str, value: str) -> dict[str, Any]:
        match operation:
            case "Close" | "Open":
                self._house.doors[value] = "closed" if operation == "Close" else "open"
                return {"Closed": {"Door": value}}
            case "AddSign":
                self._house.signs.append(value)
                return {"Id": f"sign-{value}"}
            case "RemoveSign":
                self._house.signs.remove(value.removeprefix("sign-"))
                return {}
        raise AssertionError(operation)


class CloseDoors:
    spec: FixSpec = FIX

    def calls(self, resource: Resource) -> tuple[Call, ...]:
        return ()

    def observe(self, aws: Any, resource: Resource, options: Any, only: Collection[str] = ()) -> State:
        assert resource is BUCKET
        return dict(aws.read())

    def plan(self, resource: Resource, state: State, options: Any) -> Planned:
        assert options["ports"] == [22]
        return Compliant(sentence="Closed.") if state == CLOSED else replace(PLAN, before=dict(state))


def executor(house: House, fix: CloseDoors | None = None) -> Executor:
    def open_write() -> Any:
        house.note("open-write")
        return Session(house, "write")

    return Executor(
        fix=fix or CloseDoors(),
        resource=BUCKET,
        options=options_for(FIX, {}, NOW),
        look=lambda see, whole=True: see(cast(Reader, Session(house, "read"))),
        open_write=open_write,
    )


def failing(wanted: str, error: AwsError, *, at: int = 1) -> Callable[[str, int], None]:
    """Raise ``error`` at the ``at``-th call of that name, and at every later one."""

    def fail(name: str, index: int) -> None:
        if name == wanted and index >= at:
            raise error

    return fail


DONE = ["read", "open-write", "Close front", "Close back", "AddSign back", "read"]


# -- applying ---------------------------------------------------------------------------------------------------------


def test_a_plan_is_applied_in_its_order_between_two_looks_and_references_are_filled_in() -> None:
    house = House()
    applied = executor(house).apply(PLAN)
    assert house.log == DONE
    assert applied == Applied(
        after=CLOSED,
        verified=True,
        answers=({}, {"Closed": {"Door": "back"}}, {"Id": "sign-back"}),
    )
    assert isinstance(applied, Applied)
    assert applied.verified


def test_a_change_that_has_not_taken_effect_is_not_verified() -> None:
    house = House()
    plan = replace(PLAN, changes=PLAN.changes[:1], undo=PLAN.undo[:1])
    applied = executor(house).apply(plan)
    assert isinstance(applied, Applied)
    assert not applied.verified


def test_a_plan_applied_twice_is_applied_once() -> None:
    house = House()
    executor(house).apply(PLAN)
    house.log.clear()
    assert executor(house).apply(PLAN) == AlreadyApplied(after=CLOSED)
    assert house.log == ["read"]


def test_nothing_is_written_and_no_session_to_write_opened_if_the_resource_was_changed_meanwhile() -> None:
    house = House(doors={"front": "open", "back": "ajar"})
    assert executor(house).apply(PLAN) == StaleState(expected=PLAN.before, found=house.state)
    assert house.log == ["read"]


def test_a_change_that_fails_in_the_middle_takes_back_those_before_it_last_first() -> None:
    house = House(fail=failing("AddSign back", DENIED))
    failed = executor(house).apply(PLAN)
    assert failed == ChangeFailed(error=DENIED, changes_left=0, left_in=dict(PLAN.before))
    assert house.log == [*DONE[:-1], "Open back", "Open front", "read"]


def test_the_first_change_that_fails_leaves_nothing_to_take_back() -> None:
    house = House(fail=failing("Close front", DENIED))
    assert executor(house).apply(PLAN) == ChangeFailed(error=DENIED, changes_left=0, left_in=dict(PLAN.before))
    assert house.log == ["read", "open-write", "Close front", "read"]


def test_what_cannot_be_taken_back_is_told() -> None:
    def fail(name: str, index: int) -> None:
        failing("AddSign back", DENIED)(name, index)
        failing("Open front", UNAVAILABLE)(name, index)

    house = House(fail=fail)
    failed = executor(house).apply(PLAN)
    assert failed == ChangeFailed(
        error=DENIED, changes_left=1, left_in={"front": "closed", "back": "open", "signs": []}
    )


def test_a_plan_that_cannot_be_undone_is_left_where_it_failed() -> None:
    house = House(fail=failing("AddSign back", UNAVAILABLE))
    failed = executor(house).apply(replace(PLAN, undo=()))
    assert failed == ChangeFailed(
        error=UNAVAILABLE, changes_left=2, left_in={"front": "closed", "back": "closed", "signs": []}
    )


@pytest.mark.parametrize("operation", ["Close front", "Close back", "AddSign back"])
def test_a_throttled_change_takes_back_those_before_it_and_is_tried_again(operation: str) -> None:
    house = House(fail=failing(operation, UNAVAILABLE))
    with pytest.raises(AwsUnavailable) as raised:
        executor(house).apply(PLAN)
    assert raised.value is UNAVAILABLE
    assert house.state == PLAN.before


@pytest.mark.parametrize(
    ("operation", "left", "left_in"),
    [
        ("Close front", 0, {"front": "closed", "back": "open", "signs": []}),
        ("Close back", 1, {"front": "closed", "back": "closed", "signs": []}),
    ],
)
def test_a_change_whose_answer_is_lost_is_looked_at_and_nothing_is_taken_back(
    operation: str, left: int, left_in: dict[str, Any]
) -> None:
    house = House(lose=failing(operation, LOST))
    assert executor(house).apply(PLAN) == ChangeFailed(error=LOST, changes_left=left, left_in=left_in)
    assert house.log == [*DONE[: DONE.index(operation) + 1], "read"]


def test_the_last_change_whose_answer_is_lost_is_applied_if_it_can_be_seen() -> None:
    house = House(lose=failing("AddSign back", LOST))
    assert executor(house).apply(PLAN) == Applied(
        after=CLOSED,
        verified=True,
        answers=({}, {"Closed": {"Door": "back"}}, {}),
    )
    assert house.log == DONE


@pytest.mark.parametrize(
    ("operation", "left", "left_in"),
    [
        ("Close back", 1, {"front": "closed", "back": "open", "signs": []}),
        ("AddSign back", 2, {"front": "closed", "back": "closed", "signs": []}),
    ],
)
def test_a_later_change_that_was_not_made_and_not_refused_leaves_those_before_it(
    operation: str, left: int, left_in: dict[str, Any]
) -> None:
    house = House(fail=failing(operation, LOST))
    assert executor(house).apply(PLAN) == ChangeFailed(error=LOST, changes_left=left, left_in=left_in)
    assert not any(name.startswith("Open ") for name in house.log)


def test_a_first_change_that_was_not_made_and_not_refused_is_tried_again() -> None:
    house = House(fail=failing("Close front", LOST))
    with pytest.raises(AwsUnavailable) as raised:
        executor(house).apply(PLAN)
    assert raised.value is LOST
    assert house.state == PLAN.before


def test_a_throttled_change_is_tried_again_if_only_the_answer_to_its_taking_back_is_lost() -> None:
    house = House(fail=failing("Close back", UNAVAILABLE), lose=failing("Open front", LOST))
    with pytest.raises(AwsUnavailable) as raised:
        executor(house).apply(PLAN)
    assert raised.value is UNAVAILABLE
    assert house.state == PLAN.before


def test_an_unavailable_aws_is_not_tried_again_if_it_cannot_be_seen_what_is_left() -> None:
    def fail(name: str, index: int) -> None:
        failing("Close front", UNAVAILABLE)(name, index)
        failing("read", GONE, at=2)(name, index)

    failed = executor(House(fail=fail)).apply(PLAN)
    assert failed == ChangeFailed(error=UNAVAILABLE, changes_left=0, left_in=None)


@pytest.mark.parametrize("error", [DENIED, UNAVAILABLE, GONE])
@pytest.mark.parametrize("where", ["read", "open-write"])
def test_an_error_before_the_first_change_is_raised(error: AwsError, where: str) -> None:
    house = House(fail=failing(where, error))
    with pytest.raises(type(error)) as raised:
        executor(house).apply(PLAN)
    assert raised.value is error
    assert house.state == PLAN.before


def test_a_look_that_is_unavailable_after_the_last_change_is_raised_so_that_it_is_taken_again() -> None:
    house = House(fail=failing("read", UNAVAILABLE, at=2))
    with pytest.raises(AwsUnavailable):
        executor(house).apply(PLAN)
    assert house.state == CLOSED


def test_a_look_that_fails_after_the_last_change_tells_that_every_change_is_in_place() -> None:
    house = House(fail=failing("read", DENIED, at=2))
    assert executor(house).apply(PLAN) == ChangeFailed(error=DENIED, changes_left=3, left_in=None)
    assert house.state == CLOSED


# -- what changes by itself ------------------------------------------------------------------------------------------

LIVELY = replace(PLAN, before={**PLAN.before, "visitors": 1}, volatile=("visitors",))


@dataclass(frozen=True)
class CloseLivelyDoors(CloseDoors):
    """The house has one visitor more at every look."""

    visitors: list[int] = field(default_factory=lambda: [1])

    def observe(self, aws: Any, resource: Resource, options: Any, only: Collection[str] = ()) -> State:
        self.visitors.append(self.visitors[-1] + 1)
        return {**aws.read(), "visitors": self.visitors[-1]}

    def plan(self, resource: Resource, state: State, options: Any) -> Planned:
        doors = {name: value for name, value in state.items() if name != "visitors"}
        return Compliant(sentence="Closed.") if doors == CLOSED else replace(LIVELY, before=dict(state))


def test_what_changes_by_itself_stops_neither_applying_nor_undoing() -> None:
    house = House()
    applied = executor(house, CloseLivelyDoors()).apply(LIVELY)
    assert isinstance(applied, Applied)
    assert applied.verified
    undone = executor(house, CloseLivelyDoors()).undo(LIVELY, after=applied.after, answers=applied.answers)
    assert isinstance(undone, Undone)
    assert house.state == PLAN.before


def test_what_changes_by_itself_does_not_stop_a_throttled_change_from_being_tried_again() -> None:
    house = House(fail=failing("Close back", UNAVAILABLE))
    with pytest.raises(AwsUnavailable):
        executor(house, CloseLivelyDoors()).apply(LIVELY)
    assert house.state == PLAN.before


# -- a security group, whose two changes overlap -----------------------------------------------------------------------

GROUP = Resource(
    type="AWS::EC2::SecurityGroup",
    arn=f"arn:aws:ec2:eu-west-1:{ACCOUNT_ID}:security-group/sg-1",
    name="sg-1",
    account_id=ACCOUNT_ID,
    region="eu-west-1",
    partition="aws",
)
WIDE = (0, 65535)
ABOVE_SSH = (23, 65535)
AROUND_SSH = {(0, 21), ABOVE_SSH}


@dataclass
class Group:
    """A security group's open ports as EC2 keeps them, by the ids of the rules; one interface more at every look."""

    rules: dict[str, tuple[int, int]] = field(default_factory=lambda: {"sgr-0": WIDE})
    interfaces: int = 0
    calls: list[str] = field(default_factory=list)
    refuse: Callable[[int], None] = lambda number: None
    lose: Callable[[int], None] = lambda number: None

    @property
    def ranges(self) -> set[tuple[int, int]]:
        return set(self.rules.values())

    def read(self, service: str, operation: str, /, **_: Any) -> dict[str, Any]:
        if operation == "DescribeNetworkInterfaces":
            self.interfaces += 1
            return {"NetworkInterfaces": [{}] * self.interfaces}
        if operation == "DescribeSecurityGroups":
            return {"SecurityGroups": [{"OwnerId": ACCOUNT_ID, "GroupName": "web"}]}
        rules = [
            {
                "SecurityGroupRuleId": rule_id,
                "IsEgress": False,
                "IpProtocol": "tcp",
                "FromPort": first,
                "ToPort": last,
                "CidrIpv4": "0.0.0.0/0",
            }
            for rule_id, (first, last) in sorted(self.rules.items())
        ]
        return {"SecurityGroupRules": rules}

    def find(self, service: str, operation: str, _absent: tuple[str, ...], /, **parameters: Any) -> dict[str, Any]:
        return self.read(service, operation, **parameters)

    def call(self, service: str, operation: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        self.calls.append(operation)
        self.refuse(len(self.calls))
        named = {(item["FromPort"], item["ToPort"]) for item in parameters.get("IpPermissions", ())}
        match operation:
            case "ModifySecurityGroupRules":
                (changed,) = parameters["SecurityGroupRules"]
                rule = changed["SecurityGroupRule"]
                assert changed["SecurityGroupRuleId"] in self.rules, "InvalidSecurityGroupRuleId.NotFound"
                self.rules[changed["SecurityGroupRuleId"]] = rule["FromPort"], rule["ToPort"]
            case "AuthorizeSecurityGroupIngress":
                assert not named & self.ranges, "InvalidPermission.Duplicate"
                self.rules |= {f"sgr-{len(self.calls)}-{first}": (first, last) for first, last in named}
            case _:
                assert named <= self.ranges, "InvalidPermission.NotFound"
                self.rules = {rule_id: ports for rule_id, ports in self.rules.items() if ports not in named}
        assert self.is_open(80), "a port that is wanted was cut off"
        assert self.is_open(443), "a port that is wanted was cut off"
        self.lose(len(self.calls))
        return {}

    def is_open(self, port: int) -> bool:
        return any(first <= port <= last for first, last in self.ranges)

    def executor(self) -> Executor:
        fix = CLOSE_PORTS
        return Executor(
            fix=fix,
            resource=GROUP,
            options=options_for(fix.spec, {"ports": [22], "protocols": ["tcp"]}, NOW),
            look=lambda see, whole=True: see(cast(Reader, self)),
            open_write=lambda: cast(SessionPort, self),
        )

    def planned(self) -> Plan:
        plan = self.executor().plan(self.executor().observe())
        assert isinstance(plan, Plan)
        assert len(plan.changes) == 2
        return plan


def at_call(wanted: int, error: AwsError) -> Callable[[int], None]:
    def fail(number: int) -> None:
        if number == wanted:
            raise error

    return fail


def test_a_lost_answer_to_the_rules_that_stay_leaves_both_kinds_of_rules() -> None:
    group = Group()
    plan = group.planned()
    group.lose = at_call(1, LOST)
    failed = group.executor().apply(plan)
    assert isinstance(failed, ChangeFailed)
    assert (failed.error, failed.changes_left) == (LOST, 0)
    assert group.calls == ["AuthorizeSecurityGroupIngress"]
    assert group.ranges == {WIDE, ABOVE_SSH}
    assert failed.left_in is not None
    assert len(failed.left_in["rules"]) == 2


def test_a_lost_answer_to_the_rule_that_goes_is_applied_and_can_be_undone() -> None:
    group = Group()
    plan = group.planned()
    group.lose = at_call(2, LOST)
    applied = group.executor().apply(plan)
    assert isinstance(applied, Applied)
    assert applied.verified
    assert group.ranges == AROUND_SSH
    assert group.calls == ["AuthorizeSecurityGroupIngress", "ModifySecurityGroupRules"]
    undone = group.executor().undo(plan, after=applied.after, answers=applied.answers)
    assert isinstance(undone, Undone)
    assert group.ranges == {WIDE}


def test_a_rule_that_goes_and_was_not_taken_leaves_the_rules_that_stay() -> None:
    group = Group()
    plan = group.planned()
    group.refuse = at_call(2, LOST)
    failed = group.executor().apply(plan)
    assert isinstance(failed, ChangeFailed)
    assert failed.changes_left == 1
    assert group.ranges == {WIDE, ABOVE_SSH}
    assert group.calls == ["AuthorizeSecurityGroupIngress", "ModifySecurityGroupRules"]


@pytest.mark.parametrize("error", [UNAVAILABLE, DENIED])
def test_a_refusal_of_the_rule_that_goes_takes_the_rules_that_stay_back(error: AwsError) -> None:
    group = Group()
    plan = group.planned()
    group.refuse = at_call(2, error)
    if error.retryable:
        with pytest.raises(AwsUnavailable):
            group.executor().apply(plan)
    else:
        failed = group.executor().apply(plan)
        assert isinstance(failed, ChangeFailed)
        assert failed.changes_left == 0
    assert group.ranges == {WIDE}
    assert group.calls[2:] == ["RevokeSecurityGroupIngress"]


def test_an_undo_whose_first_answer_is_lost_takes_away_no_port_that_is_wanted() -> None:
    group = Group()
    plan = group.planned()
    applied = group.executor().apply(plan)
    assert isinstance(applied, Applied)
    group.lose = at_call(3, LOST)
    failed = group.executor().undo(plan, after=applied.after, answers=applied.answers)
    assert isinstance(failed, ChangeFailed)
    assert failed.error is LOST
    assert group.is_open(22)


def test_an_undo_of_which_only_the_last_answer_is_lost_is_undone() -> None:
    group = Group()
    plan = group.planned()
    applied = group.executor().apply(plan)
    assert isinstance(applied, Applied)
    group.lose = at_call(4, LOST)
    undone = group.executor().undo(plan, after=applied.after, answers=applied.answers)
    assert isinstance(undone, Undone)
    assert undone.restored
    assert group.ranges == {WIDE}


# -- undoing ----------------------------------------------------------------------------------------------------------


def applied_house() -> tuple[House, Applied]:
    house = House()
    applied = executor(house).apply(PLAN)
    assert isinstance(applied, Applied)
    house.log.clear()
    return house, applied


def test_undoing_runs_from_the_last_change_to_the_first_and_restores_what_was_there() -> None:
    house, applied = applied_house()
    undone = executor(house).undo(PLAN, after=applied.after, answers=applied.answers)
    assert undone == Undone(after=dict(PLAN.before), restored=True)
    assert house.log == ["read", "open-write", "RemoveSign sign-back", "Open back", "Open front", "read"]


def test_undoing_twice_is_undoing_once() -> None:
    house, applied = applied_house()
    for _ in range(2):
        house.log.clear()
        undone = executor(house).undo(PLAN, after=applied.after, answers=applied.answers)
        assert undone == Undone(after=dict(PLAN.before), restored=True)
    assert house.log == ["read"]


def test_nothing_is_undone_if_the_resource_was_changed_meanwhile() -> None:
    house, applied = applied_house()
    house.doors["back"] = "ajar"
    assert executor(house).undo(PLAN, after=applied.after, answers=applied.answers) == StaleState(
        expected=applied.after, found=house.state
    )
    assert house.log == ["read"]


def test_a_plan_without_a_way_back_is_not_undone() -> None:
    house, applied = applied_house()
    with pytest.raises(ValueError, match="cannot be undone"):
        executor(house).undo(replace(PLAN, undo=()), after=applied.after, answers=applied.answers)
    assert house.log == []


def test_an_undo_that_fails_tells_how_many_changes_are_left() -> None:
    house, applied = applied_house()
    house.fail = failing("Open back", DENIED)
    assert executor(house).undo(PLAN, after=applied.after, answers=applied.answers) == ChangeFailed(
        error=DENIED, changes_left=2, left_in={"front": "closed", "back": "closed", "signs": []}
    )


def test_an_undo_that_changed_nothing_may_be_tried_again() -> None:
    house, applied = applied_house()
    house.fail = failing("RemoveSign sign-back", UNAVAILABLE)
    with pytest.raises(AwsUnavailable):
        executor(house).undo(PLAN, after=applied.after, answers=applied.answers)


def test_a_plan_whose_answers_were_lost_is_undone_whole_where_it_needs_none() -> None:
    """A run that was interrupted after its last change never recorded what AWS had answered."""
    plan = replace(PLAN, changes=PLAN.changes[:2], undo=PLAN.undo[:2])
    house = House()
    executor(house).apply(plan)
    undone = executor(house).undo(plan, after=house.state, answers=())
    assert undone == Undone(after=dict(PLAN.before), restored=True)


def test_an_undo_that_takes_its_time_is_not_seen_to_be_restored_yet() -> None:
    house, applied = applied_house()
    slow = house.state

    def observe_late(*_: object) -> dict[str, object]:
        return dict(slow)

    late = executor(house)
    late._observe_after = observe_late  # type: ignore[method-assign, assignment]
    assert late.undo(PLAN, after=applied.after, answers=applied.answers) == Undone(after=slow, restored=False)
    assert house.state == dict(PLAN.before)


# -- what is at hand --------------------------------------------------------------------------------------------------


def test_a_look_and_a_session_that_are_at_hand_are_not_taken_and_opened_again() -> None:
    house = House()
    session = cast(SessionPort, Session(house, "write"))
    applied = executor(house).apply(PLAN, found=house.state, session=session)
    assert isinstance(applied, Applied)
    assert house.log == DONE[2:]
    house.log.clear()
    undone = executor(house).undo(
        PLAN, after=applied.after, answers=applied.answers, found=house.state, session=session
    )
    assert undone == Undone(after=dict(PLAN.before), restored=True)
    assert house.log == ["RemoveSign sign-back", "Open back", "Open front", "read"]


def test_a_look_at_hand_stops_a_change_as_one_that_is_taken_does() -> None:
    house = House()
    moved = {**house.state, "back": "ajar"}
    session = cast(SessionPort, Session(house, "write"))
    assert executor(house).apply(PLAN, found=moved, session=session) == StaleState(expected=PLAN.before, found=moved)
    assert executor(house).apply(PLAN, found=CLOSED, session=session) == AlreadyApplied(after=CLOSED)
    stale = executor(house).undo(PLAN, after=CLOSED, answers=(), found=moved, session=session)
    assert stale == StaleState(expected=CLOSED, found=moved)
    assert house.log == []


# -- references -------------------------------------------------------------------------------------------------------


def test_a_reference_stands_for_what_an_earlier_call_answered_wherever_it_stands() -> None:
    answers = [{"Rules": {"Id": "r-1"}}, {"Id": 7}]
    parameters = {
        "Rule": {"$answer": [0, "Rules.Id"]},
        "Ids": [{"$answer": [1, "Id"]}, "plain"],
        "Deep": {"Deeper": ({"$answer": [1, "Id"]},)},
        "Whole": {"$answer": [0, "Rules"]},
    }
    assert resolve(parameters, answers, {}) == {
        "Rule": "r-1",
        "Ids": [7, "plain"],
        "Deep": {"Deeper": [7]},
        "Whole": {"Id": "r-1"},
    }


@pytest.mark.parametrize("value", [None, True, 7, "text", [], {}, {"$answer": "text"}, {"$other": [0, "Id"]}])
def test_what_is_no_reference_stays_as_it_is(value: Any) -> None:
    assert resolve({"Value": value}, [], {}) == {"Value": value}


@pytest.mark.parametrize("reference", [[1, "Id"], [0, "Name"]])
def test_a_reference_to_what_was_not_answered_is_an_error(reference: list[Any]) -> None:
    with pytest.raises((IndexError, KeyError)):
        resolve({"$answer": reference}, [{"Id": 1}], {})


def test_a_reference_to_the_state_before_is_what_was_there_to_the_letter() -> None:
    before = {"policy": '{"Statement": [ ]}'}
    assert resolve({"Policy": {"$before": "policy"}}, [], before) == {"Policy": '{"Statement": [ ]}'}
    with pytest.raises(KeyError):
        resolve({"$before": "tags"}, [], before)
