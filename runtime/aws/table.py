"""A DynamoDB table whose items are texts under a partition and a sort key. Every read is consistent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from botocore.client import BaseClient

from runtime.aws.errors import platform_errors
from runtime.domain.errors import ConditionalWriteConflict, PlatformCallFailed, RegistryInvalid

type Item = Mapping[str, str]

PARTITION, ITEM = "partition", "item"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """``client`` is a low-level DynamoDB client. Each method raises ``PlatformCallFailed`` if DynamoDB does not answer.

    ``keys`` are the attributes that an item is known by.
    """

    client: BaseClient
    name: str
    keys: tuple[str, str] = (PARTITION, ITEM)

    def read(self, partition: str, *, begins_with: str = "", between: tuple[str, str] | None = None) -> list[Item]:
        """The partition's items in the order of their keys: with this prefix, or between two keys, or all."""
        condition, names = "#partition = :partition", {"#partition": self.keys[0]}
        values = {":partition": {"S": partition}}
        if begins_with:
            condition += " AND begins_with(#item, :prefix)"
            names["#item"], values[":prefix"] = self.keys[1], {"S": begins_with}
        elif between is not None:
            condition += " AND #item BETWEEN :first AND :last"
            names["#item"] = self.keys[1]
            values |= {":first": {"S": between[0]}, ":last": {"S": between[1]}}
        with platform_errors("dynamodb", "Query"):
            pages = self.client.get_paginator("query").paginate(
                TableName=self.name,
                KeyConditionExpression=condition,
                ExpressionAttributeNames=names,
                ExpressionAttributeValues=values,
                ConsistentRead=True,
            )
            return [self._texts(item) for page in pages for item in page["Items"]]

    def add(self, item: Item) -> None:
        """Write an item that is not there yet. Raises ``ConditionalWriteConflict`` if it is: nothing is overwritten."""
        try:
            with platform_errors("dynamodb", "PutItem"):
                self.client.put_item(
                    TableName=self.name,
                    Item=_attributes(item),
                    ConditionExpression="attribute_not_exists(#partition)",
                    ExpressionAttributeNames={"#partition": self.keys[0]},
                )
        except PlatformCallFailed as error:
            if error.code != "ConditionalCheckFailedException":
                raise
            raise ConditionalWriteConflict("/".join(item[key] for key in self.keys)) from error

    def put(self, item: Item) -> None:
        """Write an item, in place of the one with its keys if there is one."""
        with platform_errors("dynamodb", "PutItem"):
            self.client.put_item(TableName=self.name, Item=_attributes(item))

    def delete(self, partition: str, item: str) -> None:
        """Remove an item, if it is there."""
        with platform_errors("dynamodb", "DeleteItem"):
            self.client.delete_item(
                TableName=self.name, Key=_attributes(dict(zip(self.keys, (partition, item), strict=True)))
            )

    def replace(self, items: Mapping[str, tuple[Item, str | None]]) -> None:
        """Write several items or none, each under its partition and in place of one of that ``version``, or of none.

        Raises ``ConditionalWriteConflict`` if one of them has changed meanwhile.
        https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
        """
        try:
            with platform_errors("dynamodb", "TransactWriteItems"):
                self.client.transact_write_items(
                    TransactItems=[{"Put": self._conditional_put(item, version)} for item, version in items.values()]
                )
        except PlatformCallFailed as error:
            if error.code not in ("TransactionCanceledException", "TransactionConflictException"):
                raise
            raise ConditionalWriteConflict(", ".join(items)) from error

    def _texts(self, item: Mapping[str, Mapping[str, str]]) -> Item:
        """The item as texts. Raises ``RegistryInvalid`` where somebody has put something else."""
        for name, value in item.items():
            if "S" not in value:
                partition, key = (item.get(key, {}).get("S", "?") for key in self.keys)
                raise RegistryInvalid(partition=partition, item=key, problem=f"{name!r} is not a text")
        return {name: value["S"] for name, value in item.items()}

    def _conditional_put(self, item: Item, version: str | None) -> dict[str, object]:
        put: dict[str, object] = {"TableName": self.name, "Item": _attributes(item)}
        if version is None:
            return put | {
                "ConditionExpression": "attribute_not_exists(#partition)",
                "ExpressionAttributeNames": {"#partition": self.keys[0]},
            }
        return put | {
            "ConditionExpression": "#version = :version",
            "ExpressionAttributeNames": {"#version": "version"},
            "ExpressionAttributeValues": {":version": {"S": version}},
        }


@contextmanager
def whole(item: Item) -> Iterator[None]:
    """Within it, a part that is missing or of the wrong form raises ``RegistryInvalid``, which names the item."""
    try:
        yield
    except (KeyError, ValueError) as error:
        problem = f"{error.args[0]!r} is missing" if isinstance(error, KeyError) else str(error)
        raise RegistryInvalid(partition=item[PARTITION], item=item[ITEM], problem=problem) from error


def _attributes(item: Item) -> dict[str, dict[str, str]]:
    return {name: {"S": value} for name, value in item.items()}
