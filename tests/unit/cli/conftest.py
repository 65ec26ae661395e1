"""A platform's account with its tables, in moto."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import boto3
import pytest
from botocore.client import BaseClient
from moto import mock_aws

REGISTRY = "suture-test-registry"
AUDIT = "suture-test-audit"
INDEXES = {
    "by-finding": "issue_id",
    "by-day": "day",
    "by-account": "account_id",
    "by-outcome": "outcome",
    "by-fix": "fix_id",
}


@pytest.fixture(autouse=True)
def plain_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SUTURE_ENVIRONMENT", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An account in which nothing was deployed, and an operator who is logged in to it."""
    with mock_aws():
        monkeypatch.setattr(boto3, "Session", _session)
        yield


@cache
def _session() -> boto3.Session:
    """One for all tests: the service models that each session reads anew cost more than most tests."""
    return boto3.session.Session()


@pytest.fixture
def dynamodb(account: None) -> BaseClient:
    """A client of the account, in which the tables of the environment ``test`` were deployed."""
    client = _session().client("dynamodb")
    client.create_table(
        TableName=REGISTRY,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=_keys("partition", "item"),
        AttributeDefinitions=_texts("partition", "item"),
    )
    client.create_table(
        TableName=AUDIT,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=_keys("correlation_id", "sequence"),
        AttributeDefinitions=_texts("correlation_id", "sequence", "at", *INDEXES.values()),
        GlobalSecondaryIndexes=[
            {"IndexName": name, "KeySchema": _keys(key, "at"), "Projection": {"ProjectionType": "ALL"}}
            for name, key in INDEXES.items()
        ],
    )
    return client


def _keys(partition: str, sort: str) -> list[dict[str, str]]:
    return [{"AttributeName": partition, "KeyType": "HASH"}, {"AttributeName": sort, "KeyType": "RANGE"}]


def _texts(*names: str) -> list[dict[str, str]]:
    return [{"AttributeName": name, "AttributeType": "S"} for name in names]
