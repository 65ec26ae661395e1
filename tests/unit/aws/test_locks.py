"""Locks: one run per resource at a time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import boto3
import pytest
from botocore.client import BaseClient
from botocore.stub import Stubber

from runtime.aws.locks import LEASE_SECONDS, ResourceLocks
from runtime.domain.errors import PlatformCallFailed, ResourceBusy

ARN = "arn:aws:s3:::ledger"
START = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.seconds = 0

    def __call__(self) -> datetime:
        return START + timedelta(seconds=self.seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def locks(dynamodb: BaseClient, clock: Clock) -> ResourceLocks:
    return ResourceLocks(client=dynamodb, table="locks", now=clock)


def holders(client: BaseClient) -> list[str]:
    return [item["holder"]["S"] for item in client.scan(TableName="locks")["Items"]]


@pytest.mark.parametrize("correlation_id", ["c-2", "c-1"])
def test_a_resource_that_is_held_is_busy_also_for_a_second_delivery_of_the_same_message(
    locks: ResourceLocks, dynamodb: BaseClient, correlation_id: str
) -> None:
    with locks.hold(ARN, "c-1"):
        (holder,) = holders(dynamodb)
        with pytest.raises(ResourceBusy) as busy, locks.hold(ARN, correlation_id):
            pytest.fail("held twice")
        assert (busy.value.resource_arn, busy.value.seconds_left) == (ARN, LEASE_SECONDS)
        assert busy.value.retryable
        assert holders(dynamodb) == [holder]


def test_two_resources_can_be_held_at_once(locks: ResourceLocks, dynamodb: BaseClient) -> None:
    with locks.hold(ARN, "c-1"), locks.hold(f"{ARN}-2", "c-2"):
        assert len(holders(dynamodb)) == 2


def test_a_resource_is_free_again_afterwards(locks: ResourceLocks, dynamodb: BaseClient) -> None:
    with locks.hold(ARN, "c-1"):
        pass
    assert holders(dynamodb) == []
    with locks.hold(ARN, "c-2"):
        pass


def test_a_resource_is_free_again_after_an_error(locks: ResourceLocks, dynamodb: BaseClient) -> None:
    with pytest.raises(KeyError), locks.hold(ARN, "c-1"):
        raise KeyError
    assert holders(dynamodb) == []


def test_a_lease_holds_to_its_last_second_and_can_be_taken_then(locks: ResourceLocks, clock: Clock) -> None:
    holding = locks.hold(ARN, "c-1")
    holding.__enter__()
    clock.seconds = LEASE_SECONDS
    with pytest.raises(ResourceBusy), locks.hold(ARN, "c-2"):
        pytest.fail("taken too early")
    clock.seconds = LEASE_SECONDS + 1
    with locks.hold(ARN, "c-2"):
        pass


def test_only_its_holder_releases_a_resource(locks: ResourceLocks, clock: Clock, dynamodb: BaseClient) -> None:
    slow = locks.hold(ARN, "slow")
    slow.__enter__()
    clock.seconds = LEASE_SECONDS + 1
    with locks.hold(ARN, "quick"):
        slow.__exit__(None, None, None)
        (holder,) = holders(dynamodb)
        assert holder.startswith("quick/")
        with pytest.raises(ResourceBusy), locks.hold(ARN, "third"):
            pytest.fail("released by another")


def test_a_lock_that_cannot_be_asked_is_not_held() -> None:
    client = boto3.client("dynamodb")
    with Stubber(client) as stub:
        stub.add_client_error("put_item", "InternalServerError", http_status_code=500)
        locks = ResourceLocks(client=client, table="locks", now=Clock())
        with pytest.raises(PlatformCallFailed, match="dynamodb:PutItem"), locks.hold(ARN, "c-1"):
            pytest.fail("held without being asked")


def test_what_was_done_under_a_lock_is_not_lost_because_it_cannot_be_released() -> None:
    """The lease ends by itself."""
    client = boto3.client("dynamodb")
    with Stubber(client) as stub:
        stub.add_response("put_item", {})
        stub.add_client_error("delete_item", "InternalServerError", http_status_code=500)
        locks = ResourceLocks(client=client, table="locks", now=Clock())
        with pytest.raises(KeyError, match="from within"), locks.hold(ARN, "c-1"):
            raise KeyError("from within")
        stub.assert_no_pending_responses()
