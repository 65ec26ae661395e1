"""Turn on active tracing of a Lambda function.

What it does
------------
Sets ``Mode`` of the function's tracing to ``Active``: Lambda samples invocations and sends their traces to X-Ray. Code
and other settings do not change. Published versions do not change: an alias traces once a newer version is published.

It refuses a Lambda@Edge replica, which cannot be changed itself.

Why it matters
--------------
Traces show what a function called, and how a call failed. Without them, you must reconstruct this from logs.

What can break
--------------
New execution environments start, each with a cold start. The function's role needs ``xray:PutTraceSegments`` and
``xray:PutTelemetryRecords``: without them nothing fails, and nothing is traced. A million traces cost about 5 US
dollars, after the free ones.

Undo
----
Sets the mode to ``PassThrough`` again. Recorded traces are kept for 30 days.

References
----------
* Tracing functions: https://docs.aws.amazon.com/lambda/latest/dg/services-xray.html
* UpdateFunctionConfiguration: https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionConfiguration.html
"""

from __future__ import annotations

from runtime.domain.fix import Disruption
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Read, Value, Write
from runtime.fixes.kinds.attributes import SetAttributes
from runtime.fixes.kinds.declared import Guard, one_of
from runtime.fixes.lambda_ import FUNCTION

FIX = SetAttributes(
    of=FUNCTION,
    id="lambda-active-tracing",
    title="Turn on active tracing of a Lambda function",
    disruption=Disruption.NONE,
    hazard="AWS charges for traces, and a function whose role has no permission to send traces is not traced.",
    undo_hazard="Later invocations are traced only if their caller traces them.",
    reads=(
        Read(
            call="lambda:GetFunctionConfiguration",
            by={"FunctionName": "${name}"},
            keep={"mode": "TracingConfig.Mode", "main_function": "MasterArn", "role": "Role"},
            or_none=("main_function",),
        ),
    ),
    guards=(
        Guard(
            holds=one_of("main_function", None),
            because="${subject} is a replica: change ${main_function} instead.",
            first=True,
        ),
    ),
    wanted={"mode": "Active"},
    write=Write(
        call="lambda:UpdateFunctionConfiguration",
        by={"FunctionName": "${name}", "TracingConfig": {"Mode": Value("mode")}},
    ),
    shows={"role": lambda look: look["role"]},
    template={
        TemplateTool.CLOUDFORMATION: "set Mode in TracingConfig of AWS::Lambda::Function to Active",
        TemplateTool.CDK: "set tracing of Function to Tracing.ACTIVE",
        TemplateTool.TERRAFORM: "set mode in tracing_config of aws_lambda_function to Active",
    },
)
