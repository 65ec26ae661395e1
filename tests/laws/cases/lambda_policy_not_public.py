"""A Lambda function and what its policy allows to everybody.

moto keeps what is about the function's URL beside the conditions, and not in them, as AWS does.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from moto.awslambda.models import lambda_backends

from runtime.domain.errors import AwsNotFound
from runtime.domain.resource import Resource
from tests.laws.cases import ACCOUNT_ID, REGION, AlreadyCompliant, Bad, Clients, Refusal
from tests.laws.cases.functions import function

EVERYBODY = {"StatementId": "Everybody", "Action": "lambda:InvokeFunction", "Principal": "*"}
BY_URL = EVERYBODY | {"StatementId": "Url", "Action": "lambda:InvokeFunctionUrl", "FunctionUrlAuthType": "NONE"}
VIA_URL = EVERYBODY | {"StatementId": "ViaUrl", "InvokedViaFunctionUrl": True}
S3 = {
    "StatementId": "Bucket",
    "Action": "lambda:InvokeFunction",
    "Principal": "s3.amazonaws.com",
    "SourceAccount": ACCOUNT_ID,
}
BUCKET = (
    "Bucket",
    "lambda:InvokeFunction",
    "{'Service': 's3.amazonaws.com'}",
    f"{{'StringEquals': {{'AWS:SourceAccount': '{ACCOUNT_ID}'}}}}",
)
OF_ANY_OWNER = {name: value for name, value in S3.items() if name != "SourceAccount"} | {
    "SourceArn": "arn:aws:s3:::uploads"
}
OF_ANY_API = {**EVERYBODY, "SourceArn": f"arn:aws:execute-api:us-east-1:{ACCOUNT_ID}:abc123/*"}

_AS_AWS = {
    "FunctionUrlAuthType": lambda value: {"StringEquals": {"lambda:FunctionUrlAuthType": value}},
    "InvokedViaFunctionUrl": lambda value: {"Bool": {"lambda:InvokedViaFunctionUrl": json.dumps(value)}},
}


def _function(*permissions: dict[str, Any], url: bool = False) -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        resource = function(clients)
        for one in permissions:
            clients("lambda").add_permission(FunctionName=resource.name, **one)
        if url:
            clients("lambda").create_function_url_config(FunctionName=resource.name, AuthType="NONE")
        return resource

    return create


def _open_over_tls(clients: Clients) -> Resource:
    resource = _function(EVERYBODY)(clients)
    (statement,) = lambda_backends[ACCOUNT_ID][REGION].get_function(resource.name).policy.statements
    statement["Condition"] = {"Bool": {"aws:SecureTransport": "true"}}
    return resource


def _as_aws(statement: dict[str, Any]) -> dict[str, Any]:
    told = dict(statement)
    for name, condition in _AS_AWS.items():
        if name in told:
            told["Condition"] = told.get("Condition", {}) | condition(told.pop(name))
    return told


def _get_policy(FunctionName: str) -> dict[str, Any]:  # noqa: N803  the API's name
    kept = lambda_backends[ACCOUNT_ID][REGION].get_function(FunctionName).policy.statements
    if not kept:
        raise AwsNotFound(service="lambda", operation="GetPolicy", code="ResourceNotFoundException", message="none")
    return {"Policy": json.dumps({"Version": "2012-10-17", "Statement": [_as_aws(one) for one in kept]})}


ANSWERS = {"lambda:GetPolicy": _get_policy}


def _policy(*statements: dict[str, Any]) -> dict[str, Any]:
    """The answer for a policy that ``AddPermission`` does not make."""
    return {"lambda:GetPolicy": {"Policy": json.dumps({"Version": "2012-10-17", "Statement": list(statements)})}}


def _open(**more: Any) -> dict[str, Any]:
    action = "lambda:InvokeFunction"
    return {"Sid": "Open", "Effect": "Allow", "Principal": "*", "Action": action, "Resource": "*"} | more


def _let_a_partner_in(clients: Clients, resource: Resource) -> None:
    partner = {"StatementId": "Partner", "Action": "lambda:InvokeFunction", "Principal": "222222222222"}
    clients("lambda").add_permission(FunctionName=resource.name, **partner)
    clients("lambda").add_permission(FunctionName=resource.name, **(EVERYBODY | {"StatementId": "Again"}))


def read_back(clients: Clients, resource: Resource) -> Any:
    kept = lambda_backends[ACCOUNT_ID][REGION].get_function(resource.name).policy.statements
    return sorted(
        (one["Sid"], one["Action"], str(one["Principal"]), str(_as_aws(one).get("Condition"))) for one in kept
    )


CASES = (
    Bad(name="open and nothing else", create=_function(EVERYBODY), fixed=[], disturb=_let_a_partner_in),
    Bad(
        name="open besides a bucket",
        create=_function(EVERYBODY, S3, EVERYBODY | {"StatementId": "All", "Action": "lambda:*"}),
        fixed=[BUCKET],
        disturb=_let_a_partner_in,
    ),
    Bad(
        name="open by its URL",
        create=_function(BY_URL, VIA_URL, S3, url=True),
        fixed=[BUCKET],
        disturb=_let_a_partner_in,
    ),
    Bad(
        name="open in a form that Lambda does not take back",
        promised=False,
        create=_open_over_tls,
        fixed=[],
        disturb=_let_a_partner_in,
    ),
    AlreadyCompliant(name="without a policy", create=_function()),
    AlreadyCompliant(name="open to a bucket", create=_function(S3)),
    AlreadyCompliant(name="open to a bucket of whoever has it", create=_function(OF_ANY_OWNER)),
    Bad(
        name="open besides a bucket of whoever has it",
        create=_function(EVERYBODY, OF_ANY_OWNER),
        fixed=[(*BUCKET[:3], "{'ArnLike': {'AWS:SourceArn': 'arn:aws:s3:::uploads'}}")],
        disturb=_let_a_partner_in,
    ),
    Refusal(name="open to every API of a kind", create=_function(OF_ANY_API), because="nearly everybody"),
    Refusal(
        name="open by a statement without Sid",
        create=_function(),
        answers=_policy({name: value for name, value in _open().items() if name != "Sid"}),
        because="without Sid",
    ),
    Refusal(
        name="of a policy with an element that is not known",
        create=_function(),
        answers=_policy(_open(Somewhere="else")),
        because="is not valid or not supported",
    ),
)
