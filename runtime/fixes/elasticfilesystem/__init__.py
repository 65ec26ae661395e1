"""Amazon EFS: file systems. Their ARNs and actions say ``elasticfilesystem``."""

from __future__ import annotations

from runtime.fixes.calls import Read
from runtime.fixes.kinds.declared import Guard, one_of
from runtime.fixes.resource_type import ResourceType

BY_FILE_SYSTEM = {"FileSystemId": "${name}"}


def _described(at: str) -> Read:
    return Read(
        call="efs:DescribeFileSystems", action="elasticfilesystem:DescribeFileSystems", by=BY_FILE_SYSTEM, at=at
    )


FILE_SYSTEM = ResourceType(
    name="AWS::EFS::FileSystem",
    noun="file system",
    arn="arn:${partition}:elasticfilesystem:${region}:${account_id}:file-system/${name}",
    # The id of a file system is random, and is never reused.
    id="fs-[0-9a-f]{8,40}",
    longest="fs-" + "0" * 40,
    called="id",
    gone=("FileSystemNotFound",),
    describe=_described("FileSystems[0]"),
    status="LifeCycleState",
    passing=frozenset({"creating", "updating"}),
    tags=_described("FileSystems[0].Tags"),
)

TYPES = (FILE_SYSTEM,)

AVAILABLE = Guard(
    holds=one_of("status", "available"),
    because="${subject} is ${status}; only an available one can be changed.",
)
