"""The function as Lambda calls it: a batch in, the failed messages out, and when they come back."""

from __future__ import annotations

import importlib
import io
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import Any
from unittest import mock

import pytest

from runtime.domain.outcome import Outcome
from runtime.message import Message
from tests.flow.world import World, enveloped, refuse

URL = "https://sqs.us-east-1.amazonaws.com/123456789012"
VARIABLES = {
    "SUTURE_APPCONFIG_APPLICATION": "suture-test",
    "SUTURE_APPCONFIG_ENVIRONMENT": "test",
    "SUTURE_APPCONFIG_PROFILE": "policy",
    "SUTURE_APPROVALS_QUEUE_URL": f"{URL}/approvals",
    "SUTURE_AUDIT_TABLE": "audit",
    "SUTURE_COMMANDS_QUEUE_URL": f"{URL}/commands",
    "SUTURE_ENVIRONMENT": "test",
    "SUTURE_EVENT_BUS": "suture",
    "SUTURE_FINDINGS_QUEUE_URL": f"{URL}/findings",
    "SUTURE_FOLLOW_UP_QUEUE_URL": f"{URL}/follow-ups",
    "SUTURE_HOLDS_TABLE": "holds",
    "SUTURE_LEDGER_TABLE": "ledger",
    "SUTURE_LOCK_TABLE": "locks",
    "SUTURE_REGISTRY_TABLE": "registry",
    "SUTURE_RETRY_SECONDS": "30",
    "SUTURE_REVIEW_QUEUE_URL": f"{URL}/review",
    "SUTURE_RUNS_QUEUE_URL": f"{URL}/runs.fifo",
    "SUTURE_VERIFY_SECONDS": "60",
    "SUTURE_VERSION": "test",
    "POWERTOOLS_SERVICE_NAME": "suture",
    "POWERTOOLS_METRICS_NAMESPACE": "Suture",
}


@dataclass
class Context:
    function_name: str = "suture-test"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:123456789012:function:suture-test"
    aws_request_id: str = "request-1"


@pytest.fixture
def entry(world: World) -> Iterator[ModuleType]:
    """The module, imported as in a new process of this deployment, with the world's policy."""
    for name in ("runtime.entry.handler", "runtime.entry.telemetry", "runtime.bootstrap"):
        sys.modules.pop(name, None)
    with (
        mock.patch.dict("os.environ", {**VARIABLES, "SUTURE_SECURITY_TOPIC_ARN": world.topic}),
        mock.patch("runtime.aws.policy.PolicySource.current", side_effect=world.current_policy),
    ):
        yield importlib.import_module("runtime.entry.handler")


def deliver(world: World, message: Message, queue: str = "findings") -> dict[str, Any]:
    """Put a message into a queue and take it out again, as Lambda does. Returns the record that Lambda makes of it."""
    sqs = world.client("sqs")
    url = sqs.create_queue(QueueName=queue)["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody=message.body)
    (taken,) = sqs.receive_message(QueueUrl=url, AttributeNames=["ApproximateReceiveCount", "SenderId"])["Messages"]
    return {
        "messageId": taken["MessageId"],
        "receiptHandle": taken["ReceiptHandle"],
        "body": taken["Body"],
        "attributes": taken["Attributes"],
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:us-east-1:123456789012:{queue}",
        "awsRegion": "us-east-1",
    }


def failed(answer: dict[str, Any]) -> list[str]:
    return [item["itemIdentifier"] for item in answer["batchItemFailures"]]


def test_only_the_failed_messages_of_a_batch_come_back(world: World, entry: ModuleType) -> None:
    world.customer("s3").create_bucket(Bucket="handled")
    busy, fine = (world.finding("arn:aws:s3:::handled", "s3-block-public-access") for _ in range(2))
    records = [deliver(world, message) for message in (busy, fine)]

    def throttle_once(_: int, name: str) -> None:
        if name == "sts:AssumeRole" and calls.count(name) == 1:
            refuse(name, "Throttling")(0, name)

    with world.watched() as calls:
        calls.before = throttle_once
        answer = entry.handler({"Records": records}, Context())
    assert failed(answer) == [records[0]["messageId"]]
    assert world.history(busy).events == ()
    assert world.outcome(fine).outcome is Outcome.REMEDIATE


@pytest.mark.parametrize(("receive_count", "seconds"), [("1", 30), ("2", 60), ("5", 480), ("9", 900)])
def test_a_failed_message_waits_twice_as_long_each_time(
    world: World, entry: ModuleType, receive_count: str, seconds: int
) -> None:
    record = deliver(world, world.finding("arn:aws:s3:::handled", "s3-block-public-access"))
    record["attributes"]["ApproximateReceiveCount"] = receive_count
    with world.watched() as calls:
        calls.before = refuse("sts:AssumeRole", "Throttling")
        entry.handler({"Records": [record]}, Context())
    assert [made["VisibilityTimeout"] for made in calls.parameters("sqs:ChangeMessageVisibility")] == [seconds]


def test_a_message_whose_wait_cannot_be_set_still_comes_back(world: World, entry: ModuleType) -> None:
    record = deliver(world, world.finding("arn:aws:s3:::handled", "s3-block-public-access"))
    record["receiptHandle"] = "of no message"
    with world.watched() as calls:
        calls.before = refuse("sts:AssumeRole", "Throttling")
        answer = entry.handler({"Records": [record]}, Context())
    assert failed(answer) == [record["messageId"]]


def test_a_defect_is_logged_with_its_correlation_id_and_the_message_comes_back(
    world: World, entry: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    def defect(*_: Any) -> None:
        raise ZeroDivisionError("a defect")

    monkeypatch.setattr("runtime.pipeline.decide", defect)
    message = world.finding("arn:aws:s3:::handled", "s3-block-public-access")
    record = deliver(world, message)
    log = io.StringIO()
    # The logger outlives this import of the module; its stream is an earlier test's standard output.
    monkeypatch.setattr(entry.logger.registered_handler, "stream", log)
    assert failed(entry.handler({"Records": [record]}, Context())) == [record["messageId"]]
    (line,) = [json.loads(text) for text in log.getvalue().splitlines() if "ZeroDivisionError" in text]
    assert line["level"] == "ERROR"
    assert line["correlation_id"] == json.loads(message.body)["MessageId"]


def test_each_outcome_is_counted(world: World, entry: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    entry.handler({"Records": [deliver(world, enveloped("not json"))]}, Context())
    (metrics,) = [json.loads(text) for text in capsys.readouterr().out.splitlines() if "CloudWatchMetrics" in text]
    assert metrics["REJECT"] == [1.0]


def test_what_the_platform_says_to_itself_is_not_believed_on_the_findings_queue(
    world: World, entry: ModuleType
) -> None:
    """Whoever may publish findings could otherwise have any run looked at again, or worse once there is more to say."""
    message = enveloped(json.dumps({"kind": "verify", "correlation_id": "x", "attempt": 1}))
    assert failed(entry.handler({"Records": [deliver(world, message)]}, Context())) == []
    assert world.outcome(message).outcome is Outcome.REJECT


def test_a_finding_is_not_taken_from_the_follow_up_queue(world: World, entry: ModuleType) -> None:
    message = world.finding("arn:aws:s3:::handled", "s3-block-public-access")
    record = deliver(world, message, "follow-ups")
    assert failed(entry.handler({"Records": [record]}, Context())) == [record["messageId"]]
    assert world.history(message).events == ()
