"""A log group and how long it keeps its events. moto does not answer the class that it was made with."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import ACCOUNT_ID, REGION, AlreadyCompliant, Bad, Clients, Refusal, resource_from

_NUMBERS = count(1)


def _log_group(days: int | None) -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        name = f"/app/orders-{next(_NUMBERS)}x"
        clients("logs").create_log_group(logGroupName=name)
        if days is not None:
            clients("logs").put_retention_policy(logGroupName=name, retentionInDays=days)
        return resource_from(f"arn:aws:logs:{REGION}:{ACCOUNT_ID}:log-group:{name}")

    return create


def _that_is_not_there(clients: Clients) -> Resource:
    """Another one's name begins with its name."""
    longer = _log_group(7)(clients)
    return resource_from(longer.arn.removesuffix("x"))


def _keep_for_a_week(clients: Clients, resource: Resource) -> None:
    clients("logs").put_retention_policy(logGroupName=resource.name, retentionInDays=7)


def read_back(clients: Clients, resource: Resource) -> Any:
    found = clients("logs").describe_log_groups(logGroupNamePrefix=resource.name)["logGroups"]
    return [one.get("retentionInDays") for one in found]


CASES = (
    Bad(name="for a month", create=_log_group(30), fixed=[365], disturb=_keep_for_a_week),
    Bad(
        name="for a year, and two are wanted",
        create=_log_group(365),
        options={"days": 731},
        fixed=[731],
        disturb=_keep_for_a_week,
    ),
    AlreadyCompliant(name="for longer", create=_log_group(400)),
    AlreadyCompliant(name="for ever", create=_log_group(None)),
    Refusal(name="one that is not there", create=_that_is_not_there, because="There is no log group with the name of"),
    Refusal(
        name="of a class with a fixed one",
        create=lambda _: resource_from(f"arn:aws:logs:{REGION}:{ACCOUNT_ID}:log-group:delivered"),
        answers={
            "logs:DescribeLogGroups": {
                "logGroups": [
                    {
                        "logGroupName": "delivered",
                        "creationTime": 1767225600000,
                        "logGroupClass": "DELIVERY",
                        "retentionInDays": 2,
                    }
                ]
            }
        },
        because="retention is fixed",
    ),
)
