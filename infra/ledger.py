"""The ledger: exceptions, what was done to each resource, and how much was written within the last hour."""

from __future__ import annotations

from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.deployment import Deployment
from infra.encryption import Encryption
from infra.retained_table import RetainedTable


class Ledger(Construct):
    """The table, and the permission to read and to add."""

    def __init__(self, scope: Construct, construct_id: str, *, deployment: Deployment, encryption: Encryption) -> None:
        super().__init__(scope, construct_id)
        self.table = RetainedTable(
            self,
            "Table",
            name=f"suture-{deployment.environment}-ledger",
            partition_key="partition",
            sort_key="item",
            deployment=deployment,
            encryption=encryption,
        )

    def keep(self) -> iam.PolicyDocument:
        """Put and query; nothing is deleted. The puts of a transaction need no more than others.

        https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
        """
        return iam.PolicyDocument(
            statements=[
                iam.PolicyStatement(actions=["dynamodb:PutItem", "dynamodb:Query"], resources=[self.table.table_arn])
            ]
        )
