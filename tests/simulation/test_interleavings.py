"""Whatever the schedule: one outcome, no write without an intent, and a record that tells what became of the resource.

A failure prints the command that shows it again.
"""

from __future__ import annotations

import random

import pytest

from tests.simulation.explore import random_run, with_few_switches, with_one_fault
from tests.simulation.scenarios import SCENARIOS

SCHEDULES = 20_000
PARTS = 8


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_two_deliveries_with_at_most_two_switches_end_well(scenario: str) -> None:
    assert sum(1 for _ in with_few_switches(scenario)) > 10


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_crash_a_lost_answer_a_throttle_or_a_denial_at_any_call_ends_well(scenario: str) -> None:
    assert sum(1 for _ in with_one_fault(scenario)) >= 10


@pytest.mark.parametrize("part", range(PARTS))
def test_random_schedules_with_faults_end_well(part: int) -> None:
    first = part * SCHEDULES // PARTS
    for seed in range(first, first + SCHEDULES // PARTS):
        random_run(random.Random(seed))
