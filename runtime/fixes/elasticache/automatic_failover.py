"""Turn on automatic failover of an ElastiCache replication group.

What it does
------------
Sets ``AutomaticFailoverEnabled`` of the replication group to true, immediately. If a primary fails, ElastiCache then
promotes a replica to primary automatically.

It refuses a group that has a shard without a replica, one in a global datastore, for which this is set as a whole, one
with another pending modification, because it would be applied with it, and one whose status is not ``available``.

Why it matters
--------------
Without it, a shard whose primary fails accepts no writes until the node is replaced or a replica is promoted manually.

What can break
--------------
Clients that write to the address of one node instead of the primary endpoint are refused after a failover. Data that
the replica did not have yet is lost then.

Undo
----
Sets it to false again. ElastiCache refuses that once Multi-AZ is on.

References
----------
* Security Hub control ElastiCache.3:
  https://docs.aws.amazon.com/securityhub/latest/userguide/elasticache-controls.html#elasticache-3
* Automatic failover: https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/AutoFailover.html
* ModifyGlobalReplicationGroup:
  https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_ModifyGlobalReplicationGroup.html
* ModifyReplicationGroup:
  https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_ModifyReplicationGroup.html
"""

from __future__ import annotations

from runtime.domain.fix import Disruption
from runtime.domain.template import TemplateTool
from runtime.fixes.elasticache import AVAILABLE, REPLICATION_GROUP, group, modify_group
from runtime.fixes.kinds.attributes import AnyOf, SetAttributes
from runtime.fixes.kinds.declared import Guard, Look, one_of


def _has_replicas(look: Look) -> bool:
    return bool(min(look["nodes"] or [0]) > 1)


FIX = SetAttributes(
    of=REPLICATION_GROUP,
    id="elasticache-automatic-failover",
    title="Turn on automatic failover of an ElastiCache replication group",
    disruption=Disruption.NONE,
    hazard="Clients that write to a node's address instead of the primary endpoint fail after a failover.",
    undo_hazard="A shard whose primary fails accepts no writes until somebody acts.",
    reads=(
        group(
            "AutomaticFailover",
            nodes="NodeGroups[].length(NodeGroupMembers)",
            datastore="GlobalReplicationGroupInfo.GlobalReplicationGroupId",
            or_none=("datastore",),
            waiting="join(', ', sort(keys(PendingModifiedValues || `{}`)))",
        ),
    ),
    wanted={"AutomaticFailover": AnyOf("enabled", ("enabling",))},
    steady=("waiting",),
    guards=(
        Guard(holds=_has_replicas, because="${subject} has a shard without a replica to fail over to."),
        Guard(
            holds=one_of("datastore", None),
            because="${subject} is in the global datastore ${datastore}, where this setting belongs to the whole.",
        ),
        Guard(
            holds=one_of("waiting", ""),
            because=(
                "Other modifications of ${subject} are pending, and would be applied at once with this one: ${waiting}."
            ),
        ),
        AVAILABLE,
    ),
    write=modify_group(AutomaticFailoverEnabled=True, ApplyImmediately=True),
    back=modify_group(AutomaticFailoverEnabled=False, ApplyImmediately=True),
    shows={"nodes_by_shard": lambda look: look["nodes"]},
    template={
        TemplateTool.CLOUDFORMATION: "set AutomaticFailoverEnabled of AWS::ElastiCache::ReplicationGroup to true",
        TemplateTool.CDK: "set automaticFailoverEnabled of CfnReplicationGroup to true",
        TemplateTool.TERRAFORM: "set automatic_failover_enabled of aws_elasticache_replication_group to true",
    },
)
