"""Amazon DynamoDB."""

from __future__ import annotations

from runtime.fixes.calls import NEXT_TOKEN, Read
from runtime.fixes.kinds.declared import Guard, one_of
from runtime.fixes.resource_type import ResourceType

BY_TABLE = {"TableName": "${name}"}

TABLE = ResourceType(
    name="AWS::DynamoDB::Table",
    noun="table",
    arn="arn:${partition}:dynamodb:${region}:${account_id}:table/${name}",
    id="[A-Za-z0-9_.-]{3,255}",
    longest="t" * 255,
    # The operations of backups return the second.
    gone=("ResourceNotFoundException", "TableNotFoundException"),
    describe=Read(call="dynamodb:DescribeTable", by=BY_TABLE, at="Table"),
    identity="TableId || CreationDateTime",
    status="TableStatus",
    passing=frozenset({"CREATING", "UPDATING", "ARCHIVING"}),
    tags=Read(call="dynamodb:ListTagsOfResource", by={"ResourceArn": "${arn}"}, at="Tags", pages=NEXT_TOKEN),
)

TYPES = (TABLE,)

ACTIVE = Guard(
    holds=one_of("status", "ACTIVE"),
    because="${subject} is ${status}; only an active one can be changed.",
)
