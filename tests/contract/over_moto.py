"""The adapters over AWS as moto plays it."""

from __future__ import annotations

from functools import cache

import boto3
import moto  # noqa: F401  moto must be imported before a client is made, or the client would call AWS
from botocore.client import BaseClient

from runtime.application.ports import Table
from runtime.aws.store import KEY_NAMES, DynamoStore
from tests.memory.calls import in_order

REGION = "us-east-1"
ACCOUNT_ID = "123456789012"
"""Where moto puts what nobody's session makes."""

TABLES = {table: f"suture-test-{table}" for table in Table}


@cache
def client(service: str) -> BaseClient:
    """One client for the whole run: making one costs more than a test."""
    return boto3.client(service, region_name=REGION, aws_access_key_id="testing", aws_secret_access_key="testing")


def create_tables() -> None:
    for table, keys in KEY_NAMES.items():
        client("dynamodb").create_table(
            TableName=TABLES[table],
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
            KeySchema=[
                {"AttributeName": key, "KeyType": kind} for key, kind in zip(keys, ("HASH", "RANGE"), strict=False)
            ],
        )


def dynamo_store() -> DynamoStore:
    """The store over empty tables.

    Its reads are made in order: in moto, a query looks through all partitions while another makes one, and fails.
    """
    create_tables()
    return DynamoStore(client=client("dynamodb"), tables=TABLES, together=in_order)
