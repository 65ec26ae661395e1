"""A secret that nobody reads. moto never says when one was read; the laws plan at a later time, when it is old."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import AlreadyCompliant, Bad, Clients, Refusal, resource_from

TODAY = datetime.now(tz=UTC)
LATER = TODAY + timedelta(days=92)
_NUMBERS = count(1)


def _secret(*, deleted: bool = False, **parameters: Any) -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        manager = clients("secretsmanager")
        answer = manager.create_secret(Name=f"shop/db-{next(_NUMBERS)}", SecretString="open", **parameters)
        if deleted:
            manager.delete_secret(SecretId=answer["ARN"], RecoveryWindowInDays=7)
        return resource_from(answer["ARN"])

    return create


def _rotate(clients: Clients, resource: Resource) -> None:
    manager = clients("secretsmanager")
    if "DeletedDate" in manager.describe_secret(SecretId=resource.arn):
        manager.restore_secret(SecretId=resource.arn)
    manager.replicate_secret_to_regions(SecretId=resource.arn, AddReplicaRegions=[{"Region": "eu-west-1"}])


def read_back(clients: Clients, resource: Resource) -> Any:
    return "DeletedDate" in clients("secretsmanager").describe_secret(SecretId=resource.arn)


CASES = (
    Bad(name="never read", create=_secret(), now=LATER, fixed=True, disturb=_rotate),
    AlreadyCompliant(name="a new one", create=_secret(), now=TODAY + timedelta(days=80)),
    AlreadyCompliant(name="scheduled for deletion", create=_secret(deleted=True), now=LATER),
    Refusal(
        name="one with a replica",
        create=_secret(AddReplicaRegions=[{"Region": "eu-west-1"}]),
        now=LATER,
        because="replicas",
    ),
    Refusal(
        name="one that RDS manages",
        create=_secret(),
        now=LATER,
        answers={
            "secretsmanager:DescribeSecret": {
                "ARN": "arn",
                "CreatedDate": datetime(2020, 1, 1, tzinfo=UTC),
                "OwningService": "rds",
            }
        },
        because="managed by rds",
    ),
)
