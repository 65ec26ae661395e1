"""The runs that wait: that a stop ends, or that a change window opens."""

from __future__ import annotations

from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.deployment import Deployment
from infra.encryption import Encryption
from infra.principals import execution_role
from infra.retained_table import RetainedTable


class Holds(Construct):
    """The table, and the permission to have runs wait and to let them go."""

    def __init__(self, scope: Construct, construct_id: str, *, deployment: Deployment, encryption: Encryption) -> None:
        super().__init__(scope, construct_id)
        self.table = RetainedTable(
            self,
            "Table",
            name=f"suture-{deployment.environment}-holds",
            partition_key="partition",
            sort_key="item",
            deployment=deployment,
            encryption=encryption,
            writers=(execution_role(self, deployment),),
        )

    def hold_and_release(self) -> iam.PolicyDocument:
        return iam.PolicyDocument(
            statements=[
                iam.PolicyStatement(
                    actions=["dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:Query"],
                    resources=[self.table.table_arn],
                )
            ]
        )
