"""A Firehose stream and its encryption. moto changes it at once, where AWS takes a while."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import ACCOUNT_ID, REGION, AlreadyCompliant, Bad, Clients, Refusal, resource_from

ROLE = f"arn:aws:iam::{ACCOUNT_ID}:role/firehose"
_NUMBERS = count(1)


def _stream(*, encrypted: bool = False, **parameters: Any) -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        name = f"orders-{next(_NUMBERS)}"
        _create(clients, name, **parameters)
        if encrypted:
            clients("firehose").start_delivery_stream_encryption(
                DeliveryStreamName=name, DeliveryStreamEncryptionConfigurationInput={"KeyType": "AWS_OWNED_CMK"}
            )
        return resource_from(f"arn:aws:firehose:{REGION}:{ACCOUNT_ID}:deliverystream/{name}")

    return create


def _create(clients: Clients, name: str, **parameters: Any) -> None:
    destination = {"RoleARN": ROLE, "BucketARN": "arn:aws:s3:::orders"}
    clients("firehose").create_delivery_stream(
        DeliveryStreamName=name, ExtendedS3DestinationConfiguration=destination, **parameters
    )


def _make_it_anew(clients: Clients, resource: Resource) -> None:
    clients("firehose").delete_delivery_stream(DeliveryStreamName=resource.name)
    _create(clients, resource.name)


def _with_a_key_of_the_account(clients: Clients, resource: Resource) -> None:
    key = {"KeyType": "CUSTOMER_MANAGED_CMK", "KeyARN": f"arn:aws:kms:{REGION}:{ACCOUNT_ID}:key/mine"}
    clients("firehose").start_delivery_stream_encryption(
        DeliveryStreamName=resource.name, DeliveryStreamEncryptionConfigurationInput=key
    )


def _shown(**encryption: str) -> dict[str, Any]:
    """What Firehose answers of a stream with a failed change, which moto does not have."""
    description = {
        "DeliveryStreamType": "DirectPut",
        "DeliveryStreamStatus": "ACTIVE",
        "CreateTimestamp": 1,
        "DeliveryStreamEncryptionConfiguration": encryption,
    }
    return {"firehose:DescribeDeliveryStream": {"DeliveryStreamDescription": description}}


def read_back(clients: Clients, resource: Resource) -> Any:
    answer = clients("firehose").describe_delivery_stream(DeliveryStreamName=resource.name)
    found = answer["DeliveryStreamDescription"].get("DeliveryStreamEncryptionConfiguration", {})
    status = found.get("Status", "DISABLED")
    return status, found.get("KeyType") if status == "ENABLED" else None


FROM_KINESIS = {
    "DeliveryStreamType": "KinesisStreamAsSource",
    "KinesisStreamSourceConfiguration": {
        "KinesisStreamARN": f"arn:aws:kinesis:{REGION}:{ACCOUNT_ID}:stream/orders",
        "RoleARN": ROLE,
    },
}

CASES = (
    Bad(
        name="not encrypted",
        create=_stream(),
        fixed=("ENABLED", "AWS_OWNED_CMK"),
        disturb=_make_it_anew,
        instead=_with_a_key_of_the_account,
    ),
    AlreadyCompliant(name="encrypted", create=_stream(encrypted=True)),
    Refusal(name="one that reads from Kinesis", create=_stream(**FROM_KINESIS), because="encrypt the source instead"),
    Refusal(
        name="one whose key could not be changed, and which may have kept the former",
        create=_stream(),
        answers=_shown(Status="ENABLING_FAILED", KeyType="CUSTOMER_MANAGED_CMK"),
        because="The encryption of the delivery stream orders",
    ),
)
