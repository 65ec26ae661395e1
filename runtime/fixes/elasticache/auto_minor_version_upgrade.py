"""Turn on automatic minor version upgrades of an ElastiCache replication group.

What it does
------------
Sets ``AutoMinorVersionUpgrade`` of the replication group to true, which is the default of new groups. ElastiCache then
installs minor versions of the engine automatically, in later maintenance windows. The fix upgrades nothing, and
modifications that are pending for the maintenance window stay pending.

It refuses a group of Redis OSS before 6.0, where the setting has no effect, and one whose status is not ``available``.

Why it matters
--------------
Minor versions fix vulnerabilities. Without the setting, they must be installed manually.

What can break
--------------
In a later maintenance window, the nodes are replaced one after the other: connections are closed, and a group without
replicas is empty afterwards.

Undo
----
Sets it to false again. A version that was installed is kept.

References
----------
* Security Hub control ElastiCache.2:
  https://docs.aws.amazon.com/securityhub/latest/userguide/elasticache-controls.html#elasticache-2
* Version management: https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/VersionManagement.html
* ModifyReplicationGroup:
  https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_ModifyReplicationGroup.html
"""

from __future__ import annotations

from runtime.domain.fix import Disruption
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Read, Value
from runtime.fixes.elasticache import AVAILABLE, REPLICATION_GROUP, group, modify_group
from runtime.fixes.kinds.attributes import SetAttributes
from runtime.fixes.kinds.declared import Guard, Look

_MINOR = "AutoMinorVersionUpgrade"


def _can_be_upgraded(look: Look) -> bool:
    major = look["EngineVersion"].partition(".")[0]
    return look["Engine"] == "valkey" or (major.isdecimal() and int(major) >= 6)


FIX = SetAttributes(
    of=REPLICATION_GROUP,
    id="elasticache-auto-minor-version-upgrade",
    title="Turn on automatic minor version upgrades of an ElastiCache replication group",
    disruption=Disruption.NONE,
    hazard="In a later maintenance window, nodes are replaced for a new minor version, and connections are closed.",
    undo_hazard="Minor versions, which fix vulnerabilities, must be installed manually.",
    reads=(
        group(_MINOR, node="MemberClusters[0]", nodes="NodeGroups[].length(NodeGroupMembers)"),
        Read(
            call="elasticache:DescribeCacheClusters",
            by={"CacheClusterId": "${node}"},
            # Its name is known only after the group is read.
            on="arn:${partition}:elasticache:${region}:${account_id}:cluster:*",
            at="CacheClusters[0]",
            keep=("Engine", "EngineVersion", "PreferredMaintenanceWindow"),
            of="node",
        ),
    ),
    informs=("PreferredMaintenanceWindow",),
    wanted={_MINOR: True},
    guards=(
        Guard(
            holds=_can_be_upgraded,
            because="${subject} is of ${Engine} ${EngineVersion}, which has no automatic upgrades.",
        ),
        AVAILABLE,
    ),
    write=modify_group(**{_MINOR: Value(_MINOR)}),
    shows={
        "nodes_by_shard": lambda look: look["nodes"],
        "window": lambda look: look["PreferredMaintenanceWindow"],
    },
    template={
        TemplateTool.CLOUDFORMATION: "set AutoMinorVersionUpgrade of AWS::ElastiCache::ReplicationGroup to true",
        TemplateTool.CDK: "set autoMinorVersionUpgrade of CfnReplicationGroup to true",
        TemplateTool.TERRAFORM: "set auto_minor_version_upgrade of aws_elasticache_replication_group to true",
    },
)
