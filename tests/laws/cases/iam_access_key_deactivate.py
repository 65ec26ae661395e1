"""An IAM user and its access keys. moto makes keys now; the laws plan at a later time, when they are old.

The times leave a day to spare, for a run over midnight. To the day it is in the unit tests.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import boto3

from runtime.domain.resource import Resource
from tests.laws.cases import AlreadyCompliant, Bad, Clients, Refusal, resource_from

TODAY = datetime.now(tz=UTC).replace(hour=12, minute=0, second=0, microsecond=0)

NUMBERS = count(1)
"""One account may hold several of the cases; each has a name of its own."""


def _user(*statuses: str, path: str = "/") -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        iam = clients("iam")
        name = f"batch-{next(NUMBERS)}"
        arn = iam.create_user(UserName=name, Path=path)["User"]["Arn"]
        for status in statuses:
            key_id = iam.create_access_key(UserName=name)["AccessKey"]["AccessKeyId"]
            iam.update_access_key(UserName=name, AccessKeyId=key_id, Status=status)
        return resource_from(arn, region="us-east-1")

    return create


def _user_with_a_key_in_use(clients: Clients) -> Resource:
    resource = _user()(clients)
    key = clients("iam").create_access_key(UserName=resource.name)["AccessKey"]
    _use(key["AccessKeyId"], key["SecretAccessKey"])
    return resource


def _use(key_id: str, secret: str) -> None:
    # moto notes a use of the key that a request is signed with.
    boto3.client(
        "sts", region_name="us-east-1", aws_access_key_id=key_id, aws_secret_access_key=secret
    ).get_caller_identity()


def _replace_a_key(clients: Clients, resource: Resource) -> None:
    iam = clients("iam")
    first = iam.list_access_keys(UserName=resource.name)["AccessKeyMetadata"][0]["AccessKeyId"]
    iam.delete_access_key(UserName=resource.name, AccessKeyId=first)
    iam.create_access_key(UserName=resource.name)


def read_back(clients: Clients, resource: Resource) -> Any:
    keys = clients("iam").list_access_keys(UserName=resource.name)["AccessKeyMetadata"]
    return sorted(key["Status"] for key in keys)


CASES = (
    Bad(
        name="the holder of one old key",
        create=_user("Active"),
        now=TODAY + timedelta(days=92),
        fixed=["Inactive"],
        disturb=_replace_a_key,
    ),
    Bad(
        name="the holder of two keys that nobody uses",
        create=_user("Active", "Active", path="/services/"),
        options={"max_age_days": None},
        now=TODAY + timedelta(days=46),
        fixed=["Inactive", "Inactive"],
        disturb=_replace_a_key,
    ),
    Bad(
        name="the holder of an old key and an inactive one",
        create=_user("Inactive", "Active"),
        now=TODAY + timedelta(days=92),
        fixed=["Inactive", "Inactive"],
        disturb=_replace_a_key,
    ),
    AlreadyCompliant(name="the holder of a new key", create=_user("Active"), now=TODAY + timedelta(days=1)),
    AlreadyCompliant(name="the holder of an inactive key", create=_user("Inactive"), now=TODAY + timedelta(days=400)),
    Refusal(
        name="the holder of an old key that is in use",
        create=_user_with_a_key_in_use,
        options={"max_age_days": 30, "recently_used_days": 60},
        now=TODAY + timedelta(days=40),
        because="was used on",
    ),
)
