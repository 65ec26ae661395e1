"""The runs that wait."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from botocore.client import BaseClient

from runtime.aws.holds import Holds
from runtime.aws.table import Table
from runtime.domain.errors import RegistryInvalid
from runtime.domain.hold import Hold
from runtime.domain.outcome import Reason
from tests.unit.domain.cases import NOW

HOLD = Hold(
    correlation_id="c-1",
    since=NOW,
    attempt=1,
    issue_id="issue-1",
    account_id="222222222222",
    environment="dev",
    fix_id="fake-fix",
    resource_arn="arn:aws:s3:::a-bucket",
    reason=Reason.OUTSIDE_CHANGE_WINDOW,
    sentence="It waits.",
    until=NOW + timedelta(hours=2),
)


@pytest.fixture
def holds(dynamodb: BaseClient) -> Holds:
    return Holds(client=dynamodb, table="holds")


def test_a_hold_is_read_as_it_was_put_until_it_is_removed(holds: Holds) -> None:
    stopped = replace(HOLD, correlation_id="c-2", reason=Reason.STOPPED, until=None)
    holds.put(HOLD)
    holds.put(stopped)
    assert holds.read_all() == (HOLD, stopped)
    holds.remove(HOLD)
    holds.remove(HOLD)
    assert holds.read_all() == (stopped,)


def test_what_has_waited_longest_comes_first(holds: Holds) -> None:
    for seconds in (30, 10, 20):
        holds.put(replace(HOLD, correlation_id=f"c-{seconds}", since=NOW + timedelta(seconds=seconds)))
    assert [hold.correlation_id for hold in holds.read_all()] == ["c-10", "c-20", "c-30"]


def test_a_run_that_has_to_wait_again_waits_once(holds: Holds) -> None:
    holds.put(HOLD)
    again = replace(HOLD, attempt=2, reason=Reason.STOPPED, until=None)
    holds.put(again)
    assert holds.read_all() == (again,)


def test_half_a_hold_is_an_error_and_not_no_hold(holds: Holds, dynamodb: BaseClient) -> None:
    holds.put(HOLD)
    table = Table(client=dynamodb, name="holds")
    (item,) = table.read("held")
    table.put({name: value for name, value in item.items() if name != "account_id"})
    with pytest.raises(RegistryInvalid, match="'account_id' is missing"):
        holds.read_all()
