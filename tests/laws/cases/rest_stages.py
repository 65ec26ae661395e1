"""Stages of REST APIs for the cases of several fixes. moto needs one more package for them: the answers are made up."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import REGION, Clients, resource_from

ARN = f"arn:aws:apigateway:{REGION}::/restapis/a1b2c3d4e5/stages/prod"
STAGE: dict[str, Any] = {}
_MEMBERS = {"caching/dataEncrypted": "cacheDataEncrypted"}


def _get(restApiId: str, stageName: str) -> dict[str, Any]:  # noqa: N803  the API's names
    assert (restApiId, stageName) == ("a1b2c3d4e5", "prod")
    return deepcopy(STAGE)


def patch(restApiId: str, stageName: str, patchOperations: list[dict[str, str]]) -> dict[str, Any]:  # noqa: N803
    """Of the method settings, a path names one by its path and method, which have no slash of their own."""
    for one in patchOperations:
        assert one["op"] == "replace"
        value = {"true": True, "false": False}[one["value"]]
        path = one["path"].removeprefix("/")
        if path == "tracingEnabled":
            STAGE[path] = value
        else:
            resource, method, member = path.split("/", 2)
            assert f"{resource}/{method}" in STAGE["methodSettings"], "it would get settings of its own"
            STAGE["methodSettings"][f"{resource}/{method}"][_MEMBERS[member]] = value
    return _get(restApiId, stageName)


ANSWERS = {"apigateway:GetStage": _get, "apigateway:UpdateStage": patch}


def stage(**members: Any) -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        STAGE.clear()
        STAGE.update(createdDate="2026-01-01T00:00:00+00:00", cacheClusterEnabled=False, methodSettings={})
        STAGE.update(deepcopy(members))
        return resource_from(ARN)

    return create
