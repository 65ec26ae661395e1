"""Turn on termination protection of a CloudFormation stack.

What it does
------------
Turns on termination protection. Nothing else of the stack changes, and neither do its resources.

It refuses a nested stack, which has the protection of its root stack, and a stack that was deleted or for which only a
change set was created.

Why it matters
--------------
One call deletes a stack and the resources that it created.

What can break
--------------
Pipelines and stack sets that delete the stack fail until protection is turned off.

Undo
----
Turns it off again.

References
----------
* Security Hub control CloudFormation.3:
  https://docs.aws.amazon.com/securityhub/latest/userguide/cloudformation-controls.html#cloudformation-3
* Termination protection:
  https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-protect-stacks.html
* UpdateTerminationProtection:
  https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_UpdateTerminationProtection.html
"""

from __future__ import annotations

from runtime.domain.fix import Disruption
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Read, Value, Write
from runtime.fixes.cloudformation import STACK
from runtime.fixes.kinds.attributes import SetAttributes
from runtime.fixes.kinds.declared import Guard, none_of

FIX = SetAttributes(
    of=STACK,
    id="cloudformation-termination-protection",
    title="Turn on termination protection of a CloudFormation stack",
    disruption=Disruption.NONE,
    hazard="Pipelines and stack sets that delete the stack fail.",
    undo_hazard="The stack can be deleted by mistake.",
    reads=(
        Read(
            call="cloudformation:DescribeStacks",
            by={"StackName": "${arn}"},
            at="Stacks[0]",
            keep=("EnableTerminationProtection", "ParentId", "RootId"),
            or_none=("ParentId", "RootId"),
        ),
    ),
    wanted={"EnableTerminationProtection": True},
    guards=(
        Guard(
            holds=lambda look: look["ParentId"] is None and look["RootId"] is None,
            because="${subject} is nested: protect its root stack ${RootId} instead.",
        ),
        Guard(
            holds=none_of("status", "DELETE_COMPLETE", "REVIEW_IN_PROGRESS"),
            because="${subject} is ${status}: there is nothing to protect.",
        ),
    ),
    write=Write(
        call="cloudformation:UpdateTerminationProtection",
        by={"StackName": "${arn}", "EnableTerminationProtection": Value("EnableTerminationProtection")},
    ),
    template={
        TemplateTool.CLOUDFORMATION: (
            "set termination protection where the stack is created; the template has no property for it"
        ),
        TemplateTool.CDK: "set terminationProtection of Stack to true",
        TemplateTool.TERRAFORM: "set termination protection outside of aws_cloudformation_stack, which has no argument "
        "for it",
    },
)
