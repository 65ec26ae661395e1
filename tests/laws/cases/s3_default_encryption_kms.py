"""An S3 bucket and its default encryption. moto has none in a new bucket, where AWS has SSE-S3."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import ACCOUNT_ID, AlreadyCompliant, Bad, Clients, Refusal
from tests.laws.cases.buckets import bucket, put_policy
from tests.laws.cases.keys import ALIAS, ANY_KEY, KEYS, key, key_with_alias

SSE_S3 = {"SSEAlgorithm": "AES256"}
PARTNER = "arn:aws:iam::222222222222:root"


def _encrypted(clients: Clients, resource: Resource, default: dict[str, str], *, bucket_key: bool = False) -> None:
    rule = {"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": bucket_key}
    clients("s3").put_bucket_encryption(Bucket=resource.name, ServerSideEncryptionConfiguration={"Rules": [rule]})


def _bucket(*more: Callable[[Clients, Resource], object], **of_key: Any) -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        key_with_alias(clients, **of_key)
        resource = bucket(clients)
        _encrypted(clients, resource, SSE_S3)
        for one in more:
            one(clients, resource)
        return resource

    return create


def _encrypted_with_a_key(clients: Clients, resource: Resource) -> None:
    _encrypted(clients, resource, {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key(clients)})


def _let_in(principal: dict[str, str]) -> Callable[[Clients, Resource], None]:
    def change(clients: Clients, resource: Resource) -> None:
        statement = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": f"{resource.arn}/*"}
        put_policy(clients, resource, {**statement, "Principal": principal})

    return change


def _let_in_all_but_the_account(clients: Clients, resource: Resource) -> None:
    statement = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": f"{resource.arn}/*"}
    put_policy(clients, resource, {**statement, "NotPrincipal": {"AWS": f"arn:aws:iam::{ACCOUNT_ID}:root"}})


def _replicated(clients: Clients, resource: Resource) -> None:
    s3 = clients("s3")
    s3.put_bucket_versioning(Bucket=resource.name, VersioningConfiguration={"Status": "Enabled"})
    rule = {
        "ID": "all",
        "Priority": 1,
        "Status": "Enabled",
        "Filter": {"Prefix": ""},
        "DeleteMarkerReplication": {"Status": "Disabled"},
        "Destination": {"Bucket": resource.arn},
    }
    s3.put_bucket_replication(
        Bucket=resource.name,
        ReplicationConfiguration={"Role": f"arn:aws:iam::{ACCOUNT_ID}:role/replication", "Rules": [rule]},
    )


def _turn_on_the_bucket_key(clients: Clients, resource: Resource) -> None:
    _encrypted(clients, resource, SSE_S3, bucket_key=True)


def _in_another_region(clients: Clients) -> Resource:
    key_with_alias(clients)
    resource = bucket(clients, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    _encrypted(clients, resource, SSE_S3)
    return resource


def read_back(clients: Clients, resource: Resource) -> Any:
    answer = clients("s3").get_bucket_encryption(Bucket=resource.name)
    [rule] = answer["ServerSideEncryptionConfiguration"]["Rules"]
    return {**rule["ApplyServerSideEncryptionByDefault"], "BucketKeyEnabled": rule["BucketKeyEnabled"]}


CASES = (
    Bad(
        name="encrypted with S3's key",
        create=_bucket(),
        options=KEYS,
        fixed={"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": ANY_KEY, "BucketKeyEnabled": True},
        disturb=_turn_on_the_bucket_key,
    ),
    AlreadyCompliant(name="encrypted with another key", create=_bucket(_encrypted_with_a_key), options=KEYS),
    AlreadyCompliant(name="encrypted with a key, and none is named", create=_bucket(_encrypted_with_a_key)),
    Refusal(name="one for which no key is named", create=_bucket(), because="option kms_key"),
    Refusal(
        name="one for which a key is named that is not there",
        create=_bucket(),
        options={"kms_key": "alias/never-made"},
        because="no key alias/never-made",
    ),
    Refusal(
        name="one for which a key to sign with is named",
        create=_bucket(KeySpec="RSA_2048", KeyUsage="SIGN_VERIFY"),
        options=KEYS,
        because=f"{ALIAS} is not an enabled, symmetric",
    ),
    Refusal(
        name="one that another account writes to",
        create=_bucket(_let_in({"AWS": PARTNER})),
        options=KEYS,
        because="another account",
    ),
    Refusal(
        name="one that takes server access logs",
        create=_bucket(_let_in({"Service": "logging.s3.amazonaws.com"})),
        options=KEYS,
        because="an AWS service",
    ),
    Refusal(
        name="one that everybody but the account writes to",
        create=_bucket(_let_in_all_but_the_account),
        options=KEYS,
        because="another account",
    ),
    Refusal(name="one that is replicated", create=_bucket(_replicated), options=KEYS, because="replication rule"),
    Refusal(name="in another region", create=_in_another_region, options=KEYS, because="region eu-west-1"),
)
