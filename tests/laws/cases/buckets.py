"""Buckets for the cases of several fixes: each has a name of its own, as one account may hold several cases."""

from __future__ import annotations

import json
from itertools import count
from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import ACCOUNT_ID, REGION, Clients, resource_from

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


def taking_logs(clients: Clients, name: str, *statements: dict[str, Any]) -> None:
    """Make the bucket that takes logs, if it is not there, and give it this policy."""
    s3 = clients("s3")
    if name not in [one["Name"] for one in s3.list_buckets()["Buckets"]]:
        s3.create_bucket(Bucket=name)
    s3.put_bucket_policy(Bucket=name, Policy=json.dumps({"Version": "2012-10-17", "Statement": list(statements)}))


def allow_delivery(name: str) -> tuple[dict[str, Any], ...]:
    """What the services want whose logs ``delivery.logs.amazonaws.com`` puts into a bucket."""
    delivery = {
        "Effect": "Allow",
        "Principal": {"Service": "delivery.logs.amazonaws.com"},
    }
    source = {
        "StringEquals": {"aws:SourceAccount": ACCOUNT_ID},
        "ArnLike": {"aws:SourceArn": f"arn:aws:logs:{REGION}:{ACCOUNT_ID}:*"},
    }
    owned = {**source["StringEquals"], "s3:x-amz-acl": "bucket-owner-full-control"}
    return (
        {
            **delivery,
            "Action": "s3:PutObject",
            "Resource": f"arn:aws:s3:::{name}/*",
            "Condition": {**source, "StringEquals": owned},
        },
        {**delivery, "Action": "s3:GetBucketAcl", "Resource": f"arn:aws:s3:::{name}", "Condition": source},
    )
