"""Who may write into a table, whatever their own policies allow."""

from __future__ import annotations

from aws_cdk import Stack
from aws_cdk import aws_iam as iam
from constructs import Construct

WRITES = (
    "dynamodb:BatchWriteItem",
    "dynamodb:DeleteItem",
    "dynamodb:PartiQLDelete",
    "dynamodb:PartiQLInsert",
    "dynamodb:PartiQLUpdate",
    "dynamodb:PutItem",
    "dynamodb:UpdateItem",
)
"""Every action that writes items, those of a transaction among them.
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/rbac-iam-actions.html"""


def refuse_writes(
    scope: Construct, table_name: str, *, writers: tuple[str, ...], append_only: bool = False
) -> iam.PolicyDocument:
    """A table's own policy: nobody but these roles writes, and with ``append_only`` nobody changes or deletes an item.

    Such a table has no second replica: DynamoDB's own role for replication would be refused too.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/rbac-considerations.html
    """
    stack = Stack.of(scope)
    # Not the table's attribute: its policy is part of it.
    table = f"arn:{stack.partition}:dynamodb:{stack.region}:{stack.account}:table/{table_name}"
    statements = [
        iam.PolicyStatement(
            sid="NobodyElseWrites",
            effect=iam.Effect.DENY,
            principals=[iam.AnyPrincipal()],
            actions=list(WRITES),
            resources=[table],
            conditions={"ArnNotLike": {"aws:PrincipalArn": list(writers)}},
        )
    ]
    if append_only:
        statements.append(
            iam.PolicyStatement(
                sid="NobodyChangesOrDeletes",
                effect=iam.Effect.DENY,
                principals=[iam.AnyPrincipal()],
                actions=[action for action in WRITES if action != "dynamodb:PutItem"],
                resources=[table],
            )
        )
    return iam.PolicyDocument(statements=statements)


def in_partitions(*patterns: str) -> dict[str, dict[str, object]]:
    """The condition of a permission that holds for items with such partition keys only.

    Without a key in the request, "all of its values" would be true of none.
    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
    """
    return {
        "ForAllValues:StringLike": {"dynamodb:LeadingKeys": list(patterns)},
        "Null": {"dynamodb:LeadingKeys": "false"},
    }
