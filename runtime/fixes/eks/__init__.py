"""Amazon EKS."""

from __future__ import annotations

from runtime.fixes.calls import Read
from runtime.fixes.kinds.declared import Guard, one_of
from runtime.fixes.resource_type import STATUS, ResourceType

_DESCRIBE = Read(call="eks:DescribeCluster", by={"name": "${name}"}, at="cluster")

CLUSTER = ResourceType(
    name="AWS::EKS::Cluster",
    noun="EKS cluster",
    arn="arn:${partition}:eks:${region}:${account_id}:cluster/${name}",
    id="[0-9A-Za-z][A-Za-z0-9_-]{0,99}",
    longest="c" * 100,
    gone=("ResourceNotFoundException",),
    describe=_DESCRIBE,
    identity="createdAt",
    status="status",
    passing=frozenset({"CREATING", "UPDATING", "PENDING"}),
    tags=Read(call="eks:DescribeCluster", by={"name": "${name}"}, at="cluster.tags || `{}`"),
)


def cluster(**kept: str) -> Read:
    """Parts of the cluster, and the values that show whether EKS runs its control plane in AWS."""
    return Read(
        call=_DESCRIBE.call,
        by=_DESCRIBE.by,
        at=_DESCRIBE.at,
        keep={**kept, "connector": "connectorConfig.provider", "outpost": "outpostConfig.outpostArns[0]"},
        or_none=("connector", "outpost"),
    )


ACTIVE = Guard(holds=one_of(STATUS, "ACTIVE"), because="${subject} is ${status}, and does not accept changes.")
IN_AWS = (
    Guard(
        holds=one_of("connector", None),
        because="${subject} is a connected cluster of ${connector}, not run by EKS.",
        first=True,
    ),
    Guard(holds=one_of("outpost", None), because="${subject} runs on the outpost ${outpost}.", first=True),
)

TYPES = (CLUSTER,)
