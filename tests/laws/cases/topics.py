"""SNS topics for the cases of several fixes."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import count
from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import Clients, resource_from
from tests.laws.cases.policies import document

ARN = "<topic>"
_NUMBERS = count(1)


def topic(
    *statements: dict[str, Any], more: Callable[[Clients, Resource], object] | None = None, **attributes: str
) -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        answer = clients("sns").create_topic(Name=f"orders-{next(_NUMBERS)}", Attributes=attributes)
        resource = resource_from(answer["TopicArn"])
        if statements:
            put_policy(clients, resource, *statements)
        if more:
            more(clients, resource)
        return resource

    return create


def put_policy(clients: Clients, resource: Resource, *statements: dict[str, Any]) -> None:
    text = json.dumps(document(*statements, Id="Grün"), indent=1).replace(ARN, resource.arn)
    clients("sns").set_topic_attributes(TopicArn=resource.arn, AttributeName="Policy", AttributeValue=text)


def attribute(clients: Clients, resource: Resource, name: str) -> Any:
    return clients("sns").get_topic_attributes(TopicArn=resource.arn)["Attributes"].get(name) or None
