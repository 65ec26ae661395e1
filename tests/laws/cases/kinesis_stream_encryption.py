"""A Kinesis data stream and its encryption. moto changes it at once, where AWS takes a while."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import count
from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import ACCOUNT_ID, REGION, AlreadyCompliant, Bad, Clients, Refusal, resource_from
from tests.laws.cases.policies import PARTNER, allow, document

_NUMBERS = count(1)


def _stream(*, encrypted: bool = False, lets_in: str = "") -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        kinesis = clients("kinesis")
        name = f"orders-{next(_NUMBERS)}"
        kinesis.create_stream(StreamName=name, ShardCount=1)
        resource = resource_from(f"arn:aws:kinesis:{REGION}:{ACCOUNT_ID}:stream/{name}")
        if encrypted:
            kinesis.start_stream_encryption(StreamName=name, EncryptionType="KMS", KeyId="alias/mine")
        if lets_in:
            _let_in(clients, resource, lets_in)
        return resource

    return create


def _let_in(clients: Clients, resource: Resource, principal: str) -> None:
    statement = allow({"AWS": principal}, "kinesis:GetRecords", resource.arn)
    clients("kinesis").put_resource_policy(ResourceARN=resource.arn, Policy=json.dumps(document(statement)))


def _let_the_account_in(clients: Clients, resource: Resource) -> None:
    _let_in(clients, resource, f"arn:aws:iam::{ACCOUNT_ID}:role/reader")


def _with_a_key_of_the_account(clients: Clients, resource: Resource) -> None:
    clients("kinesis").start_stream_encryption(StreamName=resource.name, EncryptionType="KMS", KeyId="alias/mine")


def read_back(clients: Clients, resource: Resource) -> Any:
    found = clients("kinesis").describe_stream_summary(StreamName=resource.name)["StreamDescriptionSummary"]
    return found.get("EncryptionType", "NONE"), found.get("KeyId")


CASES = (
    Bad(
        name="not encrypted",
        create=_stream(),
        fixed=("KMS", "alias/aws/kinesis"),
        disturb=_let_the_account_in,
        instead=_with_a_key_of_the_account,
    ),
    AlreadyCompliant(name="encrypted", create=_stream(encrypted=True)),
    Refusal(name="shared with another account", create=_stream(lets_in=PARTNER), because="another account"),
    Refusal(
        name="being changed",
        create=_stream(),
        answers={
            "kinesis:DescribeStreamSummary": {
                "StreamDescriptionSummary": {"StreamStatus": "UPDATING", "StreamCreationTimestamp": 1}
            }
        },
        because="which is transitional",
    ),
)
