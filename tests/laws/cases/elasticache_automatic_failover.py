"""An ElastiCache replication group and what happens when a primary fails."""

from __future__ import annotations

from tests.laws.cases import AlreadyCompliant, Bad, Refusal
from tests.laws.cases.replication_groups import fixed, group, read_back, replaced

__all__ = ["CASES", "read_back"]

CASES = (
    Bad(
        name="left as it is",
        create=group(),
        fixed=fixed(AutomaticFailover="enabled"),
        disturb=replaced(),
    ),
    AlreadyCompliant(name="made up for by a replica", create=group(AutomaticFailoverEnabled=True)),
    Refusal(
        name="one that nothing could make up for", create=group(ReplicasPerNodeGroup=0), because="without a replica"
    ),
    Refusal(name="one that could not be made", create=group(status="create-failed"), because="only an available one"),
    Refusal(
        name="one for which a modification waits",
        create=group(),
        answers={
            "elasticache:DescribeReplicationGroups": {
                "ReplicationGroups": [
                    {
                        "ReplicationGroupId": "orders",
                        "ReplicationGroupCreateTime": "2026-01-01T00:00:00Z",
                        "Status": "available",
                        "AutomaticFailover": "disabled",
                        "NodeGroups": [{"NodeGroupMembers": [{}, {}]}],
                        "PendingModifiedValues": {"PrimaryClusterId": "orders-002"},
                    }
                ]
            }
        },
        because="at once with this one: PrimaryClusterId",
    ),
)
