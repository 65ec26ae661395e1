"""Require IAM authentication for the URL of a Lambda function.

What it does
------------
Sets ``AuthType`` of the function's URL to ``AWS_IAM``. The URL, its CORS settings and the function's policy do not
change. A function without a URL is not changed, and URLs of its aliases are not checked.

Why it matters
--------------
Anyone who knows a URL of type ``NONE`` can call it: the function itself must authenticate its callers.

What can break
--------------
Callers that do not sign requests are denied: browsers, webhooks and other companies' services. A CloudFront
distribution only works with an origin access control that signs. Callers that sign need ``lambda:InvokeFunctionUrl``
and ``lambda:InvokeFunction``. It costs nothing.

Undo
----
Sets ``AuthType`` to ``NONE`` again.

References
----------
* Who may call a function's URL: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
* URLs behind CloudFront:
  https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/private-content-restricting-access-to-lambda.html
* UpdateFunctionUrlConfig: https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionUrlConfig.html
* Keeping URLs from being open, in an organization:
  https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html#urls-governance
"""

from __future__ import annotations

from runtime.domain.fix import Disruption
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Read, Value, Write
from runtime.fixes.kinds.attributes import AnyOf, SetAttributes
from runtime.fixes.lambda_ import FUNCTION

FIX = SetAttributes(
    of=FUNCTION,
    id="lambda-url-iam-auth",
    title="Require IAM authentication for the URL of a Lambda function",
    disruption=Disruption.DATA_PATH,
    hazard="Requests to the URL without a signature are denied.",
    undo_hazard="Re-opens the URL: anybody who knows it can call the function without a signature.",
    reads=(
        Read(
            call="lambda:GetFunctionUrlConfig",
            by={"FunctionName": "${name}"},
            keep={"AuthType": "AuthType", "url": "FunctionUrl"},
            absent="ResourceNotFoundException",
        ),
    ),
    wanted={"AuthType": AnyOf("AWS_IAM", (None,))},
    write=Write(call="lambda:UpdateFunctionUrlConfig", by={"FunctionName": "${name}", "AuthType": Value("AuthType")}),
    shows={"url": lambda look: look["url"]},
    template={
        TemplateTool.CLOUDFORMATION: "set AuthType of AWS::Lambda::Url to AWS_IAM",
        TemplateTool.CDK: "set authType of addFunctionUrl to FunctionUrlAuthType.AWS_IAM",
        TemplateTool.TERRAFORM: "set authorization_type of aws_lambda_function_url to AWS_IAM",
    },
)
