"""SQS queues for the cases of several fixes."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import ACCOUNT_ID, REGION, Clients, resource_from

_NUMBERS = count(1)


def queue(attributes: Callable[[str], dict[str, str]] | dict[str, str] | None = None) -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        name = f"orders-{next(_NUMBERS)}"
        clients("sqs").create_queue(QueueName=name)
        resource = resource_from(f"arn:aws:sqs:{REGION}:{ACCOUNT_ID}:{name}")
        if attributes:
            change(clients, resource, **(attributes(resource.arn) if callable(attributes) else attributes))
        return resource

    return create


def change(clients: Clients, resource: Resource, **attributes: str) -> None:
    sqs = clients("sqs")
    url = sqs.get_queue_url(QueueName=resource.name)["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes=attributes)


def attributes(clients: Clients, resource: Resource, *names: str) -> dict[str, Any]:
    sqs = clients("sqs")
    url = sqs.get_queue_url(QueueName=resource.name)["QueueUrl"]
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn", *names])["Attributes"]
    return {name: found.get(name) or None for name in names}
