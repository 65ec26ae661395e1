"""Turn on point-in-time recovery of a DynamoDB table.

What it does
------------
Turns on continuous backups of the table, from which it can be restored to any second of the last days; the option
``days`` sets how many. A table for which it is on is not changed, whatever its number of days.

It refuses a table whose status is not ``ACTIVE``. Each replica of a global table has its own backups.

Why it matters
--------------
Without it, data that is overwritten or deleted by mistake is lost.

What can break
--------------
Nothing; reads and writes are not affected. AWS charges by the size of the table, each month.

Undo
----
Turns it off again. The history that was collected is deleted.

References
----------
* Security Hub control DynamoDB.2:
  https://docs.aws.amazon.com/securityhub/latest/userguide/dynamodb-controls.html#dynamodb-2
* Point-in-time recovery:
  https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Point-in-time-recovery.html
* UpdateContinuousBackups:
  https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateContinuousBackups.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from runtime.domain.fix import Disruption, OptionSpec
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Read, Value, Write
from runtime.fixes.dynamodb import ACTIVE, BY_TABLE, TABLE
from runtime.fixes.kinds.attributes import Exactly, Option, SetAttributes
from runtime.fixes.kinds.declared import Look

_STATUS = "PointInTimeRecoveryStatus"
_DAYS = "RecoveryPeriodInDays"
_ON = "ENABLED"


@dataclass(frozen=True, slots=True)
class _WhereOff(Exactly):
    """A value for a table without recovery; if recovery is on, any value is accepted."""

    def accepts(self, found: Any, look: Look) -> bool:  # noqa: ARG002  others need it
        return bool(look[_STATUS] == _ON)


def _update(**specification: Any) -> Write:
    return Write(
        call="dynamodb:UpdateContinuousBackups", by={**BY_TABLE, "PointInTimeRecoverySpecification": specification}
    )


FIX = SetAttributes(
    of=TABLE,
    id="dynamodb-point-in-time-recovery",
    title="Turn on point-in-time recovery of a DynamoDB table",
    disruption=Disruption.NONE,
    undo_hazard="Deletes the history from which the table can be restored.",
    hazard="AWS charges by the size of the table, each month.",
    reads=(
        Read(
            call="dynamodb:DescribeContinuousBackups",
            by=BY_TABLE,
            at="ContinuousBackupsDescription.PointInTimeRecoveryDescription",
            keep=(_STATUS, _DAYS),
            or_none=(_DAYS,),
        ),
        Read(call="dynamodb:DescribeTable", by=BY_TABLE, at="Table", keep=("TableSizeBytes",)),
    ),
    informs=("TableSizeBytes",),
    options={
        "days": OptionSpec(
            schema={"type": "integer", "minimum": 1, "maximum": 35},
            default=35,
            description="The recovery period in days of a table for which recovery is turned on.",
        )
    },
    wanted={_STATUS: _ON, _DAYS: _WhereOff(Option("days"))},
    guards=(ACTIVE,),
    write=_update(PointInTimeRecoveryEnabled=True, RecoveryPeriodInDays=Value(_DAYS)),
    back=_update(PointInTimeRecoveryEnabled=False),
    shows={"table_bytes": lambda look: look["TableSizeBytes"]},
    template={
        TemplateTool.CLOUDFORMATION: "set PointInTimeRecoveryEnabled in PointInTimeRecoverySpecification of "
        "AWS::DynamoDB::Table, or of a replica of AWS::DynamoDB::GlobalTable, to true",
        TemplateTool.CDK: "set pointInTimeRecoveryEnabled in pointInTimeRecoverySpecification of Table or TableV2 to "
        "true",
        TemplateTool.TERRAFORM: "set enabled in point_in_time_recovery of aws_dynamodb_table to true",
    },
)
