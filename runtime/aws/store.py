"""The store in DynamoDB."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from time import sleep
from typing import Any
from uuid import uuid4

from botocore import xform_name
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from runtime.application.ports import (
    Absent,
    Add,
    AllOf,
    Below,
    Condition,
    ConditionFailed,
    Delete,
    Equals,
    Item,
    Key,
    Partition,
    Put,
    Stored,
    Table,
    Together,
    Write,
)
from runtime.aws.errors import platform_errors
from runtime.domain.errors import PlatformCallFailed

KEY_NAMES: Mapping[Table, tuple[str, ...]] = {
    Table.AUDIT: ("correlation_id", "sequence"),
    Table.REGISTRY: ("partition", "item"),
    Table.LEDGER: ("partition", "item"),
    Table.HOLDS: ("partition", "item"),
    Table.LOCKS: ("resource_arn",),
}
"""The attributes of each table's key."""

BATCH = 100
"""Items of one BatchGetItem. https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html"""

ATTEMPTS = 12
_FIRST_SECONDS, _LONGEST_SECONDS = 0.02, 1.0
"""The most that is waited after the first attempt; it doubles with each, up to the second."""

_PASSING = frozenset({"TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded"})
"""Why a transaction may be cancelled that would be made if it were sent again.
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html"""

_OPERATIONS = {Put: "PutItem", Delete: "DeleteItem"}
_IN_TRANSACTION = {Put: "Put", Add: "Update", Delete: "Delete"}

type _Attributes = Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class DynamoStore:
    """``tables`` are the names of the tables."""

    client: BaseClient
    tables: Mapping[Table, str]
    together: Together
    wait: Callable[[float], None] = sleep

    def read(self, items: Sequence[Key] = (), partitions: Sequence[Partition] = ()) -> Stored:
        batches = [items[start : start + BATCH] for start in range(0, len(items), BATCH)]
        answers = self.together(
            *(lambda batch=batch: self._read_batch(batch) for batch in batches),
            *(lambda partition=partition: self.find(partition) for partition in partitions),
        )
        return Stored(
            items={key: item for answer in answers[: len(batches)] for key, item in answer},
            partitions=dict(zip(partitions, answers[len(batches) :], strict=True)),
        )

    def find(
        self,
        partition: Partition,
        *,
        begins_with: str = "",
        between: tuple[str, str] | None = None,
        most: int | None = None,
    ) -> list[tuple[Key, Item]]:
        names = KEY_NAMES[partition.table]
        condition, values = "#p = :p", {":p": partition.partition}
        if begins_with:
            condition, values = condition + " AND begins_with(#i, :i)", {**values, ":i": begins_with}
        elif between is not None:
            condition += " AND #i BETWEEN :first AND :last"
            values |= {":first": between[0], ":last": between[1]}
        query = {
            "TableName": self.tables[partition.table],
            "KeyConditionExpression": condition,
            "ExpressionAttributeNames": {"#p": names[0], **({"#i": names[1]} if "#i" in condition else {})},
            "ExpressionAttributeValues": _to_attributes(values),
            "ConsistentRead": True,
        }
        if most is not None:
            query["Limit"] = most
        found: list[tuple[Key, Item]] = []
        while True:
            with platform_errors("dynamodb", "Query"):
                page = self.client.query(**query)
            found += [self._from_attributes(partition.table, one) for one in page["Items"]]
            if most is not None or "LastEvaluatedKey" not in page:
                return found
            query["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def commit(self, writes: Sequence[Write]) -> None:
        token = str(uuid4())
        for pause in pauses():
            try:
                self._commit(writes, token)
            except _Conflict:
                self.wait(pause)
            else:
                return
        self._commit(writes, token)

    def _read_batch(self, keys: Sequence[Key]) -> list[tuple[Key, Item]]:
        request: dict[str, Any] = {}
        for key in keys:
            table = request.setdefault(self.tables[key.table], {"Keys": [], "ConsistentRead": True})
            table["Keys"].append(_key_attributes(key))
        found: list[tuple[Key, Item]] = []
        waits = pauses()
        while True:
            with platform_errors("dynamodb", "BatchGetItem"):
                answer = self.client.batch_get_item(RequestItems=request)
            for table, name in self.tables.items():
                found += [self._from_attributes(table, item) for item in answer["Responses"].get(name, [])]
            request = answer.get("UnprocessedKeys", {})
            if not request:
                return found
            pause = next(waits, None)
            if pause is None:
                message = "keys were left unprocessed again and again"
                raise PlatformCallFailed(
                    service="dynamodb", operation="BatchGetItem", code="UnprocessedKeys", message=message
                )
            self.wait(pause)

    def _commit(self, writes: Sequence[Write], token: str) -> None:
        match writes:
            case [Put() | Delete() as write]:
                self._write_one(write)
            case _:
                self._write_all(writes, token)

    def _write_one(self, write: Put | Delete) -> None:
        """A write that conflicts with itself was made: its answer was lost, and the client sent it again."""
        operation = _OPERATIONS[type(write)]
        try:
            with platform_errors("dynamodb", operation):
                getattr(self.client, xform_name(operation))(**self._request(write))
        except PlatformCallFailed as error:
            if error.code == "TransactionConflictException":
                raise _Conflict(error.operation, error.code, error.message) from error
            if error.code != "ConditionalCheckFailedException":
                raise
            found = self._found(write, _response(error).get("Item"))
            if found != (write.item if isinstance(write, Put) else None):
                raise ConditionFailed({write.key: found}) from error

    def _write_all(self, writes: Sequence[Write], token: str) -> None:
        """For ten minutes DynamoDB makes a write with one token once, and reports success each time."""
        try:
            with platform_errors("dynamodb", "TransactWriteItems"):
                self.client.transact_write_items(
                    TransactItems=[{_IN_TRANSACTION[type(write)]: self._request(write)} for write in writes],
                    ClientRequestToken=token,
                )
        except PlatformCallFailed as error:
            reasons = _response(error).get("CancellationReasons", [])
            codes = [reason.get("Code") for reason in reasons]
            failed = {
                write.key: self._found(write, reason.get("Item"))
                for write, reason, code in zip(writes, reasons, codes, strict=False)
                if code == "ConditionalCheckFailed"
            }
            if failed:
                raise ConditionFailed(failed) from error
            if error.code == "TransactionInProgressException" or not _PASSING.isdisjoint(codes):
                raise _Conflict(error.operation, error.code, error.message) from error
            raise

    def _found(self, write: Write, attributes: _Attributes | None) -> Item | None:
        return self._from_attributes(write.key.table, attributes)[1] if attributes else None

    def _request(self, write: Write) -> dict[str, Any]:
        expression = _Expression()
        request: dict[str, Any] = {"TableName": self.tables[write.key.table]}
        match write:
            case Put(key=key, item=item):
                request["Item"] = {**_key_attributes(key), **_to_attributes(item)}
            case Delete(key=key):
                request["Key"] = _key_attributes(key)
            case Add(key=key, attribute=attribute, amount=amount, remove=remove):
                request["Key"] = _key_attributes(key)
                update = f"ADD {expression.name(attribute)} {expression.value(amount)}"
                removed = ", ".join(map(expression.name, remove))
                request["UpdateExpression"] = f"{update} REMOVE {removed}" if removed else update
        if write.condition is not None:
            request["ConditionExpression"] = expression.condition(write.condition, KEY_NAMES[write.key.table][0])
            request["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        if expression.names:
            request["ExpressionAttributeNames"] = expression.names
        if expression.values:
            request["ExpressionAttributeValues"] = expression.values
        return request

    def _from_attributes(self, table: Table, attributes: _Attributes) -> tuple[Key, Item]:
        names = KEY_NAMES[table]
        key = Key(table, *(attributes[name]["S"] for name in names))
        return key, {name: _from_attribute(value) for name, value in attributes.items() if name not in names}


def pauses(uniform: Callable[[float, float], float] = random.uniform) -> Iterator[float]:
    """The random delay in seconds after each attempt except the last, so that conflicting writers do not conflict
    again."""
    return (uniform(0, min(_FIRST_SECONDS * 2**attempt, _LONGEST_SECONDS)) for attempt in range(ATTEMPTS - 1))


class _Conflict(PlatformCallFailed):
    """Another transaction was in progress on one of the items. Nothing was written."""

    def __init__(self, operation: str, code: str, message: str) -> None:
        super().__init__(service="dynamodb", operation=operation, code=code, message=message)


class _Expression:
    """Placeholders for names and values in DynamoDB expressions."""

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self.values: dict[str, Any] = {}

    def name(self, attribute: str) -> str:
        self.names[placeholder := f"#n{len(self.names)}"] = attribute
        return placeholder

    def value(self, value: str | int) -> str:
        self.values[placeholder := f":v{len(self.values)}"] = _to_attribute(value)
        return placeholder

    def condition(self, condition: Condition, key_name: str) -> str:
        match condition:
            case Absent():
                return f"attribute_not_exists({self.name(key_name)})"
            case Equals(attribute=attribute, value=value):
                name = self.name(attribute)
                return f"attribute_not_exists({name})" if value is None else f"{name} = {self.value(value)}"
            case Below(attribute=attribute, limit=limit):
                name = self.name(attribute)
                return f"(attribute_not_exists({name}) OR {name} < {self.value(limit)})"
            case AllOf(conditions=conditions):
                return " AND ".join([self.condition(one, key_name) for one in conditions])


def _response(error: PlatformCallFailed) -> Mapping[str, Any]:
    """The parts of DynamoDB's error response besides code and message."""
    cause = error.__cause__
    return cause.response if isinstance(cause, ClientError) else {}


def _key_attributes(key: Key) -> _Attributes:
    return _to_attributes(dict(zip(KEY_NAMES[key.table], (key.partition, key.item), strict=False)))


def _to_attributes(item: Item) -> dict[str, dict[str, Any]]:
    return {name: _to_attribute(value) for name, value in item.items()}


def _to_attribute(value: str | int | bytes) -> dict[str, Any]:
    match value:
        case str():
            return {"S": value}
        case bytes():
            return {"B": value}
        case int():
            return {"N": str(value)}


def _from_attribute(value: Mapping[str, Any]) -> str | int | bytes:
    """A type that this code does not write is returned as text."""
    match value:
        case {"S": str(text)}:
            return text
        case {"B": bytes(content)}:
            return content
        case {"N": str(number)} if number.lstrip("-").isdigit():
            return int(number)
        case _:
            return str(value)
