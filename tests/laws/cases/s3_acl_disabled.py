"""An S3 bucket and whether its access control lists have effect."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from runtime.domain.resource import Resource
from tests.laws.cases import AlreadyCompliant, Bad, Clients, Refusal
from tests.laws.cases.buckets import bucket


def _bucket(ownership: str | None, acl: str = "private") -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        resource = bucket(clients)
        if ownership:
            _own(clients, resource, ownership)
        clients("s3").put_bucket_acl(Bucket=resource.name, ACL=acl)
        return resource

    return create


def _own(clients: Clients, resource: Resource, ownership: str) -> None:
    clients("s3").put_bucket_ownership_controls(
        Bucket=resource.name, OwnershipControls={"Rules": [{"ObjectOwnership": ownership}]}
    )


def _leave_it_to_the_writer(clients: Clients, resource: Resource) -> None:
    _own(clients, resource, "ObjectWriter")


def read_back(clients: Clients, resource: Resource) -> Any:
    try:
        answer = clients("s3").get_bucket_ownership_controls(Bucket=resource.name)
    except ClientError as error:
        if error.response["Error"]["Code"] == "OwnershipControlsNotFoundError":
            return "none"
        raise
    return answer["OwnershipControls"]["Rules"][0]["ObjectOwnership"]


CASES = (
    Bad(
        name="without object ownership",
        create=_bucket(None),
        fixed="BucketOwnerEnforced",
        disturb=_leave_it_to_the_writer,
    ),
    Bad(
        name="with ownership preferred",
        create=_bucket("BucketOwnerPreferred"),
        fixed="BucketOwnerEnforced",
        disturb=_leave_it_to_the_writer,
    ),
    AlreadyCompliant(name="with ownership enforced", create=_bucket("BucketOwnerEnforced")),
    Refusal(
        name="with a public list",
        create=_bucket(None, "public-read"),
        because="allows others than its owner; replace it by a policy first",
    ),
    Refusal(
        name="with logs delivered by its list",
        create=_bucket(None, "log-delivery-write"),
        because="allows others than its owner; replace it by a policy first",
    ),
)
