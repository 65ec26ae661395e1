"""The ledger: what was done to a resource, and how many writes there were within the hour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest
from botocore.client import BaseClient

from runtime.aws.ledger import Counted, Ledger
from runtime.aws.table import Table
from runtime.domain.errors import ConditionalWriteConflict, LimitReached, RegistryInvalid
from runtime.domain.guardrails import Past, PastKind, UsageScope
from tests.unit.domain.cases import NOW

ARN = "arn:aws:s3:::a-bucket"
APPLIED = Past(kind=PastKind.APPLIED, fix_id="fake-fix", correlation_id="c-1", at=NOW)
UNDONE = Past(kind=PastKind.UNDONE, fix_id="fake-fix", correlation_id="c-1", at=NOW, by="arn:ann", reason="broke it")
LIMITS = dict.fromkeys(UsageScope, 2)


def counted(run: str, *, account: str = "1", fix: str = "f") -> Counted:
    return Counted(correlation_id=run, account_id=account, fix_id=fix)


@pytest.fixture
def ledger(dynamodb: BaseClient) -> Ledger:
    return Ledger(client=dynamodb, table="ledger")


def test_a_resources_past_is_its_own_and_is_never_written_over(ledger: Ledger) -> None:
    for past in (APPLIED, UNDONE, replace(UNDONE, reason="noted again")):
        ledger.note(ARN, past)
    assert ledger.past(ARN) == (APPLIED, UNDONE)
    assert ledger.past(ARN + "-2") == ()


def test_half_an_entry_is_an_error(ledger: Ledger, dynamodb: BaseClient) -> None:
    ledger.note(ARN, APPLIED)
    table = Table(client=dynamodb, name="ledger")
    (item,) = table.read(f"resource#{ARN}")
    table.put({name: value for name, value in item.items() if name != "kind"})
    with pytest.raises(RegistryInvalid, match=r"'c-1#applied'.*'kind' is missing"):
        ledger.past(ARN)


def test_what_was_written_counts_for_its_account_its_fix_and_everything(ledger: Ledger) -> None:
    ledger.count(counted("c-1", account="1", fix="f"), LIMITS, NOW)
    ledger.count(counted("c-2", account="2", fix="f"), LIMITS, NOW)
    usage: Mapping[UsageScope, int] = ledger.usage(counted("c-3", account="1", fix="g"), NOW)
    assert usage == {UsageScope.EVERYTHING: 2, UsageScope.ACCOUNT: 1, UsageScope.FIX: 0}


def test_a_run_counts_once_and_not_for_itself(ledger: Ledger) -> None:
    for _ in range(3):
        ledger.count(counted("c-1"), LIMITS, NOW)
    assert set(ledger.usage(counted("c-1"), NOW).values()) == {0}
    assert set(ledger.usage(counted("c-2"), NOW).values()) == {1}


@pytest.mark.parametrize("scope", list(UsageScope))
def test_beyond_a_limit_nothing_is_counted_in_any_scope(ledger: Ledger, scope: UsageScope) -> None:
    limits = {**dict.fromkeys(UsageScope, 100), scope: 1}
    ledger.count(counted("c-1"), limits, NOW)
    with pytest.raises(LimitReached) as reached:
        ledger.count(counted("c-2"), limits, NOW)
    assert (reached.value.scope, reached.value.limit) == (scope, 1)
    assert reached.value.retryable
    assert set(ledger.usage(counted("c-3"), NOW).values()) == {1}


def test_without_limits_everything_is_counted(ledger: Ledger) -> None:
    for number in range(4):
        ledger.count(counted(f"c-{number}"), None, NOW)
    assert set(ledger.usage(counted("c-9"), NOW).values()) == {4}


def test_what_is_an_hour_old_counts_no_more(ledger: Ledger) -> None:
    ledger.count(counted("c-1"), LIMITS, NOW)
    hour = NOW + timedelta(hours=1)
    assert set(ledger.usage(counted("c-2"), hour - timedelta(seconds=1)).values()) == {1}
    assert set(ledger.usage(counted("c-2"), hour).values()) == {0}
    ledger.count(counted("c-2"), dict.fromkeys(UsageScope, 1), hour)
    assert set(ledger.usage(counted("c-3"), hour).values()) == {1}


def test_a_count_that_changed_meanwhile_is_counted_on_top_of_it(ledger: Ledger, dynamodb: BaseClient) -> None:
    another = Ledger(client=dynamodb, table="ledger")
    interrupted: list[str] = []

    def meanwhile(**_: object) -> None:
        if not interrupted:
            interrupted.append("c-2")
            another.count(counted("c-2"), LIMITS, NOW)

    dynamodb.meta.events.register("before-call.dynamodb.TransactWriteItems", meanwhile)
    ledger.count(counted("c-1"), LIMITS, NOW)
    assert set(ledger.usage(counted("c-3"), NOW).values()) == {2}


def test_the_last_place_is_taken_once(ledger: Ledger, dynamodb: BaseClient) -> None:
    another, one = Ledger(client=dynamodb, table="ledger"), dict.fromkeys(UsageScope, 1)
    interrupted: list[str] = []

    def meanwhile(**_: object) -> None:
        if not interrupted:
            interrupted.append("c-2")
            another.count(counted("c-2"), one, NOW)

    dynamodb.meta.events.register("before-call.dynamodb.TransactWriteItems", meanwhile)
    with pytest.raises(LimitReached):
        ledger.count(counted("c-1"), one, NOW)
    assert set(ledger.usage(counted("c-3"), NOW).values()) == {1}


def test_a_count_that_never_comes_to_rest_is_tried_again_later(ledger: Ledger, dynamodb: BaseClient) -> None:
    another, running = Ledger(client=dynamodb, table="ledger"), [False]
    others = iter(range(100))

    def meanwhile(**_: object) -> None:
        if not running[0]:
            running[0] = True
            another.count(counted(f"other-{next(others)}"), None, NOW)
            running[0] = False

    dynamodb.meta.events.register("before-call.dynamodb.TransactWriteItems", meanwhile)
    with pytest.raises(ConditionalWriteConflict):
        ledger.count(counted("c-1"), None, NOW)
