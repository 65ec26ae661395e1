"""A DynamoDB table whose content outlives mistakes."""

from __future__ import annotations

from aws_cdk import RemovalPolicy
from aws_cdk import aws_dynamodb as dynamodb
from constructs import Construct

from infra.deployment import Deployment
from infra.encryption import Encryption
from infra.table_policy import refuse_writes


def text(name: str) -> dynamodb.Attribute:
    """A key attribute of the type string."""
    return dynamodb.Attribute(name=name, type=dynamodb.AttributeType.STRING)


class RetainedTable(dynamodb.TableV2):
    """With point-in-time recovery and deletion protection, and kept when its stack goes; all but a disposable one.

    Only ``writers``, the ARNs of roles, may write into it; with ``append_only`` nobody may change or delete an item.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        *,
        name: str,
        partition_key: str,
        sort_key: str,
        deployment: Deployment,
        encryption: Encryption,
        writers: tuple[str, ...],
        append_only: bool = False,
        indexes: tuple[dynamodb.GlobalSecondaryIndexPropsV2, ...] = (),
    ) -> None:
        super().__init__(
            scope,
            construct_id,
            table_name=name,
            partition_key=text(partition_key),
            sort_key=text(sort_key),
            global_secondary_indexes=list(indexes),
            encryption=dynamodb.TableEncryptionV2.customer_managed_key(encryption.key),
            point_in_time_recovery_specification=dynamodb.PointInTimeRecoverySpecification(
                point_in_time_recovery_enabled=True
            ),
            resource_policy=refuse_writes(scope, name, writers=writers, append_only=append_only),
            deletion_protection=not deployment.disposable,
            removal_policy=RemovalPolicy.DESTROY if deployment.disposable else RemovalPolicy.RETAIN,
        )
