"""AWS CloudFormation."""

from __future__ import annotations

from runtime.fixes.calls import Read
from runtime.fixes.resource_type import ResourceType

STACK = ResourceType(
    name="AWS::CloudFormation::Stack",
    noun="stack",
    arn="arn:${partition}:cloudformation:${region}:${account_id}:stack/${name}",
    # The ARN ends in what tells the stack from a later one of the same name, so calls name it by its ARN.
    id="(?P<name>[a-zA-Z][a-zA-Z0-9-]{0,127})/[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    longest="s" * 128 + "/00000000-0000-0000-0000-000000000000",
    # For a stack that is not there, CloudFormation has no other code; of an ARN nothing else can be invalid.
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
