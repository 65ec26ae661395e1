"""Amazon API Gateway: stages of REST APIs."""

from __future__ import annotations

from runtime.fixes.calls import Read
from runtime.fixes.resource_type import ResourceType

BY = {"restApiId": "${api}", "stageName": "${stage}"}

# The IAM actions of API Gateway are HTTP verbs.
# https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonapigatewaymanagement.html
_GET = Read(call="apigateway:GetStage", action="apigateway:GET", by=BY)

REST_STAGE = ResourceType(
    name="AWS::ApiGateway::Stage",
    noun="stage",
    # It names no account. Only principals in the API's account can read or change it.
    arn="arn:${partition}:apigateway:${region}::/restapis/${name}",
    id=r"(?P<name>(?P<api>[a-z0-9]{1,32})/stages/(?P<stage>[A-Za-z0-9_-]{1,128}))",
    longest="a" * 32 + "/stages/" + "s" * 128,
    pattern="*/stages/*",
    called="API id, stages and name",
    gone=("NotFoundException",),
    describe=_GET,
    identity="createdDate",
    tags=Read(call="apigateway:GetStage", action="apigateway:GET", by=BY, at="tags || `{}`"),
)


def stage(**kept: str) -> Read:
    """Parts of API Gateway's description of the stage."""
    return Read(call=_GET.call, action=_GET.action, by=BY, keep=kept)


TYPES = (REST_STAGE,)
