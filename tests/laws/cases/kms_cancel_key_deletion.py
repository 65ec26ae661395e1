"""A KMS key and its scheduled deletion."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import AlreadyCompliant, Bad, Clients, Refusal, resource_from
from tests.laws.cases.keys import key


def _key(*calls: str) -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        resource = resource_from(key(clients))
        for call in calls:
            getattr(clients("kms"), call)(KeyId=resource.name)
        return resource

    return create


def _enable(clients: Clients, resource: Resource) -> None:
    kms = clients("kms")
    kms.cancel_key_deletion(KeyId=resource.name)
    kms.enable_key(KeyId=resource.name)


def read_back(clients: Clients, resource: Resource) -> Any:
    return clients("kms").describe_key(KeyId=resource.name)["KeyMetadata"]["KeyState"]


CASES = (
    Bad(name="to be deleted", create=_key("schedule_key_deletion"), fixed="Disabled", disturb=_enable),
    AlreadyCompliant(name="in use", create=_key()),
    AlreadyCompliant(name="disabled", create=_key("disable_key")),
    Refusal(
        name="one of AWS",
        create=_key("schedule_key_deletion"),
        answers={"kms:DescribeKey": {"KeyMetadata": {"KeyState": "PendingDeletion", "KeyManager": "AWS"}}},
        because="managed by AWS",
    ),
)
