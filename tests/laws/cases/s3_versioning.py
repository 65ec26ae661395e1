"""An S3 bucket and its versioning."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import AlreadyCompliant, Bad, Clients, Refusal
from tests.laws.cases.buckets import bucket, expire_objects


def _bucket(**configuration: str) -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        resource = bucket(clients)
        if configuration:
            clients("s3").put_bucket_versioning(Bucket=resource.name, VersioningConfiguration=configuration)
        return resource

    return create


def read_back(clients: Clients, resource: Resource) -> Any:
    return clients("s3").get_bucket_versioning(Bucket=resource.name).get("Status")


CASES = (
    Bad(name="never versioned", promised=False, create=_bucket(), fixed="Enabled", disturb=expire_objects),
    Bad(name="suspended", create=_bucket(Status="Suspended"), fixed="Enabled", disturb=expire_objects),
    AlreadyCompliant(name="versioned", create=_bucket(Status="Enabled")),
    Refusal(
        name="one with MFA delete",
        create=_bucket(Status="Suspended"),
        answers={"s3:GetBucketVersioning": {"Status": "Suspended", "MFADelete": "Enabled"}},
        because="root user",
    ),
)
