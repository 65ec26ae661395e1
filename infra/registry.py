"""The registry: onboarded accounts, and stops. The operator's command writes it."""

from __future__ import annotations

from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.deployment import Deployment
from infra.encryption import Encryption
from infra.retained_table import RetainedTable

SWITCHES = "switches"
"""The partition of the stops, as runtime/aws/registry.py has it."""


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
        )

    def read(self) -> iam.PolicyDocument:
        return iam.PolicyDocument(
            statements=[iam.PolicyStatement(actions=["dynamodb:Query"], resources=[self.table.table_arn])]
        )

    def switch(self) -> iam.PolicyStatement:
        """Permission to put items into the partition of the stops only.

        Without a key in the request, "all of its values" would be true of none.
        https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
        """
        return iam.PolicyStatement(
            actions=["dynamodb:PutItem"],
            resources=[self.table.table_arn],
            conditions={
                "ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [SWITCHES]},
                "Null": {"dynamodb:LeadingKeys": "false"},
            },
        )
