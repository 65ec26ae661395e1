"""When a failed message comes back."""

from __future__ import annotations

from functools import cache

import boto3
import pytest
from botocore.client import BaseClient
from botocore.stub import Stubber

from runtime.aws.retries import LONGEST_WAIT_SECONDS, RetrySchedule
from runtime.domain.errors import PlatformCallFailed

URL = "https://sqs.us-east-1.amazonaws.com/111111111111/findings"


@pytest.fixture
def sqs() -> BaseClient:
    return boto3.client("sqs")


def postpone(sqs: BaseClient, receive_count: int, *, base_seconds: int = 30) -> None:
    schedule = RetrySchedule(client=cache({"sqs": sqs}.__getitem__), base_seconds=base_seconds)
    schedule.postpone(queue_url=URL, receipt_handle="handle", receive_count=receive_count)


@pytest.mark.parametrize(
    ("base_seconds", "receive_count", "seconds"),
    [
        (30, 1, 30),
        (30, 2, 60),
        (30, 3, 120),
        (30, 5, 480),
        (30, 6, LONGEST_WAIT_SECONDS),
        (30, 1000, LONGEST_WAIT_SECONDS),
        (0, 4, 0),
        (1000, 1, LONGEST_WAIT_SECONDS),
    ],
)
def test_each_failure_doubles_the_wait_up_to_the_longest(
    sqs: BaseClient, base_seconds: int, receive_count: int, seconds: int
) -> None:
    with Stubber(sqs) as stub:
        stub.add_response(
            "change_message_visibility",
            {},
            {"QueueUrl": URL, "ReceiptHandle": "handle", "VisibilityTimeout": seconds},
        )
        postpone(sqs, receive_count, base_seconds=base_seconds)
        stub.assert_no_pending_responses()


def test_a_message_that_cannot_be_postponed_is_an_error(sqs: BaseClient) -> None:
    with Stubber(sqs) as stub:
        stub.add_client_error("change_message_visibility", "ReceiptHandleIsInvalid")
        with pytest.raises(PlatformCallFailed, match="sqs:ChangeMessageVisibility"):
            postpone(sqs, 1)
