"""The audit trail in DynamoDB: append only. The function's role can put and query, and every put is conditional."""

from __future__ import annotations

import json

from botocore.client import BaseClient

from runtime.aws.errors import platform_errors
from runtime.domain.audit import AuditEvent, EventKind, History, event_from_json, event_to_json
from runtime.domain.errors import ConditionalWriteConflict, PlatformCallFailed


class AuditTrail:
    """Reads and appends the events of findings. ``client`` is a low-level DynamoDB client."""

    def __init__(self, *, client: BaseClient, table: str) -> None:
        self._client = client
        self._table = table

    def read(self, correlation_id: str) -> History:
        """Everything recorded for one finding so far, read consistently. Raises ``PlatformCallFailed``."""
        events: list[AuditEvent] = []
        with platform_errors("dynamodb", "Query"):
            pages = self._client.get_paginator("query").paginate(
                TableName=self._table,
                KeyConditionExpression="correlation_id = :id",
                ExpressionAttributeValues={":id": {"S": correlation_id}},
                ConsistentRead=True,
            )
            for page in pages:
                events += [event_from_json(json.loads(item["document"]["S"])) for item in page["Items"]]
        return History(events=tuple(events))

    def append(self, event: AuditEvent) -> None:
        """Write one event, durably, before returning.

        Raises ``ConditionalWriteConflict`` if there is one in its place already, and ``PlatformCallFailed`` if DynamoDB
        does not take it.
        """
        try:
            with platform_errors("dynamodb", "PutItem"):
                self._client.put_item(
                    TableName=self._table,
                    Item={name: {"S": value} for name, value in _attributes(event).items()},
                    ConditionExpression="attribute_not_exists(correlation_id)",
                )
        except PlatformCallFailed as error:
            if error.code == "ConditionalCheckFailedException":
                raise ConditionalWriteConflict(f"{event.correlation_id}/{event.sequence}") from error
            raise


def _attributes(event: AuditEvent) -> dict[str, str]:
    attributes = {
        "correlation_id": event.correlation_id,
        "sequence": event.sequence,
        "at": event.at.isoformat(),
        "issue_id": event.issue_id,
        "document": json.dumps(event_to_json(event), separators=(",", ":")),
    }
    if event.kind is EventKind.OUTCOME:
        attributes |= {
            "day": event.at.date().isoformat(),
            "outcome": event.outcome,
            "account_id": event.account_id,
            "fix_id": event.fix_id,
        }
    # An index key cannot be an empty text; an event without one is not in that index.
    return {name: value for name, value in attributes.items() if value}
