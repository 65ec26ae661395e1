"""A bucket, and one in another region that takes copies of its objects."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import ACCOUNT_ID, AlreadyCompliant, Bad, Clients, Refusal
from tests.laws.cases.buckets import bucket

COPIES, ROLE, ELSEWHERE = f"copies-{ACCOUNT_ID}", "s3-replicates", "eu-west-1"
ROLE_ARN = f"arn:aws:iam::{ACCOUNT_ID}:role/{ROLE}"
OPTIONS = {"destination_bucket": "copies-${account_id}", "role": ROLE}


def _role(clients: Clients, service: str) -> None:
    statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    trust, iam = json.dumps({"Version": "2012-10-17", "Statement": [statement]}), clients("iam")
    if ROLE in [one["RoleName"] for one in iam.list_roles()["Roles"]]:
        iam.update_assume_role_policy(RoleName=ROLE, PolicyDocument=trust)
    else:
        iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=trust)


def _copies(clients: Clients, *, versioning: str) -> None:
    s3 = clients("s3")
    if COPIES not in [one["Name"] for one in s3.list_buckets()["Buckets"]]:
        clients("s3", ELSEWHERE).create_bucket(
            Bucket=COPIES, CreateBucketConfiguration={"LocationConstraint": ELSEWHERE}
        )
    s3.put_bucket_versioning(Bucket=COPIES, VersioningConfiguration={"Status": versioning})


def _bucket(
    *then: Callable[[Clients, Resource], object],
    versioning: bool = True,
    copies: str = "Enabled",
    trusted: str = "s3.amazonaws.com",
    **how: Any,
) -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        _role(clients, trusted)
        _copies(clients, versioning=copies)
        resource = bucket(clients, **how)
        if versioning:
            clients("s3").put_bucket_versioning(Bucket=resource.name, VersioningConfiguration={"Status": "Enabled"})
        for one in then:
            one(clients, resource)
        return resource

    return create


def _replicate(clients: Clients, resource: Resource, *, status: str = "Enabled") -> None:
    rule = {
        "ID": "theirs",
        "Priority": 1,
        "Status": status,
        "Filter": {"Prefix": ""},
        "DeleteMarkerReplication": {"Status": "Disabled"},
        "Destination": {"Bucket": "arn:aws:s3:::elsewhere"},
    }
    clients("s3").put_bucket_replication(
        Bucket=resource.name, ReplicationConfiguration={"Role": ROLE_ARN, "Rules": [rule]}
    )


def _turned_off(clients: Clients, resource: Resource) -> None:
    _replicate(clients, resource, status="Disabled")


def _encrypt(clients: Clients, resource: Resource) -> None:
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}
    clients("s3").put_bucket_encryption(Bucket=resource.name, ServerSideEncryptionConfiguration={"Rules": [rule]})


def read_back(clients: Clients, resource: Resource) -> Any:
    s3 = clients("s3")
    try:
        found = s3.get_bucket_replication(Bucket=resource.name)["ReplicationConfiguration"]
    except s3.exceptions.ClientError as error:
        if error.response["Error"]["Code"] != "ReplicationConfigurationNotFoundError":
            raise
        return None
    return found["Role"], [(rule["ID"], rule["Status"], rule["Destination"]["Bucket"]) for rule in found["Rules"]]


CASES = (
    Bad(
        name="without replication",
        create=_bucket(),
        options=OPTIONS,
        fixed=(ROLE_ARN, [("suture", "Enabled", f"arn:aws:s3:::{COPIES}")]),
        disturb=_turned_off,
    ),
    AlreadyCompliant(name="with a rule of its own", create=_bucket(_replicate)),
    Refusal(
        name="with a rule that is off",
        create=_bucket(_turned_off),
        options=OPTIONS,
        because="has only disabled replication rules: somebody disabled them",
    ),
    Refusal(name="where nothing is named", create=_bucket(), because="option role"),
    Refusal(name="without versioning", create=_bucket(versioning=False), options=OPTIONS, because="no versioning"),
    Refusal(name="encrypted with a KMS key", create=_bucket(_encrypt), options=OPTIONS, because="KMS key"),
    Refusal(
        name="with Object Lock",
        create=_bucket(ObjectLockEnabledForBucket=True),
        options=OPTIONS,
        because="Object Lock",
    ),
    Refusal(
        name="whose copies would go to a bucket without versioning",
        create=_bucket(copies="Suspended"),
        options=OPTIONS,
        because=f"bucket {COPIES} has no versioning",
    ),
    Refusal(
        name="whose copies would go to a bucket that is not there",
        create=_bucket(),
        options={**OPTIONS, "destination_bucket": "gone"},
        because="no bucket gone",
    ),
    Refusal(
        name="whose copies would stay in the region",
        create=_bucket(),
        options={**OPTIONS, "destination_bucket": "${name}"},
        because="in the same region",
    ),
    Refusal(
        name="whose role serves something else",
        create=_bucket(trusted="lambda.amazonaws.com"),
        options=OPTIONS,
        because="does not trust s3.amazonaws.com",
    ),
)
