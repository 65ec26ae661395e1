"""AWS Lambda."""

from __future__ import annotations

from runtime.fixes.calls import Read
from runtime.fixes.resource_type import ResourceType

FUNCTION = ResourceType(
    name="AWS::Lambda::Function",
    noun="function",
    arn="arn:${partition}:lambda:${region}:${account_id}:function:${name}",
    # Without version or alias: https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConfiguration.html
    id="[A-Za-z0-9_-]{1,64}",
    longest="f" * 64,
    gone=("ResourceNotFoundException",),
    describe=Read(call="lambda:GetFunctionConfiguration", by={"FunctionName": "${name}"}),
    # Lambda returns no identity of a function, not even its creation time.
    # https://docs.aws.amazon.com/lambda/latest/dg/functions-states.html
    status="State == 'Pending' && State || LastUpdateStatus",
    passing=frozenset({"Pending", "InProgress"}),
    tags=Read(call="lambda:ListTags", by={"Resource": "${arn}"}, at="Tags"),
)

TYPES = (FUNCTION,)
