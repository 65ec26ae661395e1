"""Leases on resources that are being changed right now."""

from __future__ import annotations

from aws_cdk import Acknowledgment, RemovalPolicy, Validations
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.deployment import Deployment
from infra.encryption import Encryption
from infra.principals import execution_role
from infra.retained_table import text
from infra.table_policy import refuse_writes


class ResourceLocks(Construct):
    """The table, and the permission to take and to release."""

    def __init__(self, scope: Construct, construct_id: str, *, deployment: Deployment, encryption: Encryption) -> None:
        super().__init__(scope, construct_id)
        name = f"suture-{deployment.environment}-locks"
        self.table = dynamodb.TableV2(
            self,
            "Table",
            table_name=name,
            partition_key=text("resource_arn"),
            time_to_live_attribute="expires_at",
            encryption=dynamodb.TableEncryptionV2.customer_managed_key(encryption.key),
            resource_policy=refuse_writes(self, name, writers=(execution_role(self, deployment),)),
            removal_policy=RemovalPolicy.DESTROY,
        )
        Validations.of(self.table).acknowledge(
            Acknowledgment(
                id="AwsSolutions-DDB3",
                reason="A lock lasts two minutes: a restored lock would only block a resource.",
            )
        )

    def take_and_release(self) -> iam.PolicyDocument:
        return iam.PolicyDocument(
            statements=[
                iam.PolicyStatement(
                    actions=["dynamodb:DeleteItem", "dynamodb:PutItem"], resources=[self.table.table_arn]
                )
            ]
        )
