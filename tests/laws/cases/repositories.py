"""ECR repositories for the cases of several fixes."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import Clients, resource_from

_NUMBERS = count(1)


def repository(policy: str = "", **parameters: Any) -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        name = f"team/app-{next(_NUMBERS)}"
        made = clients("ecr").create_repository(repositoryName=name, **parameters)["repository"]
        if policy:
            clients("ecr").set_repository_policy(repositoryName=name, policyText=policy)
        return resource_from(made["repositoryArn"])

    return create


def described(clients: Clients, resource: Resource) -> dict[str, Any]:
    (found,) = clients("ecr").describe_repositories(repositoryNames=[resource.name])["repositories"]
    return dict(found)
