"""An S3 bucket and its Block Public Access settings."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from runtime.domain.resource import Resource
from tests.laws.cases import AlreadyCompliant, Bad, Clients, Refusal, resource_from

BUCKET = "reports-of-the-quarter"
SETTINGS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
ALL_ON = dict.fromkeys(SETTINGS, True)
ALL_OFF = dict.fromkeys(SETTINGS, False)


def _bucket(
    settings: dict[str, bool] | None, *, website: bool = False, public_policy: bool = False
) -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        s3 = clients("s3")
        s3.create_bucket(Bucket=BUCKET)
        # On AWS a new bucket has the four settings on; in moto it has no configuration.
        if settings is not None:
            s3.put_public_access_block(Bucket=BUCKET, PublicAccessBlockConfiguration=settings)
        if website:
            s3.put_bucket_website(Bucket=BUCKET, WebsiteConfiguration={"IndexDocument": {"Suffix": "index.html"}})
        if public_policy:
            statement = {
                "Effect": "Allow",
                "Principal": "*",
                "Action": "s3:GetObject",
                "Resource": f"arn:aws:s3:::{BUCKET}/*",
            }
            s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))
        return resource_from(f"arn:aws:s3:::{BUCKET}")

    return create


def _turn_one_on_only(clients: Clients, resource: Resource) -> None:
    clients("s3").put_public_access_block(
        Bucket=resource.name, PublicAccessBlockConfiguration={**ALL_OFF, "RestrictPublicBuckets": True}
    )


def read_back(clients: Clients, resource: Resource) -> Any:
    try:
        answer = clients("s3").get_public_access_block(Bucket=resource.name)
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchPublicAccessBlockConfiguration":
            return "no configuration"
        raise
    return answer["PublicAccessBlockConfiguration"]


CASES = (
    Bad(name="without a configuration", create=_bucket(None), fixed=ALL_ON, disturb=_turn_one_on_only),
    Bad(name="with all four settings off", create=_bucket(ALL_OFF), fixed=ALL_ON, disturb=_turn_one_on_only),
    Bad(
        name="with two of four settings on",
        create=_bucket({**ALL_OFF, "BlockPublicAcls": True, "IgnorePublicAcls": True}),
        fixed=ALL_ON,
        disturb=_turn_one_on_only,
    ),
    Bad(
        name="with a public policy",
        create=_bucket(None, public_policy=True),
        fixed=ALL_ON,
        disturb=_turn_one_on_only,
    ),
    AlreadyCompliant(name="with all four settings on", create=_bucket(ALL_ON)),
    AlreadyCompliant(name="a website with all four settings on", create=_bucket(ALL_ON, website=True)),
    Refusal(name="a website", create=_bucket(None, website=True), because="website"),
)
