"""Mutual exclusion per resource, with a lease: two findings never write to one resource at the same time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from uuid import uuid4

from botocore.client import BaseClient

from runtime.aws.errors import platform_errors
from runtime.domain.errors import PlatformCallFailed, ResourceBusy

LEASE_SECONDS = 120
"""Longer than an invocation can last, so a lease never ends while its holder still works."""


class ResourceLocks:
    """Locks in DynamoDB. ``now`` gives the time in UTC."""

    def __init__(self, *, client: BaseClient, table: str, now: Callable[[], datetime]) -> None:
        self._client = client
        self._table = table
        self._now = now

    @contextmanager
    def hold(self, resource_arn: str, correlation_id: str) -> Iterator[None]:
        """Hold the resource for one run of one finding, also against a second delivery of the same message.

        Raises ``ResourceBusy`` if another run holds it, and ``PlatformCallFailed`` if DynamoDB cannot say.
        """
        holder = f"{correlation_id}/{uuid4()}"
        self._take(resource_arn, holder)
        try:
            yield
        finally:
            self._release(resource_arn, holder)

    def _take(self, resource_arn: str, holder: str) -> None:
        seconds = int(self._now().timestamp())
        try:
            with platform_errors("dynamodb", "PutItem"):
                self._client.put_item(
                    TableName=self._table,
                    Item={
                        "resource_arn": {"S": resource_arn},
                        "holder": {"S": holder},
                        "expires_at": {"N": str(seconds + LEASE_SECONDS)},
                    },
                    ConditionExpression="attribute_not_exists(resource_arn) OR expires_at < :now",
                    ExpressionAttributeValues={":now": {"N": str(seconds)}},
                )
        except PlatformCallFailed as error:
            if error.code != "ConditionalCheckFailedException":
                raise
            raise ResourceBusy(resource_arn=resource_arn, seconds_left=LEASE_SECONDS) from error

    def _release(self, resource_arn: str, holder: str) -> None:
        # The lease ends by itself, so what happened while it was held must not be lost over giving it back.
        with suppress(PlatformCallFailed), platform_errors("dynamodb", "DeleteItem"):
            self._client.delete_item(
                TableName=self._table,
                Key={"resource_arn": {"S": resource_arn}},
                ConditionExpression="holder = :holder",
                ExpressionAttributeValues={":holder": {"S": holder}},
            )
