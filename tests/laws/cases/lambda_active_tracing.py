"""A Lambda function and its tracing, which moto does not change: what it answers is made up here."""

from __future__ import annotations

from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import ACCOUNT_ID, REGION, AlreadyCompliant, Bad, Clients, Refusal, resource_from

ARN = f"arn:aws:lambda:{REGION}:{ACCOUNT_ID}:function:traced"
CONFIGURATION: dict[str, Any] = {}


def _get(FunctionName: str) -> dict[str, Any]:  # noqa: N803  the API's name
    return {"FunctionName": FunctionName, **CONFIGURATION}


def _update(FunctionName: str, TracingConfig: dict[str, Any]) -> dict[str, Any]:  # noqa: N803
    CONFIGURATION["TracingConfig"] = TracingConfig
    return _get(FunctionName)


ANSWERS = {
    "lambda:GetFunctionConfiguration": _get,
    "lambda:UpdateFunctionConfiguration": _update,
    "lambda:ListTags": {"Tags": {"owner": "payments"}},
}


def _function(mode: str = "PassThrough", **more: Any) -> Any:
    def create(clients: Clients) -> Resource:
        CONFIGURATION.clear()
        CONFIGURATION.update(
            TracingConfig={"Mode": mode},
            Role=f"arn:aws:iam::{ACCOUNT_ID}:role/function",
            State="Active",
            LastUpdateStatus="Successful",
            **more,
        )
        return resource_from(ARN)

    return create


def _give_it_another_role(clients: Clients, resource: Resource) -> None:
    CONFIGURATION["Role"] = f"arn:aws:iam::{ACCOUNT_ID}:role/another"


def read_back(clients: Clients, resource: Resource) -> Any:
    return CONFIGURATION["TracingConfig"]["Mode"]


CASES = (
    Bad(name="not traced", create=_function(), fixed="Active", disturb=_give_it_another_role),
    AlreadyCompliant(name="traced", create=_function("Active")),
    Refusal(name="a replica", create=_function(MasterArn=f"{ARN}-main:1"), because=f"change {ARN}-main:1 instead"),
    Refusal(
        name="being changed",
        create=_function(),
        answers={
            "lambda:GetFunctionConfiguration": {
                "TracingConfig": {"Mode": "PassThrough"},
                "Role": f"arn:aws:iam::{ACCOUNT_ID}:role/function",
                "State": "Active",
                "LastUpdateStatus": "InProgress",
            }
        },
        because="InProgress, which is transitional",
    ),
)
