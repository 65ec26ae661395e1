"""DynamoDB tables for the cases of several fixes."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import Clients, Refusal, resource_from

NUMBERS = count(1)


def create_table(clients: Clients, name: str, **parameters: Any) -> Resource:
    answer = clients("dynamodb").create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
        **parameters,
    )
    return resource_from(answer["TableDescription"]["TableArn"])


def table(**parameters: Any) -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        return create_table(clients, f"orders-{next(NUMBERS)}", **parameters)

    return create


def archived(name: str, **members: Any) -> Refusal:
    """A table in a state that moto does not keep."""
    known = {"TableStatus": "ARCHIVED", "TableId": "00000000-0000-0000-0000-000000000000", "TableSizeBytes": 1}
    return Refusal(
        name=name,
        create=table(),
        answers={"dynamodb:DescribeTable": {"Table": {**known, **members}}},
        because="is ARCHIVED; only an active one",
    )


def replaced(clients: Clients, resource: Resource) -> None:
    """To disturb a case: a table of the same name, which is another one."""
    dynamodb = clients("dynamodb")
    dynamodb.update_table(TableName=resource.name, DeletionProtectionEnabled=False)
    dynamodb.delete_table(TableName=resource.name)
    create_table(clients, resource.name)
