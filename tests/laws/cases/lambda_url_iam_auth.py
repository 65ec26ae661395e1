"""A Lambda function and its URL."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import AlreadyCompliant, Bad, Clients, Refusal
from tests.laws.cases.functions import function

CORS = {"AllowOrigins": ["https://example.com"]}


def _function(auth_type: str) -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        resource = function(clients)
        clients("lambda").create_function_url_config(FunctionName=resource.name, AuthType=auth_type, Cors=CORS)
        return resource

    return create


def _make_another_url(clients: Clients, resource: Resource) -> None:
    clients("lambda").delete_function_url_config(FunctionName=resource.name)
    clients("lambda").create_function_url_config(FunctionName=resource.name, AuthType="NONE", Cors=CORS)


def read_back(clients: Clients, resource: Resource) -> Any:
    found = clients("lambda").get_function_url_config(FunctionName=resource.name)
    return found["AuthType"], found["Cors"]


CASES = (
    Bad(name="open", create=_function("NONE"), fixed=("AWS_IAM", CORS), disturb=_make_another_url),
    AlreadyCompliant(name="with a URL for signed requests", create=_function("AWS_IAM")),
    AlreadyCompliant(name="without a URL", create=function),
    Refusal(
        name="still being made",
        create=_function("NONE"),
        answers={"lambda:GetFunctionConfiguration": {"State": "Pending"}},
        because="is Pending, which is transitional",
    ),
)
