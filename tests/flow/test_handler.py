"""The function as Lambda calls it: a batch in, the failed messages out, and when they come back.

What its queues do is done by use cases over the ports in memory; how a message waits is said to SQS, as moto has it.
"""

from __future__ import annotations

import importlib
import io
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any
from unittest import mock

import boto3
import pytest
from botocore.client import BaseClient
from moto import mock_aws

from runtime.application.ports import Message
from runtime.aws.mail import TOPICS
from runtime.domain.followup import Verify, message_to_json
from runtime.domain.outcome import Outcome, Reason
from tests.flow.scene import ANN, CYD, FIX, Bucket, a_bucket, approval_of
from tests.flow.world import World
from tests.memory.calls import refuse

ENTRY, WIRING = "runtime.entry.handler", "runtime.entry.wiring"
ACCOUNT, REGION = "123456789012", "us-east-1"
URL = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}"
VARIABLES = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": REGION,
    "SUTURE_APPCONFIG_APPLICATION": "suture-test",
    "SUTURE_APPCONFIG_ENVIRONMENT": "test",
    "SUTURE_APPCONFIG_PROFILE": "policy",
    "SUTURE_APPROVALS_QUEUE_URL": f"{URL}/approvals",
    "SUTURE_COMMANDS_QUEUE_URL": f"{URL}/commands",
    "SUTURE_ENVIRONMENT": "test",
    "SUTURE_EVENT_BUS": "suture",
    "SUTURE_FINDINGS_QUEUE_URL": f"{URL}/findings",
    "SUTURE_FOLLOW_UP_QUEUE_URL": f"{URL}/follow-ups",
    "SUTURE_RETRY_SECONDS": "30",
    "SUTURE_REVIEW_QUEUE_URL": f"{URL}/review",
    "SUTURE_RUNS_QUEUE_URL": f"{URL}/runs.fifo",
    "SUTURE_FINDINGS_TOPIC_ARN": f"arn:aws:sns:{REGION}:{ACCOUNT}:findings",
    **{f"SUTURE_{one.name}_TOPIC_ARN": f"arn:aws:sns:{REGION}:{ACCOUNT}:{one}" for one in TOPICS},
    "SUTURE_VERIFY_SECONDS": "60",
    "SUTURE_VERSION": "test",
    "POWERTOOLS_SERVICE_NAME": "suture",
    "POWERTOOLS_METRICS_NAMESPACE": "Suture",
}


@dataclass
class Context:
    function_name: str = "suture-test"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:suture-test"
    aws_request_id: str = "request-1"


@pytest.fixture
def entry(world: World) -> Iterator[ModuleType]:
    """The module, imported as in a new process of this deployment, over the world's ports."""
    for name in (ENTRY, WIRING, "runtime.entry.telemetry"):
        sys.modules.pop(name, None)
    with mock.patch.dict("os.environ", VARIABLES):
        wiring = importlib.import_module(WIRING)
        use_cases = world.new_platform(telemetry=wiring.PowertoolsTelemetry())
        with mock.patch.object(wiring, "build_use_cases", return_value=use_cases):
            yield importlib.import_module(ENTRY)


@pytest.fixture
def bucket(world: World) -> Bucket:
    return a_bucket(world)


def record_of(message: Message, queue: str = "findings", *, receive_count: int = 1) -> dict[str, Any]:
    """A message as Lambda takes it out of a queue."""
    return {
        "messageId": message.id,
        "receiptHandle": message.receipt or f"receipt-of-{message.id}",
        "body": message.body,
        "attributes": {"ApproximateReceiveCount": f"{receive_count}", "SenderId": message.sender_id},
        "messageAttributes": {},
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:{REGION}:{ACCOUNT}:{queue}",
        "awsRegion": REGION,
    }


def handle(entry: ModuleType, *records: Mapping[str, Any]) -> list[str]:
    """Have a batch handled. Returns the ids of the messages that failed."""
    answer = entry.handler({"Records": list(records)}, Context())
    return [item["itemIdentifier"] for item in answer["batchItemFailures"]]


@pytest.fixture
def waits(entry: ModuleType) -> Iterator[list[tuple[str, int]]]:
    """Through which queue, and for how many seconds, the function lets messages wait. Nothing else is asked of AWS."""
    asked: list[tuple[str, int]] = []
    call = BaseClient._make_api_call

    def noted(client: BaseClient, operation: str, parameters: Mapping[str, Any]) -> Any:
        if operation == "ChangeMessageVisibility":
            asked.append((parameters["QueueUrl"], parameters["VisibilityTimeout"]))
        return call(client, operation, parameters)

    with mock_aws(), mock.patch.object(BaseClient, "_make_api_call", noted):
        yield asked


def received(message: Message, queue: str = "findings", *, receive_count: int = 1) -> dict[str, Any]:
    """A message that was put into a queue of moto's and taken out again."""
    sqs = boto3.client("sqs", region_name=REGION)
    url = sqs.create_queue(QueueName=queue)["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody=message.body)
    (taken,) = sqs.receive_message(QueueUrl=url)["Messages"]
    taken_out = Message(id=taken["MessageId"], body=taken["Body"], receipt=taken["ReceiptHandle"])
    return record_of(taken_out, queue, receive_count=receive_count)


def test_only_the_failed_messages_of_a_batch_come_back(
    world: World, entry: ModuleType, bucket: Bucket, waits: list[tuple[str, int]]
) -> None:
    busy, fine = (world.finding(bucket.arn, FIX) for _ in range(2))
    records = [received(message) for message in (busy, fine)]
    with world.watched() as calls:
        calls.before = refuse("sts:AssumeRole", "Throttling", at=1)
        assert handle(entry, *records) == [records[0]["messageId"]]
    assert world.history(busy).events == ()
    assert world.outcome(fine).outcome is Outcome.REMEDIATE
    assert len(waits) == 1


@pytest.mark.parametrize(("receive_count", "seconds"), [(1, 30), (2, 60), (5, 480), (9, 900)])
def test_a_failed_message_waits_twice_as_long_each_time(
    world: World, entry: ModuleType, bucket: Bucket, waits: list[tuple[str, int]], receive_count: int, seconds: int
) -> None:
    record = received(world.finding(bucket.arn, FIX), receive_count=receive_count)
    with world.watched() as calls:
        calls.before = refuse("sts:AssumeRole", "Throttling")
        assert handle(entry, record) == [record["messageId"]]
    assert waits == [(f"{URL}/findings", seconds)]


def test_a_message_whose_wait_cannot_be_set_still_comes_back(
    world: World, entry: ModuleType, bucket: Bucket, waits: list[tuple[str, int]]
) -> None:
    record = {**received(world.finding(bucket.arn, FIX)), "receiptHandle": "of no message"}
    with world.watched() as calls:
        calls.before = refuse("sts:AssumeRole", "Throttling")
        assert handle(entry, record) == [record["messageId"]]
    assert len(waits) == 1


def test_a_message_of_each_queue_waits_in_its_own(
    world: World, entry: ModuleType, waits: list[tuple[str, int]]
) -> None:
    for queue in ("findings", "follow-ups", "commands", "approvals"):
        message = Message(id="1", body="not json")
        with world.watched() as calls:
            calls.before = refuse("store.commit", "InternalServerError")
            assert handle(entry, received(message, queue))
    assert waits == [(f"{URL}/{queue}", 30) for queue in ("findings", "follow-ups", "commands", "approvals")]


def test_a_defect_is_logged_with_its_run_and_the_message_comes_back(
    world: World, entry: ModuleType, bucket: Bucket, waits: list[tuple[str, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def defect(*_: Any) -> None:
        raise ZeroDivisionError("a defect")

    monkeypatch.setattr("runtime.application.findings.decide", defect)
    message = world.finding(bucket.arn, FIX)
    record = received(message)
    log = io.StringIO()
    # The logger outlives this import of the module; its stream is an earlier test's standard output.
    monkeypatch.setattr(entry.logger.registered_handler, "stream", log)
    assert handle(entry, record) == [record["messageId"]]
    (line,) = [json.loads(text) for text in log.getvalue().splitlines() if "ZeroDivisionError" in text]
    assert line["level"] == "ERROR"
    assert line["correlation_id"] == json.loads(message.body)["MessageId"]


def test_each_outcome_is_counted(world: World, entry: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    handle(entry, record_of(world.enveloped("not json")))
    (metrics,) = [json.loads(text) for text in capsys.readouterr().out.splitlines() if "CloudWatchMetrics" in text]
    assert metrics["REJECT"] == [1.0]


def test_sqs_is_asked_about_the_delivery_that_the_event_names(world: World, entry: ModuleType, bucket: Bucket) -> None:
    message = world.finding(bucket.arn, FIX)
    with world.watched() as calls:
        assert handle(entry, record_of(message)) == []
    (asked,) = calls.arguments("mail.confirm")
    assert (asked.id, asked.receipt, asked.queue) == (message.id, f"receipt-of-{message.id}", "findings")
    assert bucket.closed


def test_a_command_is_whose_sqs_says_it_is(world: World, entry: ModuleType, bucket: Bucket) -> None:
    world.onboard(environment="production")
    stored = bucket.found()
    mine = world.ordered(approval_of(stored), ANN)
    forged = {**record_of(world.ordered(approval_of(stored), ANN), "approvals")}
    forged["attributes"]["SenderId"] = CYD.user_id
    assert handle(entry, forged, record_of(mine, "approvals")) == []
    assert world.outcome_of(forged["messageId"]).reason is Reason.IDENTITY_MISMATCH
    assert world.outcome_of(mine.id).reason is Reason.APPROVAL_COMPLETE


def test_what_the_platform_says_to_itself_is_not_believed_on_the_findings_queue(
    world: World, entry: ModuleType
) -> None:
    """Whoever may publish findings could otherwise have any run looked at again, or worse once there is more to say."""
    message = world.enveloped(json.dumps(message_to_json(Verify(correlation_id="x", attempt=1))))
    assert handle(entry, record_of(message)) == []
    assert world.outcome(message).outcome is Outcome.REJECT


def test_a_finding_is_not_taken_from_the_follow_up_queue(
    world: World, entry: ModuleType, bucket: Bucket, waits: list[tuple[str, int]]
) -> None:
    message = world.finding(bucket.arn, FIX)
    record = received(message, "follow-ups")
    assert handle(entry, record) == [record["messageId"]]
    assert world.history(message).events == ()


@pytest.mark.parametrize("queue", ["findings", "follow-ups", "runs.fifo"])
def test_a_command_is_taken_from_no_queue_but_those_for_commands(
    world: World, entry: ModuleType, bucket: Bucket, waits: list[tuple[str, int]], queue: str
) -> None:
    """Who may send a command is decided by who may send to its queue."""
    world.onboard(environment="production")
    stored = bucket.found()
    handle(entry, record_of(world.ordered(approval_of(stored), ANN), queue))
    assert world.history_of(stored.correlation_id).verdict is None
    assert world.mail.runs == []
    assert not bucket.closed
