"""An S3 bucket and its lifecycle rules. Old-style rules need moto: ministack makes them rules for the whole bucket."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from runtime.domain.resource import Resource
from tests.laws.cases import AlreadyCompliant, Bad, Clients, Refusal
from tests.laws.cases.buckets import bucket, expire_objects

OURS = {
    "ID": "suture-abort-incomplete-uploads",
    "Status": "Enabled",
    "Filter": {"Prefix": ""},
    "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
}
OLD_STYLE = {"ID": "old", "Status": "Enabled", "Prefix": "tmp/", "Expiration": {"Days": 3}}
ARCHIVE = {
    "ID": "archive",
    "Status": "Enabled",
    "Filter": {"And": {"Prefix": "logs/", "Tags": [{"Key": "kind", "Value": "log"}]}},
    "Transitions": [{"Days": 30, "StorageClass": "GLACIER"}],
}


def _bucket(*rules: dict[str, Any]) -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        resource = bucket(clients)
        if rules:
            clients("s3").put_bucket_lifecycle_configuration(
                Bucket=resource.name, LifecycleConfiguration={"Rules": list(rules)}
            )
        return resource

    return create


def read_back(clients: Clients, resource: Resource) -> Any:
    try:
        return clients("s3").get_bucket_lifecycle_configuration(Bucket=resource.name)["Rules"]
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchLifecycleConfiguration":
            return "no configuration"
        raise


CASES = (
    Bad(name="without lifecycle rules", create=_bucket(), fixed=[OURS], disturb=expire_objects),
    Bad(name="with other rules", create=_bucket(ARCHIVE), fixed=[ARCHIVE, OURS], disturb=expire_objects),
    Bad(
        name="with rules of the old style, beside which S3 takes none of the new one",
        create=_bucket(OLD_STYLE),
        fixed=[OLD_STYLE, {**{name: OURS[name] for name in OURS if name != "Filter"}, "Prefix": ""}],
        disturb=expire_objects,
    ),
    Bad(
        name="with such rules, disabled or for a part",
        create=_bucket(
            {**OURS, "ID": "disabled", "Status": "Disabled"}, {**OURS, "ID": "part", "Filter": {"Prefix": "a/"}}
        ),
        fixed=[
            {**OURS, "ID": "disabled", "Status": "Disabled"},
            {**OURS, "ID": "part", "Filter": {"Prefix": "a/"}},
            OURS,
        ],
        disturb=expire_objects,
    ),
    AlreadyCompliant(
        name="with such a rule of another name",
        create=_bucket({**OURS, "ID": "x", "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 30}}),
    ),
    Refusal(
        name="one with MFA delete",
        create=_bucket(),
        answers={"s3:GetBucketVersioning": {"Status": "Enabled", "MFADelete": "Enabled"}},
        because="MFA delete",
    ),
    Refusal(
        name="one with a rule of the same name for a part",
        create=_bucket({**OURS, "Filter": {"Prefix": "a/"}}),
        because="another content",
    ),
    Refusal(
        name="one with a rule of the old style for a part, beside which S3 takes none for all",
        create=_bucket({**OLD_STYLE, "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 3}}),
        because="has a rule with the deprecated Prefix for part of the uploads, and S3 accepts no second rule",
    ),
    Refusal(
        name="one of whose rules is not shown what they leave alone",
        create=_bucket(),
        answers={"s3:GetBucketLifecycleConfiguration": {"Rules": [ARCHIVE]}},
        because="object size setting",
    ),
)
