"""Amazon Athena."""

from __future__ import annotations

from runtime.fixes.calls import Pages, Read
from runtime.fixes.kinds.declared import Guard
from runtime.fixes.resource_type import ResourceType

WORK_GROUP = ResourceType(
    name="AWS::Athena::WorkGroup",
    noun="workgroup",
    arn="arn:${partition}:athena:${region}:${account_id}:workgroup/${name}",
    id="[a-zA-Z0-9._-]{1,128}",
    longest="w" * 128,
    # Athena has no other code for a workgroup that does not exist; nothing else about a name can be invalid.
    # https://docs.aws.amazon.com/athena/latest/APIReference/API_GetWorkGroup.html
    gone=("InvalidRequestException",),
    describe=Read(call="athena:GetWorkGroup", by={"WorkGroup": "${name}"}, at="WorkGroup"),
    # The workgroup that every account has does not have a creation time.
    identity="CreationTime || Name",
    tags=Read(
        call="athena:ListTagsForResource",
        by={"ResourceARN": "${arn}"},
        at="Tags",
        pages=Pages(more="NextToken", sent_as="NextToken"),
    ),
)


def configuration(*may_be_absent: str, **kept: str) -> Read:
    """Parts of the workgroup's configuration, and its engine."""
    return Read(
        call="athena:GetWorkGroup",
        by={"WorkGroup": "${name}"},
        at="WorkGroup.Configuration",
        keep={**kept, "engine": "EngineVersion.EffectiveEngineVersion"},
        or_none=may_be_absent,
    )


FOR_SQL = Guard(
    # Workgroups for Spark have had engines of several names.
    # https://docs.aws.amazon.com/athena/latest/ug/notebooks-spark-release-versions.html
    holds=lambda look: look["engine"].startswith("Athena engine version"),
    because="${subject} is not for SQL: its engine is ${engine}.",
)

TYPES = (WORK_GROUP,)
