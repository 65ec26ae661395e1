"""Buckets for the cases of several fixes: each has a name of its own, as one account may hold several cases."""

from __future__ import annotations

import json
from itertools import count
from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import Clients, resource_from

_NUMBERS = count(1)


def bucket(clients: Clients, **parameters: Any) -> Resource:
    name = f"reports-{next(_NUMBERS)}"
    clients("s3").create_bucket(Bucket=name, **parameters)
    return resource_from(f"arn:aws:s3:::{name}")


def put_policy(clients: Clients, resource: Resource, *statements: dict[str, Any]) -> None:
    policy = {"Version": "2012-10-17", "Statement": list(statements)}
    clients("s3").put_bucket_policy(Bucket=resource.name, Policy=json.dumps(policy, indent=1))


def make_a_website(clients: Clients, resource: Resource) -> None:
    clients("s3").put_bucket_website(
        Bucket=resource.name, WebsiteConfiguration={"IndexDocument": {"Suffix": "index.html"}}
    )


def expire_objects(clients: Clients, resource: Resource) -> None:
    rule = {"ID": "expire", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 30}}
    clients("s3").put_bucket_lifecycle_configuration(Bucket=resource.name, LifecycleConfiguration={"Rules": [rule]})
