"""The audit trail: one item per event, never changed."""

from __future__ import annotations

from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.deployment import Deployment
from infra.encryption import Encryption
from infra.principals import execution_role
from infra.retained_table import RetainedTable, text

INDEXES = {
    "by-finding": "issue_id",
    "by-day": "day",
    "by-account": "account_id",
    "by-outcome": "outcome",
    "by-fix": "fix_id",
}
"""The partition key of each index; all are sorted by the event's time."""

LISTED = ("kind", "issue_id", "account_id", "fix_id", "outcome", "reason", "resource_arn", "environment", "owner")
"""What lists show of an outcome, as runtime/items/trail.py has it."""


class AuditTrail(Construct):
    """The table, and the permission to append to it."""

    def __init__(self, scope: Construct, construct_id: str, *, deployment: Deployment, encryption: Encryption) -> None:
        super().__init__(scope, construct_id)
        self.table = RetainedTable(
            self,
            "Table",
            name=f"suture-{deployment.environment}-audit",
            partition_key="correlation_id",
            sort_key="sequence",
            deployment=deployment,
            encryption=encryption,
            writers=(execution_role(self, deployment),),
            append_only=True,
            indexes=tuple(
                dynamodb.GlobalSecondaryIndexPropsV2(
                    index_name=name,
                    partition_key=text(key),
                    sort_key=text("at"),
                    projection_type=dynamodb.ProjectionType.INCLUDE,
                    non_key_attributes=[attribute for attribute in LISTED if attribute != key],
                )
                for name, key in INDEXES.items()
            ),
        )

    @property
    def index_arns(self) -> tuple[str, ...]:
        return tuple(f"{self.table.table_arn}/index/{name}" for name in INDEXES)

    def append(self) -> iam.PolicyDocument:
        """Put, and query one finding's events. The indexes are for the operator's command, with its own credentials.

        IAM cannot ask that a put be conditional: the runtime's puts are.
        """
        return iam.PolicyDocument(
            statements=[
                iam.PolicyStatement(actions=["dynamodb:PutItem", "dynamodb:Query"], resources=[self.table.table_arn])
            ]
        )
