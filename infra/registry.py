"""The registry: onboarded accounts, and stops. The operator's command writes it."""

from __future__ import annotations

from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.deployment import Deployment
from infra.encryption import Encryption
from infra.retained_table import RetainedTable
from infra.table_policy import in_partitions

SWITCHES = "switches"
"""The partition of the stops, as runtime/items/stops.py has it."""


class Registry(Construct):
    """The table, and the permissions to read it and to put stops into it."""

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
            writers=(*deployment.people.operator_role_arns, *deployment.administrator_role_arns),
        )

    def read(self) -> iam.PolicyDocument:
        """Of the accounts only those that are asked for by their ids."""
        return iam.PolicyDocument(
            statements=[
                iam.PolicyStatement(actions=["dynamodb:BatchGetItem"], resources=[self.table.table_arn]),
                iam.PolicyStatement(
                    actions=["dynamodb:Query"], resources=[self.table.table_arn], conditions=in_partitions(SWITCHES)
                ),
            ]
        )

    def switch(self) -> iam.PolicyStatement:
        """Permission to put items into the partition of the stops only."""
        return iam.PolicyStatement(
            actions=["dynamodb:PutItem"], resources=[self.table.table_arn], conditions=in_partitions(SWITCHES)
        )
