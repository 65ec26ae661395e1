"""An SQS queue and its encryption."""

from __future__ import annotations

from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import AlreadyCompliant, Bad, Clients, Refusal
from tests.laws.cases.queues import attributes, change, queue

OFF = {"SqsManagedSseEnabled": "false"}


def _make_it_anew(clients: Clients, resource: Resource) -> None:
    sqs = clients("sqs")
    sqs.delete_queue(QueueUrl=sqs.get_queue_url(QueueName=resource.name)["QueueUrl"])
    sqs.create_queue(QueueName=resource.name, Attributes={"KmsMasterKeyId": ""})
    change(clients, resource, **OFF)


def read_back(clients: Clients, resource: Resource) -> Any:
    return attributes(clients, resource, "SqsManagedSseEnabled", "KmsMasterKeyId", "VisibilityTimeout")


CASES = (
    Bad(
        name="not encrypted",
        create=queue({**OFF, "VisibilityTimeout": "77"}),
        fixed={"SqsManagedSseEnabled": "true", "KmsMasterKeyId": None, "VisibilityTimeout": "77"},
        disturb=_make_it_anew,
    ),
    AlreadyCompliant(name="encrypted by SQS", create=queue({"SqsManagedSseEnabled": "true"})),
    AlreadyCompliant(name="encrypted with a key", create=queue({**OFF, "KmsMasterKeyId": "alias/aws/sqs"})),
    Refusal(
        name="one whose encryption is not told",
        create=queue(OFF),
        answers={"sqs:GetQueueAttributes": {"Attributes": {"QueueArn": "arn", "CreatedTimestamp": "1"}}},
        because="SQS does not report whether",
    ),
)
