"""Amazon ElastiCache: replication groups of Valkey and Redis OSS. Their nodes are changed through the group."""

from __future__ import annotations

from typing import Any

from runtime.fixes.calls import Read, Write
from runtime.fixes.kinds.declared import Guard, one_of
from runtime.fixes.resource_type import ResourceType

_BY_GROUP = {"ReplicationGroupId": "${name}"}


def group(*names: str, or_none: tuple[str, ...] = (), **paths: str) -> Read:
    """The members of the group to keep, by name or by path."""
    keep = {**{name: f'"{name}"' for name in names}, **paths}
    return Read(
        call="elasticache:DescribeReplicationGroups",
        by=_BY_GROUP,
        at="ReplicationGroups[0]",
        keep=keep,
        or_none=or_none,
    )


def modify_group(**settings: Any) -> Write:
    """Set only these: omitted settings do not change."""
    return Write(call="elasticache:ModifyReplicationGroup", by={**_BY_GROUP, **settings})


REPLICATION_GROUP = ResourceType(
    name="AWS::ElastiCache::ReplicationGroup",
    noun="replication group",
    arn="arn:${partition}:elasticache:${region}:${account_id}:replicationgroup:${name}",
    id="[a-z][a-z0-9-]{0,39}",
    longest="g" * 40,
    canonical=str.lower,
    gone=("ReplicationGroupNotFoundFault",),
    describe=group(),
    identity="ReplicationGroupCreateTime",
    status="Status",
    passing=frozenset({"creating", "modifying", "snapshotting"}),
    tags=Read(call="elasticache:ListTagsForResource", by={"ResourceName": "${arn}"}, at="TagList"),
)

TYPES = (REPLICATION_GROUP,)

AVAILABLE = Guard(
    holds=one_of("status", "available"),
    because="${subject} is ${status}; only an available one can be modified.",
)
