"""Amazon RDS. Neptune and Amazon DocumentDB answer under the same API and ARNs."""

from __future__ import annotations

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
    # Not storage-optimization, in which RDS takes all changes but those of the storage:
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

TYPES = (DB_INSTANCE,)
