"""Turn on deletion protection of a DynamoDB table.

What it does
------------
Sets ``DeletionProtectionEnabled`` of the table to true. DynamoDB then refuses to delete it for every principal, until
the protection is turned off. Each replica of a global table has its own setting.

It refuses a table whose status is not ``ACTIVE``.

Why it matters
--------------
Without it, one wrong call deletes the table with all its data.

What can break
--------------
Everything that deletes or replaces the table on purpose fails: the deletion of a stack, a template change that replaces
it, tests that create and delete tables.

Undo
----
Sets it to false again.

References
----------
* Security Hub control DynamoDB.6:
  https://docs.aws.amazon.com/securityhub/latest/userguide/dynamodb-controls.html#dynamodb-6
* Deletion protection:
  https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/WorkingWithTables.Basics.html
* UpdateTable: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html
"""

from __future__ import annotations

from runtime.domain.fix import Disruption
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Read, Value, Write
from runtime.fixes.dynamodb import ACTIVE, BY_TABLE, TABLE
from runtime.fixes.kinds.attributes import SetAttributes

_PROTECTED = "DeletionProtectionEnabled"

FIX = SetAttributes(
    of=TABLE,
    id="dynamodb-deletion-protection",
    title="Turn on deletion protection of a DynamoDB table",
    disruption=Disruption.NONE,
    hazard="Stacks and tests that delete or replace the table fail until the protection is off.",
    undo_hazard="The table can be deleted by mistake.",
    reads=(
        # DynamoDB omits it for tables that are older than the protection.
        Read(
            call="dynamodb:DescribeTable",
            by=BY_TABLE,
            at="Table",
            keep={_PROTECTED: f"{_PROTECTED} || `false`"},
        ),
    ),
    wanted={_PROTECTED: True},
    guards=(ACTIVE,),
    write=Write(call="dynamodb:UpdateTable", by={**BY_TABLE, _PROTECTED: Value(_PROTECTED)}),
    template={
        TemplateTool.CLOUDFORMATION: "set DeletionProtectionEnabled of AWS::DynamoDB::Table, or of a replica of "
        "AWS::DynamoDB::GlobalTable, to true",
        TemplateTool.CDK: "set deletionProtection of Table or TableV2 to true",
        TemplateTool.TERRAFORM: "set deletion_protection_enabled of aws_dynamodb_table to true",
    },
)
