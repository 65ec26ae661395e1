"""Amazon RDS. Neptune and Amazon DocumentDB answer under the same API and ARNs."""

from __future__ import annotations

from runtime.domain.fix import OptionSpec
from runtime.fixes.calls import Read
from runtime.fixes.resource_type import ResourceType

DB_INSTANCE = ResourceType(
    name="AWS::RDS::DBInstance",
    noun="DB instance",
    arn="arn:${partition}:rds:${region}:${account_id}:db:${name}",
    id="[a-z][a-z0-9-]{0,62}",
    longest="d" * 63,
    # RDS stores the identifier as a lowercase string:
    # https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
    canonical=str.lower,
    gone=("DBInstanceNotFound", "DBInstanceNotFoundFault"),
    describe=Read(
        call="rds:DescribeDBInstances",
        by={"DBInstanceIdentifier": "${name}"},
        at="DBInstances[0]",
    ),
    identity="DbiResourceId",
    status="DBInstanceStatus",
    # Not storage-optimization, in which RDS accepts all changes except to the storage:
    # https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/accessing-monitoring.html
    passing=frozenset(
        {
            "backing-up",
            "configuring-enhanced-monitoring",
            "configuring-iam-database-auth",
            "configuring-log-exports",
            "converting-to-vpc",
            "creating",
            "maintenance",
            "modifying",
            "moving-to-vpc",
            "rebooting",
            "renaming",
            "resetting-master-credentials",
            "starting",
            "stopping",
            "storage-config-upgrade",
            "storage-initialization",
            "upgrading",
        }
    ),
    tags=Read(
        call="rds:DescribeDBInstances",
        by={"DBInstanceIdentifier": "${name}"},
        at="DBInstances[0].TagList",
    ),
)

DB_CLUSTER = ResourceType(
    name="AWS::RDS::DBCluster",
    noun="DB cluster",
    arn="arn:${partition}:rds:${region}:${account_id}:cluster:${name}",
    id="[a-z][a-z0-9-]{0,62}",
    longest="c" * 63,
    canonical=str.lower,
    gone=("DBClusterNotFoundFault",),
    describe=Read(
        call="rds:DescribeDBClusters",
        by={"DBClusterIdentifier": "${name}"},
        at="DBClusters[0]",
    ),
    identity="DbClusterResourceId",
    status="Status",
    passing=frozenset(
        {
            "backing-up",
            "backtracking",
            "configuring-enhanced-monitoring",
            "configuring-iam-database-auth",
            "creating",
            "failing-over",
            "maintenance",
            "migrating",
            "modifying",
            "preparing-data-migration",
            "promoting",
            "rebooting",
            "renaming",
            "resetting-master-credentials",
            "scaling-compute",
            "starting",
            "stopping",
            "storage-optimization",
            "update-iam-db-auth",
            "upgrading",
        }
    ),
    tags=Read(
        call="rds:DescribeDBClusters",
        by={"DBClusterIdentifier": "${name}"},
        at="DBClusters[0].TagList",
    ),
)

# The name of an automated snapshot begins with "rds:", and of one by AWS Backup with "awsbackup:".
_SNAPSHOT_ID = "(?:rds:|awsbackup:)?[A-Za-z][A-Za-z0-9-]{0,254}"

DB_SNAPSHOT = ResourceType(
    name="AWS::RDS::DBSnapshot",
    noun="DB snapshot",
    arn="arn:${partition}:rds:${region}:${account_id}:snapshot:${name}",
    id=_SNAPSHOT_ID,
    longest="s" * 255,
    gone=("DBSnapshotNotFound", "DBSnapshotNotFoundFault"),
    describe=Read(call="rds:DescribeDBSnapshots", by={"DBSnapshotIdentifier": "${name}"}, at="DBSnapshots[0]"),
    identity="SnapshotCreateTime",
    status="Status",
    passing=frozenset({"creating", "copying"}),
    tags=Read(call="rds:DescribeDBSnapshots", by={"DBSnapshotIdentifier": "${name}"}, at="DBSnapshots[0].TagList"),
)

DB_CLUSTER_SNAPSHOT = ResourceType(
    name="AWS::RDS::DBClusterSnapshot",
    noun="DB cluster snapshot",
    arn="arn:${partition}:rds:${region}:${account_id}:cluster-snapshot:${name}",
    id=_SNAPSHOT_ID,
    longest="s" * 255,
    gone=("DBClusterSnapshotNotFoundFault",),
    describe=Read(
        call="rds:DescribeDBClusterSnapshots",
        by={"DBClusterSnapshotIdentifier": "${name}"},
        at="DBClusterSnapshots[0]",
    ),
    identity="SnapshotCreateTime",
    status="Status",
    passing=frozenset({"creating", "copying"}),
    tags=Read(
        call="rds:DescribeDBClusterSnapshots",
        by={"DBClusterSnapshotIdentifier": "${name}"},
        at="DBClusterSnapshots[0].TagList",
    ),
)

BACKUP_DAYS = OptionSpec(
    schema={"type": "integer", "minimum": 1, "maximum": 35},
    default=7,
    description="The minimum retention of automated backups, in days.",
)

TYPES = (DB_INSTANCE, DB_CLUSTER, DB_SNAPSHOT, DB_CLUSTER_SNAPSHOT)
