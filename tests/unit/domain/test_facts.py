"""The exceptions that may concern an account: which of them are looked at for a finding."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from runtime.domain.facts import Waiver, Waivers, WaiverStatus
from tests.unit.domain.cases import ACCOUNT_ID, BUCKET_ARN, SNAPSHOT_ARN, WAIVER
from tests.unit.domain.strategies import resource_patterns, waivers

CONTROLS = ("", "s3-001", "close-buckets")
ARNS = (BUCKET_ARN, f"arn:aws:s3::{ACCOUNT_ID}:ledger")


def matches(pattern: str, arn: str) -> bool:
    """By other means than the code under test."""
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), arn, re.DOTALL) is not None


def may_hold(waiver: Waiver, controls: Iterable[str] = CONTROLS, arns: Iterable[str] = ARNS) -> bool:
    approved = waiver.status is WaiverStatus.APPROVED and waiver.requested_by.lower() != waiver.approved_by.lower()
    return approved and waiver.control.lower() in controls and any(matches(waiver.resource or "*", arn) for arn in arns)


@given(registered=st.lists(waivers(), max_size=8))
def test_every_exception_that_may_hold_is_a_candidate_once_and_those_for_any_environment_come_first(
    registered: list[Waiver],
) -> None:
    candidates = Waivers(registered=tuple(registered)).candidates(CONTROLS, ARNS)
    expected = sorted(filter(may_hold, registered), key=lambda waiver: waiver.environment != "")
    assert [waiver for waiver in candidates if may_hold(waiver)] == expected
    assert len({id(waiver) for waiver in candidates}) == len(candidates)


@pytest.mark.parametrize(
    "elsewhere",
    [
        pytest.param({"resource": "arn:aws:s3:::ledge-{}"}, id="another resource"),
        pytest.param({"resource": "arn:aws:s3:::ledge-{}-*"}, id="resources of another name"),
        pytest.param({"control": "S3-{}"}, id="another control"),
        pytest.param({"status": WaiverStatus.PENDING}, id="nothing yet"),
        pytest.param({"requested_by": WAIVER.approved_by.upper()}, id="nothing, since nobody else approved it"),
    ],
)
def test_of_exceptions_for_something_else_none_is_a_candidate(elsewhere: dict[str, str]) -> None:
    fields = [{name: value.format(number) for name, value in elsewhere.items()} for number in range(2, 99)]
    others = tuple(
        replace(WAIVER, **{name: WaiverStatus(value) if name == "status" else value for name, value in one.items()})
        for one in fields
    )
    assert Waivers(registered=others).candidates(CONTROLS, ARNS) == []
    assert Waivers(registered=(*others, WAIVER, *others)).candidates(CONTROLS, ARNS) == [WAIVER]


@given(pattern=resource_patterns, arn=st.one_of(st.just(BUCKET_ARN), st.text(alphabet="arn:ws3ledg*", max_size=12)))
@example(pattern="a*ba*ab", arn="ababab")
@example(pattern="ab*ba", arn="aba")
@example(pattern="*a*a*a*b", arn="a" * 50)
@example(pattern="**", arn="")
def test_a_star_in_a_resource_stands_for_any_text_and_nothing_else_does(pattern: str, arn: str) -> None:
    waiver = replace(WAIVER, resource=pattern)
    assert waiver.covers_any([arn]) == matches(pattern or "*", arn)
    assert waiver.covers_any([SNAPSHOT_ARN, arn]) == (
        matches(pattern or "*", arn) or matches(pattern or "*", SNAPSHOT_ARN)
    )


def test_exceptions_are_those_that_were_registered_in_whatever_order_they_are_looked_at() -> None:
    registered = (replace(WAIVER, id="W-2", environment="dev"), WAIVER)
    assert tuple(Waivers(registered=registered)) == registered
    assert Waivers(registered=registered).in_turn == (WAIVER, registered[0])
    assert Waivers(registered=registered) == Waivers(registered=registered)
