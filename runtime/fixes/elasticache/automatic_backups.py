"""Turn on automatic backups of an ElastiCache replication group.

What it does
------------
Sets ``SnapshotRetentionLimit`` of the replication group to the option ``days``, or keeps a longer one. ElastiCache then
makes a backup each day and keeps it for that number of days. In a group with one shard, it is taken from the node that
was selected for it, or from the last one, which usually is a replica.

It refuses a group of ``cache.t1`` nodes, which do not support backups, and one whose status is not ``available``.

Why it matters
--------------
Without a backup, data that a mistake or a failure of all nodes deletes is lost.

What can break
--------------
While a backup is made, its node writes more slowly and uses more memory: a node that is nearly full can run out of it.
In a group without replicas, that node is the primary. AWS charges for the storage of backups beyond the free one.

Undo
----
Restores the former number of days. **Backups that are older than that are deleted**; with 0, all automatic ones.

References
----------
* Security Hub control ElastiCache.1:
  https://docs.aws.amazon.com/securityhub/latest/userguide/elasticache-controls.html#elasticache-1
* Automatic backups: https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/backups-automatic.html
* ModifyReplicationGroup:
  https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_ModifyReplicationGroup.html
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from runtime.domain.fix import Disruption, OptionSpec
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Value
from runtime.fixes.elasticache import AVAILABLE, REPLICATION_GROUP, group, modify_group
from runtime.fixes.kinds.attributes import AtLeast, Option, SetAttributes
from runtime.fixes.kinds.declared import Found, Guard, Look, Steps


@dataclass(frozen=True, kw_only=True)
class _KeepBackups(SetAttributes):
    """AWS requires the node to take backups from if there is one shard, and refuses it if there can be more:
    https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_ModifyReplicationGroup.html
    """

    def changes(self, look: Look, found: Found) -> tuple[Steps, Steps]:
        if look["ClusterEnabled"]:
            return SetAttributes.changes(self, look, found)
        from_node = replace(self.write, by={**self.write.by, "SnapshottingClusterId": Value("node")})
        return SetAttributes.changes(replace(self, write=from_node, back=self.write), look, found)


FIX = _KeepBackups(
    of=REPLICATION_GROUP,
    id="elasticache-automatic-backups",
    title="Turn on automatic backups of an ElastiCache replication group",
    disruption=Disruption.NONE,
    hazard="Writes to the backup node are slower during a backup, and AWS charges for backups.",
    undo_hazard="Deletes the automatic backups that are older than the former number of days.",
    reads=(
        group(
            "SnapshotRetentionLimit",
            "ClusterEnabled",
            "CacheNodeType",
            node="SnapshottingClusterId || MemberClusters[-1]",
            window="SnapshotWindow",
            or_none=("window",),
        ),
    ),
    informs=("window",),
    options={
        "days": OptionSpec(
            schema={"type": "integer", "minimum": 1, "maximum": 35},
            default=7,
            description="The minimum retention of automatic backups, in days.",
        )
    },
    wanted={"SnapshotRetentionLimit": AtLeast(Option("days"))},
    guards=(
        Guard(
            holds=lambda look: not look["CacheNodeType"].startswith("cache.t1."),
            because="${subject} has ${CacheNodeType} nodes, which do not support backups.",
        ),
        AVAILABLE,
    ),
    write=modify_group(SnapshotRetentionLimit=Value("SnapshotRetentionLimit")),
    shows={"node": lambda look: look["node"], "window": lambda look: look["window"]},
    template={
        TemplateTool.CLOUDFORMATION: "set SnapshotRetentionLimit of AWS::ElastiCache::ReplicationGroup",
        TemplateTool.CDK: "set snapshotRetentionLimit of CfnReplicationGroup",
        TemplateTool.TERRAFORM: "set snapshot_retention_limit of aws_elasticache_replication_group",
    },
)
