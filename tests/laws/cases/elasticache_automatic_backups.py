"""An ElastiCache replication group and its backups."""

from __future__ import annotations

from tests.laws.cases import AlreadyCompliant, Bad, Refusal
from tests.laws.cases.replication_groups import fixed, group, read_back, replaced

__all__ = ["CASES", "read_back"]

SHARDS = {"NumNodeGroups": 2, "AutomaticFailoverEnabled": True}

CASES = (
    Bad(name="not backed up", create=group(), fixed=fixed(SnapshotRetentionLimit=7), disturb=replaced()),
    Bad(
        name="of several shards, and not backed up",
        create=group(**SHARDS),
        fixed=fixed(SnapshotRetentionLimit=7, AutomaticFailover="enabled"),
        disturb=replaced(),
    ),
    Bad(
        name="backed up for three days, and fourteen are asked for",
        create=group(SnapshotRetentionLimit=3),
        options={"days": 14},
        fixed=fixed(SnapshotRetentionLimit=14),
        disturb=replaced(SnapshotRetentionLimit=1),
    ),
    AlreadyCompliant(name="backed up for longer", create=group(SnapshotRetentionLimit=30)),
    Refusal(
        name="of nodes without backups",
        create=group(CacheNodeType="cache.t1.micro"),
        because="nodes, which do not support backups",
    ),
    Refusal(name="one that could not be made", create=group(status="create-failed"), because="only an available one"),
    Refusal(name="being backed up", create=group(status="snapshotting"), because="which is transitional"),
)
