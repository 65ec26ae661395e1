"""Amazon Redshift: provisioned clusters."""

from __future__ import annotations

from typing import Any

from runtime.fixes.calls import Read, Write
from runtime.fixes.kinds.declared import Guard, one_of
from runtime.fixes.resource_type import ResourceType

_BY_CLUSTER = {"ClusterIdentifier": "${name}"}

CLUSTER = ResourceType(
    name="AWS::Redshift::Cluster",
    noun="cluster",
    arn="arn:${partition}:redshift:${region}:${account_id}:cluster:${name}",
    id="[a-z][a-z0-9-]{0,62}",
    longest="c" * 63,
    canonical=str.lower,
    gone=("ClusterNotFound",),
    describe=Read(call="redshift:DescribeClusters", by=_BY_CLUSTER, at="Clusters[0]"),
    identity="ClusterNamespaceArn || ClusterCreateTime",
    status="ClusterStatus",
    # Two of them begin with "available": the cluster can be read then, but accepts no change.
    passing=frozenset(
        {
            "available, prep-for-resize",
            "available, resize-cleanup",
            "cancelling-resize",
            "creating",
            "final-snapshot",
            "maintenance",
            "modifying",
            "rebooting",
            "renaming",
            "resizing",
            "rotating-keys",
            "updating-hsm",
        }
    ),
    tags=Read(call="redshift:DescribeClusters", by=_BY_CLUSTER, at="Clusters[0].Tags"),
)

TYPES = (CLUSTER,)

AVAILABLE = Guard(
    holds=one_of("status", "available"),
    because="${subject} is ${status}; only an available one can be modified.",
)


def cluster(*names: str, or_none: tuple[str, ...] = (), **paths: str) -> Read:
    """The members of the cluster to keep, by name or by path."""
    keep = {**{name: f'"{name}"' for name in names}, **paths}
    return Read(call="redshift:DescribeClusters", by=_BY_CLUSTER, at="Clusters[0]", keep=keep, or_none=or_none)


def modify_cluster(**settings: Any) -> Write:
    """Set only these: omitted settings do not change."""
    return Write(call="redshift:ModifyCluster", by={**_BY_CLUSTER, **settings})
