"""An S3 bucket and what its policy allows to everybody."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from runtime.domain.resource import Resource
from tests.laws.cases import ACCOUNT_ID, AlreadyCompliant, Bad, Clients, Refusal
from tests.laws.cases.buckets import bucket, make_a_website
from tests.laws.cases.policies import DELETED, PARTNER, PolicyText, allow, document

NAMED = f"arn:aws:iam::{ACCOUNT_ID}:root"
OBJECTS = "arn:aws:s3:::<bucket>/*"
PUBLIC = allow("*", "s3:GetObject", OBJECTS, Sid="Public")
READERS = allow({"AWS": NAMED}, "s3:GetObject", OBJECTS, Sid="Readers")
ONLY_TLS = {
    "Sid": "OnlyTls",
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": OBJECTS,
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}
OF_THE_ORGANIZATION = allow(
    "*", "s3:GetObject", OBJECTS, Sid="Organization", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-a1b2c3"}}
)


def _put(clients: Clients, resource: Resource, *statements: dict[str, Any]) -> None:
    text = json.dumps(document(*statements, Id="Grün & <Co>"), indent=1).replace("<bucket>", resource.name)
    clients("s3").put_bucket_policy(Bucket=resource.name, Policy=text)


def _bucket(
    *statements: dict[str, Any], more: Callable[[Clients, Resource], None] | None = None
) -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        resource = bucket(clients)
        _put(clients, resource, *statements)
        if more:
            more(clients, resource)
        return resource

    return create


def _let_a_partner_in(clients: Clients, resource: Resource) -> None:
    _put(clients, resource, {**READERS, "Principal": {"AWS": PARTNER}}, {**PUBLIC, "Sid": "PublicToo"})


def _block(clients: Clients, resource: Resource) -> None:
    clients("s3").put_public_access_block(
        Bucket=resource.name, PublicAccessBlockConfiguration={"BlockPublicPolicy": True}
    )


def _block_in_the_account(clients: Clients, resource: Resource) -> None:
    clients("s3control").put_public_access_block(
        AccountId=ACCOUNT_ID, PublicAccessBlockConfiguration={"BlockPublicPolicy": True}
    )


def read_back(clients: Clients, resource: Resource) -> Any:
    try:
        text = clients("s3").get_bucket_policy(Bucket=resource.name)["Policy"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchBucketPolicy":
            return "no policy"
        raise
    return PolicyText(text.replace(resource.name, "<bucket>"))


CASES = (
    Bad(name="public and nothing else", create=_bucket(PUBLIC), fixed="no policy", disturb=_let_a_partner_in),
    Bad(
        name="public besides others",
        create=_bucket(READERS, {**PUBLIC, "Principal": {"AWS": "*"}}, ONLY_TLS, OF_THE_ORGANIZATION),
        fixed=document(READERS, ONLY_TLS, OF_THE_ORGANIZATION, Id="Grün & <Co>"),
        disturb=_let_a_partner_in,
    ),
    Bad(
        name="public in a statement that names somebody too",
        create=_bucket({**READERS, "Principal": {"AWS": ["*", NAMED]}}),
        fixed=document({**READERS, "Principal": {"AWS": [NAMED]}}, Id="Grün & <Co>"),
        disturb=_let_a_partner_in,
    ),
    Bad(
        name="public behind Block Public Access",
        promised=False,
        create=_bucket(READERS, PUBLIC, more=_block),
        fixed=document(READERS, Id="Grün & <Co>"),
        disturb=_let_a_partner_in,
    ),
    Bad(
        name="public behind Block Public Access of the account",
        promised=False,
        create=_bucket(READERS, PUBLIC, more=_block_in_the_account),
        fixed=document(READERS, Id="Grün & <Co>"),
        disturb=_let_a_partner_in,
    ),
    AlreadyCompliant(name="without a policy", create=bucket),
    AlreadyCompliant(name="for those who are named", create=_bucket(READERS, ONLY_TLS, OF_THE_ORGANIZATION)),
    Refusal(name="a website", create=_bucket(PUBLIC, more=make_a_website), because="website"),
    Refusal(
        name="public for who comes from a page",
        create=_bucket({**PUBLIC, "Condition": {"StringLike": {"aws:Referer": "https://example.com/*"}}}),
        because="Public allows nearly everybody",
    ),
    Refusal(
        name="public but for one",
        create=_bucket({**{k: v for k, v in PUBLIC.items() if k != "Principal"}, "NotPrincipal": {"AWS": PARTNER}}),
        because="Public allows nearly everybody",
    ),
    Refusal(
        name="public and for a principal that was deleted",
        create=_bucket(PUBLIC, {**READERS, "Principal": {"AWS": DELETED}}),
        because=DELETED,
    ),
)
