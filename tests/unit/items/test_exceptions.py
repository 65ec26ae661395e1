"""The exceptions: what people asked for, granted and revoked, and those in force."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.application.ports import ConditionFailed, Item, Put
from runtime.domain.command import LONGEST_TEXT
from runtime.domain.errors import RegistryInvalid
from runtime.domain.exceptions import ExceptionRequest, RegisteredException, Step
from runtime.domain.facts import Waiver, WaiverStatus
from runtime.domain.principal import Principal
from runtime.items.codec import pack, unpack
from runtime.items.exceptions import (
    MOST_IN_FORCE,
    approved,
    exceptions_ending,
    exceptions_in_force,
    find_exception,
    in_force_key,
    list_exceptions,
    requested,
    revoked,
    warned,
)
from tests.memory.calls import Watched, in_order
from tests.memory.store import MemoryStore
from tests.unit.domain.cases import ACCOUNT_ID, NOW, OTHER_ACCOUNT_ID
from tests.unit.items.strategies import requests, steps


def step(name: str) -> Step:
    principal = Principal(arn=f"arn:{name}", user_id=f"AROA:{name}")
    return Step(principal=principal, reason=f"{name} said so", at=NOW, command_id=f"m-{name}")


REQUEST = ExceptionRequest(
    id="EX-1",
    control="RULE-1",
    account_id=ACCOUNT_ID,
    resource="arn:aws:s3:::a-*",
    environment="dev",
    ticket="SEC-1",
    expires_at=NOW + timedelta(days=10),
    requested=step("ann"),
)


class Register:
    """The commands' writes, as they are made one after the other."""

    def __init__(self) -> None:
        self.store = MemoryStore(Watched(), in_order)

    def request(self, request: ExceptionRequest) -> None:
        self.store.commit(requested(request))

    def approve(self, request: ExceptionRequest, who: Step, now: datetime = NOW) -> None:
        self.store.commit(approved(self.find(request), who, self.item(request.account_id), now))

    def revoke(self, request: ExceptionRequest, who: Step, now: datetime = NOW) -> None:
        self.store.commit(revoked(self.find(request), who, self.item(request.account_id), now))

    def item(self, account_id: str) -> Item | None:
        return self.store.items.get(in_force_key(account_id))

    def find(self, request: ExceptionRequest) -> RegisteredException:
        found = find_exception(self.store, request.id, request.account_id)
        assert found is not None
        return found

    def in_force(self, account_id: str = ACCOUNT_ID) -> tuple[Waiver, ...]:
        return exceptions_in_force(in_force_key(account_id), self.item(account_id))

    def ids(self, account_id: str = ACCOUNT_ID) -> list[str]:
        return [waiver.id for waiver in self.in_force(account_id)]


@pytest.fixture
def register() -> Register:
    return Register()


@given(request=requests, granted=steps, ended=steps)
def test_an_exception_is_read_as_it_was_put_step_by_step(request: ExceptionRequest, granted: Step, ended: Step) -> None:
    register = Register()
    register.request(request)
    assert register.find(request) == RegisteredException(request=request)
    register.approve(request, granted, now=request.expires_at - timedelta(microseconds=1))
    exception = RegisteredException(request=request, approved=granted)
    assert register.find(request) == exception
    assert register.in_force(request.account_id) == (exception.waiver,)
    register.revoke(request, ended)
    assert register.find(request) == replace(exception, revoked=ended)
    assert list_exceptions(register.store) == (replace(exception, revoked=ended),)
    assert register.in_force(request.account_id) == ()


def test_an_exception_is_what_people_did_about_it(register: Register) -> None:
    assert find_exception(register.store, "EX-1", ACCOUNT_ID) is None
    register.request(REQUEST)
    assert register.find(REQUEST).status is WaiverStatus.PENDING
    register.approve(REQUEST, step("bob"))
    assert register.find(REQUEST).status is WaiverStatus.APPROVED
    register.revoke(REQUEST, step("cyd"))
    assert register.find(REQUEST).status is WaiverStatus.REVOKED


def test_the_decision_sees_who_asked_and_who_approved(register: Register) -> None:
    register.request(REQUEST)
    register.approve(REQUEST, step("bob"))
    (waiver,) = register.in_force()
    assert (waiver.requested_by, waiver.approved_by, waiver.status) == ("arn:ann", "arn:bob", WaiverStatus.APPROVED)
    assert (waiver.requested_at, waiver.expires_at, waiver.reason) == (NOW, REQUEST.expires_at, "ann said so")


def test_what_waits_for_approval_or_was_revoked_is_not_in_force(register: Register) -> None:
    for number in range(3):
        register.request(replace(REQUEST, id=f"EX-{number}"))
    assert register.in_force() == ()
    register.approve(replace(REQUEST, id="EX-1"), step("bob"))
    assert register.ids() == ["EX-1"]
    register.revoke(replace(REQUEST, id="EX-0"), step("cyd"))
    assert register.ids() == ["EX-1"]
    register.revoke(replace(REQUEST, id="EX-1"), step("cyd"))
    assert register.ids() == []


def test_an_account_has_its_own_exceptions_and_there_are_those_for_any(register: Register) -> None:
    for request in (
        REQUEST,
        replace(REQUEST, id="EX-2", account_id=""),
        replace(REQUEST, id="EX-1", account_id=OTHER_ACCOUNT_ID, ticket="SEC-9"),
    ):
        register.request(request)
        register.approve(request, step("bob"))
    assert (register.ids(ACCOUNT_ID), register.ids(OTHER_ACCOUNT_ID), register.ids("")) == (
        ["EX-1"],
        ["EX-1"],
        ["EX-2"],
    )
    assert register.in_force(OTHER_ACCOUNT_ID)[0].ticket == "SEC-9", "an id is one account's"
    listed = list_exceptions(register.store)
    assert sorted((one.request.id, one.request.account_id) for one in listed) == [
        ("EX-1", ACCOUNT_ID),
        ("EX-1", OTHER_ACCOUNT_ID),
        ("EX-2", ""),
    ]


def test_an_exception_is_not_taken_for_one_whose_id_its_own_begins_with(register: Register) -> None:
    register.request(replace(REQUEST, id="EX-10"))
    assert find_exception(register.store, "EX-1", ACCOUNT_ID) is None


def test_nothing_that_was_said_is_written_over(register: Register) -> None:
    register.request(REQUEST)
    with pytest.raises(ConditionFailed):
        register.request(replace(REQUEST, requested=step("bob")))
    register.approve(REQUEST, step("bob"))
    with pytest.raises(ConditionFailed):
        register.approve(REQUEST, step("cyd"))
    register.revoke(REQUEST, step("cyd"))
    with pytest.raises(ConditionFailed):
        register.revoke(REQUEST, step("ann"))
    assert register.find(REQUEST) == RegisteredException(request=REQUEST, approved=step("bob"), revoked=step("cyd"))


def test_two_steps_at_the_same_time_do_not_undo_each_other(register: Register) -> None:
    """Whoever comes second has to read again: an exception that was revoked must not come back into force."""
    first, second = REQUEST, replace(REQUEST, id="EX-2")
    for request in (first, second):
        register.request(request)
    register.approve(first, step("bob"))
    seen = register.item(ACCOUNT_ID)
    approval = approved(register.find(second), step("bob"), seen, NOW)
    register.revoke(first, step("cyd"))
    with pytest.raises(ConditionFailed) as failed:
        register.store.commit(approval)
    assert set(failed.value.found) == {in_force_key(ACCOUNT_ID)}
    assert register.ids() == []
    register.approve(second, step("bob"))
    assert register.ids() == ["EX-2"]


def test_the_first_two_approvals_at_the_same_time_do_not_undo_each_other(register: Register) -> None:
    first, second = REQUEST, replace(REQUEST, id="EX-2")
    for request in (first, second):
        register.request(request)
    approvals = [approved(register.find(request), step("bob"), None, NOW) for request in (first, second)]
    register.store.commit(approvals[0])
    with pytest.raises(ConditionFailed):
        register.store.commit(approvals[1])
    assert register.ids() == ["EX-1"]


def test_what_has_ended_leaves_the_item_at_the_next_step_and_counts_no_more_before(register: Register) -> None:
    """Whether one has ended is the decision's to see; the item is only kept small."""
    register.request(REQUEST)
    register.approve(REQUEST, step("bob"))
    later = replace(REQUEST, id="EX-2", expires_at=NOW + timedelta(days=40))
    register.request(later)
    register.approve(later, step("bob"), now=REQUEST.expires_at)
    assert register.ids() == ["EX-2"]
    assert register.find(REQUEST).status is WaiverStatus.APPROVED, "its own record stays"


def fill(register: Register, number: int, reason: str) -> None:
    """Have so many in force, at once."""
    register.request(REQUEST)
    register.approve(REQUEST, step("bob"))
    item = register.item(ACCOUNT_ID)
    assert item is not None
    (document,) = unpack(item["exceptions"])
    documents = [{**document, "id": f"EX-{one}", "reason": f"{one}{reason}"} for one in range(1, number + 1)]
    register.store.commit([Put(in_force_key(ACCOUNT_ID), {**item, "exceptions": pack(documents)})])


def test_so_many_are_in_force_at_most_and_one_that_is_revoked_makes_room(register: Register) -> None:
    fill(register, MOST_IN_FORCE, "said so")
    one_more = replace(REQUEST, id="one-more")
    register.request(one_more)
    with pytest.raises(ValueError, match=f"{MOST_IN_FORCE} exceptions are in force there"):
        register.approve(one_more, step("bob"))
    register.revoke(REQUEST, step("cyd"))
    assert len(register.in_force()) == MOST_IN_FORCE - 1
    register.approve(one_more, step("bob"))
    assert len(register.in_force()) == MOST_IN_FORCE


def test_as_many_as_there_may_be_fit_the_item_with_long_reasons(register: Register) -> None:
    sentence = "The quarter's report is read by partners who have no account of their own until the migration. "
    fill(register, MOST_IN_FORCE - 1, (sentence * 20)[: LONGEST_TEXT - 10])
    one_more = replace(REQUEST, id="one-more")
    register.request(one_more)
    register.approve(one_more, step("bob"))
    assert len(register.in_force()) == MOST_IN_FORCE


def test_what_ends_soon_is_found_until_a_warning_was_given(register: Register) -> None:
    register.request(REQUEST)
    register.request(replace(REQUEST, id="EX-2", expires_at=NOW + timedelta(days=40)))
    register.request(replace(REQUEST, id="EX-0", expires_at=NOW - timedelta(days=1)))
    ends = (NOW, NOW + timedelta(days=14))
    (ending,) = exceptions_ending(register.store, *ends)
    assert ending.request.id == "EX-1"
    for _ in range(2):
        register.store.commit([warned(ending)])
    assert exceptions_ending(register.store, *ends) == ()
    (later,) = exceptions_ending(register.store, NOW, NOW + timedelta(days=60))
    assert later.request.id == "EX-2"


def test_two_that_end_at_the_same_moment_are_warned_of_each(register: Register) -> None:
    other = replace(REQUEST, account_id=OTHER_ACCOUNT_ID)
    register.request(REQUEST)
    register.request(other)
    ends = (NOW, NOW + timedelta(days=14))
    one, _ = exceptions_ending(register.store, *ends)
    register.store.commit([warned(one)])
    (left,) = exceptions_ending(register.store, *ends)
    assert left.request.account_id != one.request.account_id


@given(days=st.lists(st.integers(1, 99), max_size=5))
def test_they_are_listed_in_the_order_in_which_they_end(days: list[int]) -> None:
    register = Register()
    for number, day in enumerate(days):
        register.request(replace(REQUEST, id=f"EX-{number}", expires_at=NOW + timedelta(days=day)))
    ends = [one.request.expires_at for one in list_exceptions(register.store)]
    assert ends == sorted(NOW + timedelta(days=day) for day in days)


@pytest.mark.parametrize("missing", ["control", "resource", "ticket", "arn", "user_id", "at", "expires_at"])
def test_half_an_exception_is_an_error_and_not_no_exception(register: Register, missing: str) -> None:
    register.request(REQUEST)
    key = next(key for key in register.store.items if key.item == "EX-1#1-request")
    document = json.loads(str(register.store.items[key]["document"]))
    for part in (document, document["requested"], document["requested"]["principal"]):
        part.pop(missing, None)
    register.store.commit([Put(key, {"document": json.dumps(document)})])
    with pytest.raises(RegistryInvalid, match=f"'EX-1#1-request'.*{missing!r} is missing"):
        register.find(REQUEST)
    with pytest.raises(RegistryInvalid):
        list_exceptions(register.store)
    for broken in ({}, {"document": b"{}"}, {"document": "{"}, {"document": "[]"}):
        register.store.commit([Put(key, broken)])
        with pytest.raises(RegistryInvalid, match="'EX-1#1-request'"):
            register.find(REQUEST)


@pytest.mark.parametrize("value", ["next spring", "2026-11-24T12:00:00"])
def test_an_end_that_cannot_be_understood_is_an_error(register: Register, value: str) -> None:
    register.request(REQUEST)
    key = next(key for key in register.store.items if key.item == "EX-1#1-request")
    document = {**json.loads(str(register.store.items[key]["document"])), "expires_at": value}
    register.store.commit([Put(key, {"document": json.dumps(document)})])
    with pytest.raises(RegistryInvalid, match=value):
        register.find(REQUEST)


@pytest.mark.parametrize("missing", ["id", "status", "control", "account_id", "requested_by", "expires_at"])
def test_half_an_exception_in_force_is_an_error_and_not_no_exception(register: Register, missing: str) -> None:
    register.request(REQUEST)
    register.approve(REQUEST, step("bob"))
    item = register.item(ACCOUNT_ID)
    assert item is not None
    (waiver,) = unpack(item["exceptions"])
    del waiver[missing]
    key = in_force_key(ACCOUNT_ID)
    for broken in ({**item, "exceptions": pack([waiver])}, {}, {"exceptions": "[]"}, {"exceptions": b"[]"}):
        with pytest.raises(RegistryInvalid, match="exceptions-in-force"):
            exceptions_in_force(key, broken)
