"""Calls side by side: the answers, and whose error is raised."""

from __future__ import annotations

import pytest

from runtime.application.ports import Together
from runtime.aws.threads import together
from tests.memory.calls import in_order


@pytest.fixture
def side_by_side(port: str) -> Together:
    return in_order if port == "memory" else together


@pytest.mark.parametrize("number", [0, 1, 2, 7, 40])
def test_answers_come_in_the_order_of_their_calls(side_by_side: Together, number: int) -> None:
    assert side_by_side(*(lambda one=one: one for one in range(number))) == list(range(number))


@pytest.mark.parametrize("failing", [{0}, {3}, {1, 3}, {0, 1, 2, 3}, {2, 3}])
def test_the_first_of_those_that_failed_is_raised(side_by_side: Together, failing: set[int]) -> None:
    def call(one: int) -> int:
        if one in failing:
            raise KeyError(one)
        return one

    with pytest.raises(KeyError) as raised:
        side_by_side(*(lambda one=one: call(one) for one in range(4)))
    assert raised.value.args == (min(failing),)
