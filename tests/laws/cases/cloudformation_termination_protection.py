"""A CloudFormation stack and its termination protection. moto cannot change it, so the stack is made up here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import ACCOUNT_ID, REGION, AlreadyCompliant, Bad, Clients, Refusal, resource_from

ARN = f"arn:aws:cloudformation:{REGION}:{ACCOUNT_ID}:stack/shop/0f5d2c60-1111-2222-3333-444455556666"
STACK: dict[str, Any] = {}


def _describe(StackName: str) -> dict[str, Any]:  # noqa: N803  the API's name
    assert StackName == STACK["StackId"]
    return {"Stacks": [dict(STACK)]}


def _protect(StackName: str, EnableTerminationProtection: bool) -> dict[str, Any]:  # noqa: N803
    assert StackName == STACK["StackId"]
    STACK["EnableTerminationProtection"] = EnableTerminationProtection
    return {"StackId": StackName}


ANSWERS = {"cloudformation:DescribeStacks": _describe, "cloudformation:UpdateTerminationProtection": _protect}


def _stack(**more: Any) -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        STACK.clear()
        STACK.update(
            StackName="shop",
            StackId=ARN,
            StackStatus="UPDATE_COMPLETE",
            CreationTime=datetime(2026, 1, 1, tzinfo=UTC),
            EnableTerminationProtection=False,
            Tags=[{"Key": "owner", "Value": "shop"}],
            **more,
        )
        return resource_from(ARN)

    return create


def _protected(clients: Clients) -> Resource:
    resource = _stack()(clients)
    STACK["EnableTerminationProtection"] = True
    return resource


def _nest(clients: Clients, resource: Resource) -> None:
    STACK.update(ParentId=ARN, RootId=ARN)


def read_back(clients: Clients, resource: Resource) -> Any:
    return STACK["EnableTerminationProtection"]


def _in(status: str) -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        resource = _stack()(clients)
        STACK["StackStatus"] = status
        return resource

    return create


CASES = (
    Bad(name="not protected", create=_stack(), fixed=True, disturb=_nest),
    AlreadyCompliant(name="protected", create=_protected),
    Refusal(name="nested", create=_stack(ParentId=ARN, RootId=ARN), because="its root stack"),
    Refusal(name="deleted", create=_in("DELETE_COMPLETE"), because="nothing to protect"),
    Refusal(name="being updated", create=_in("UPDATE_IN_PROGRESS"), because="which is transitional"),
)
