"""An S3 bucket and its bucket policy."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from runtime.domain.resource import Resource
from tests.laws.cases import ACCOUNT_ID, AlreadyCompliant, Bad, Clients, Refusal, resource_from
from tests.laws.cases.policies import PolicyText

BUCKET = "reports-of-the-quarter"
ARN = f"arn:aws:s3:::{BUCKET}"
READERS = {
    "Sid": "Readers",
    "Effect": "Allow",
    "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT_ID}:root"},
    "Action": "s3:GetObject",
    "Resource": f"{ARN}/*",
}
DENIAL = {
    "Sid": "SutureDenyInsecureTransport",
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": [ARN, f"{ARN}/*"],
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}
OWN_DENIAL = {
    "Sid": "OnlyTls",
    "Effect": "Deny",
    "Principal": {"AWS": "*"},
    "Action": ["s3:*"],
    "Resource": f"{ARN}*",
    "Condition": {"Bool": {"AWS:SecureTransport": ["false"]}},
}


def _policy(statement: Any, **other: str) -> dict[str, Any]:
    return {"Version": "2012-10-17", **other, "Statement": statement}


def _bucket(policy: dict[str, Any] | None, *, website: bool = False) -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        s3 = clients("s3")
        s3.create_bucket(Bucket=BUCKET)
        if policy is not None:
            # Indented, so that an undo which does not put back the very text shows.
            s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps(policy, indent=1))
        if website:
            s3.put_bucket_website(Bucket=BUCKET, WebsiteConfiguration={"IndexDocument": {"Suffix": "index.html"}})
        return resource_from(ARN)

    return create


PUBLIC = {**READERS, "Principal": "*"}


def _blocked_in_the_account(clients: Clients) -> Resource:
    resource = _bucket(_policy([PUBLIC]))(clients)
    clients("s3control").put_public_access_block(
        AccountId=ACCOUNT_ID, PublicAccessBlockConfiguration={"BlockPublicPolicy": True}
    )
    return resource


def _blocked_afterwards(clients: Clients) -> Resource:
    resource = _bucket(_policy([PUBLIC]))(clients)
    clients("s3").put_public_access_block(
        Bucket=BUCKET, PublicAccessBlockConfiguration={"BlockPublicPolicy": True, "RestrictPublicBuckets": True}
    )
    return resource


def _let_a_partner_in(clients: Clients, resource: Resource) -> None:
    partner = {**READERS, "Sid": "Partner", "Principal": {"AWS": "arn:aws:iam::222222222222:root"}}
    clients("s3").put_bucket_policy(Bucket=resource.name, Policy=json.dumps(_policy([partner])))


def read_back(clients: Clients, resource: Resource) -> Any:
    """The policy's text before, its meaning for whoever compares it with ``fixed``: equal texts have equal meanings."""
    try:
        text = clients("s3").get_bucket_policy(Bucket=resource.name)["Policy"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchBucketPolicy":
            return "no policy"
        raise
    return PolicyText(text)


CASES = (
    Bad(name="without a policy", create=_bucket(None), fixed=_policy([DENIAL]), disturb=_let_a_partner_in),
    Bad(
        name="with another statement",
        create=_bucket(_policy([READERS], Id="Grün & <Co>")),
        fixed=_policy([READERS, DENIAL], Id="Grün & <Co>"),
        disturb=_let_a_partner_in,
    ),
    Bad(
        name="with one statement that is no list",
        create=_bucket(_policy(READERS)),
        fixed=_policy([READERS, DENIAL]),
        disturb=_let_a_partner_in,
    ),
    Bad(
        name="with a denial for the objects only",
        create=_bucket(_policy([{**OWN_DENIAL, "Resource": f"{ARN}/*"}])),
        fixed=_policy([{**OWN_DENIAL, "Resource": f"{ARN}/*"}, DENIAL]),
        disturb=_let_a_partner_in,
    ),
    Bad(
        name="with a public policy, which nothing blocks",
        create=_bucket(_policy([PUBLIC])),
        fixed=_policy([PUBLIC, DENIAL]),
        disturb=_let_a_partner_in,
    ),
    AlreadyCompliant(name="with the denial", create=_bucket(_policy([READERS, DENIAL]))),
    AlreadyCompliant(name="with a denial in other words", create=_bucket(_policy([OWN_DENIAL]))),
    AlreadyCompliant(
        name="with the denial in two statements",
        create=_bucket(_policy([{**OWN_DENIAL, "Resource": ARN}, {**OWN_DENIAL, "Sid": "2", "Resource": f"{ARN}/*"}])),
    ),
    Refusal(
        name="with a public policy that would not be stored again",
        create=_blocked_afterwards,
        because="Block Public Access would refuse to store it",
    ),
    Refusal(
        name="with a public policy that its account would not let be stored again",
        create=_blocked_in_the_account,
        because="Block Public Access would refuse to store it",
    ),
    Refusal(name="a website", create=_bucket(None, website=True), because="website"),
    Refusal(
        name="with a principal that was deleted",
        create=_bucket(_policy([{**READERS, "Principal": {"AWS": "AIDACKCEVSQ6C2EXAMPLE"}}])),
        because="AIDACKCEVSQ6C2EXAMPLE",
    ),
    Refusal(
        name="with a statement of that Sid that says something else",
        create=_bucket(_policy([{**READERS, "Sid": "SutureDenyInsecureTransport"}])),
        because="another content",
    ),
    Refusal(
        name="with a policy that is nearly as long as S3 takes",
        create=_bucket(_policy([{**READERS, "Sid": "S" * 20_100}])),
        because="20480 bytes",
    ),
)
