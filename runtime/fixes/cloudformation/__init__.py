"""AWS CloudFormation."""

from __future__ import annotations

from runtime.fixes.calls import Read
from runtime.fixes.resource_type import ResourceType

STACK = ResourceType(
    name="AWS::CloudFormation::Stack",
    noun="stack",
    arn="arn:${partition}:cloudformation:${region}:${account_id}:stack/${name}",
    # The ARN ends with an id that distinguishes the stack from a later one of the same name, so calls use the ARN.
    id="(?P<name>[a-zA-Z][a-zA-Z0-9-]{0,127})/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    longest="s" * 128 + "/00000000-0000-0000-0000-000000000000",
    # CloudFormation has no other code for a stack that does not exist; nothing else of an ARN can be invalid.
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html
    gone=("ValidationError",),
    describe=Read(call="cloudformation:DescribeStacks", by={"StackName": "${arn}"}, at="Stacks[0]"),
    identity="StackId",
    status="StackStatus",
    passing=frozenset(
        {
            "CREATE_IN_PROGRESS",
            "DELETE_IN_PROGRESS",
            "IMPORT_IN_PROGRESS",
            "IMPORT_ROLLBACK_IN_PROGRESS",
            "ROLLBACK_IN_PROGRESS",
            "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
            "UPDATE_IN_PROGRESS",
            "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS",
            "UPDATE_ROLLBACK_IN_PROGRESS",
        }
    ),
    tags=Read(call="cloudformation:DescribeStacks", by={"StackName": "${arn}"}, at="Stacks[0].Tags || `[]`"),
)

TYPES = (STACK,)
