from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import boto3
import pytest
from botocore.client import BaseClient
from moto import mock_aws


@cache
def _client() -> BaseClient:
    """One for all tests: making it costs more than most of them."""
    return boto3.client("dynamodb")


@pytest.fixture
def dynamodb(nobody_s_aws: None) -> Iterator[BaseClient]:
    """DynamoDB as moto plays it, with the tables of the platform."""
    with mock_aws():
        client = _client()
        for table, keys in (
            ("audit", ("correlation_id", "sequence")),
            ("registry", ("partition", "item")),
            ("ledger", ("partition", "item")),
            ("holds", ("partition", "item")),
            ("locks", ("resource_arn",)),
        ):
            client.create_table(
                TableName=table,
                BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
                KeySchema=[
                    {"AttributeName": key, "KeyType": kind} for key, kind in zip(keys, ("HASH", "RANGE"), strict=False)
                ],
            )
        yield client
