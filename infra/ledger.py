"""The ledger: exceptions, what was done to each resource, and how much was written within the last hour."""

from __future__ import annotations

from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.deployment import Deployment
from infra.encryption import Encryption
from infra.principals import execution_role
from infra.retained_table import RetainedTable
from infra.table_policy import in_partitions

COUNTS = "writes#"
"""What the partitions of the counts begin with, as runtime/items/counters.py has it."""


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
            writers=(execution_role(self, deployment),),
        )

    def keep(self) -> iam.PolicyDocument:
        """Read and put; only counts are updated, and nothing is deleted. A transaction needs no permission of its own.

        https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
        """
        return iam.PolicyDocument(
            statements=[
                iam.PolicyStatement(
                    actions=["dynamodb:BatchGetItem", "dynamodb:PutItem", "dynamodb:Query"],
                    resources=[self.table.table_arn],
                ),
                iam.PolicyStatement(
                    actions=["dynamodb:UpdateItem"],
                    resources=[self.table.table_arn],
                    conditions=in_partitions(f"{COUNTS}*"),
                ),
            ]
        )
