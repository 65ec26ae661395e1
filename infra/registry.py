"""The registry: onboarded accounts and approved exceptions. The operator's command writes it."""

from __future__ import annotations

from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.deployment import Deployment
from infra.encryption import Encryption
from infra.retained_table import RetainedTable


class Registry(Construct):
    """The table, and the permission to read it."""

    def __init__(self, scope: Construct, construct_id: str, *, deployment: Deployment, encryption: Encryption) -> None:
        super().__init__(scope, construct_id)
        self.table = RetainedTable(
            self,
            "Table",
            name=f"suture-{deployment.environment}-registry",
            partition_key="partition",
            sort_key="item",
            deployment=deployment,
            encryption=encryption,
        )

    def read(self) -> iam.PolicyDocument:
        return iam.PolicyDocument(
            statements=[iam.PolicyStatement(actions=["dynamodb:Query"], resources=[self.table.table_arn])]
        )
