"""Turn on X-Ray tracing of a stage of a REST API.

What it does
------------
Turns on active tracing of the stage. Nothing else about the stage changes.

Why it matters
--------------
Traces show where requests go and what fails or is slow on the way, including unwanted requests.

What can break
--------------
Nothing. X-Ray samples traces and charges about 5 US dollars for a million beyond the free ones. If the account has no
service-linked role ``AWSServiceRoleForAPIGateway`` yet, API Gateway creates it.

Undo
----
Turns tracing off again. Traces are kept for 30 days.

References
----------
* Security Hub control APIGateway.3:
  https://docs.aws.amazon.com/securityhub/latest/userguide/apigateway-controls.html#apigateway-3
* Tracing of REST APIs:
  https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-xray.html
* UpdateStage: https://docs.aws.amazon.com/apigateway/latest/api/API_UpdateStage.html
"""

from __future__ import annotations

from runtime.domain.fix import Disruption
from runtime.domain.template import TemplateTool
from runtime.fixes.apigateway import BY, REST_STAGE, stage
from runtime.fixes.calls import Value, Write
from runtime.fixes.kinds.attributes import SetAttributes

FIX = SetAttributes(
    of=REST_STAGE,
    id="apigateway-stage-tracing",
    title="Turn on X-Ray tracing of a stage of a REST API",
    disruption=Disruption.NONE,
    hazard="X-Ray charges for the traces that it samples.",
    undo_hazard="Later requests are not traced.",
    # If it is omitted, tracing was never on. As text, which patches require.
    reads=(stage(tracing="to_string(tracingEnabled || `false`)"),),
    wanted={"tracing": "true"},
    write=Write(
        call="apigateway:UpdateStage",
        action="apigateway:PATCH",
        by={**BY, "patchOperations": [{"op": "replace", "path": "/tracingEnabled", "value": Value("tracing")}]},
    ),
    template={
        TemplateTool.CLOUDFORMATION: "set TracingEnabled of AWS::ApiGateway::Stage to true",
        TemplateTool.CDK: "set tracingEnabled in deployOptions of RestApi to true",
        TemplateTool.TERRAFORM: "set xray_tracing_enabled of aws_api_gateway_stage to true",
    },
)
