"""An ECR repository and whether its tags may be moved."""

from __future__ import annotations

from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import AlreadyCompliant, Bad, Clients, Refusal
from tests.laws.cases.repositories import described, repository

_LATEST = [{"filterType": "WILDCARD", "filter": "latest"}]


def _let_all_but_one_be_moved(clients: Clients, resource: Resource) -> None:
    clients("ecr").put_image_tag_mutability(
        repositoryName=resource.name,
        imageTagMutability="MUTABLE_WITH_EXCLUSION",
        imageTagMutabilityExclusionFilters=_LATEST,
    )


def read_back(clients: Clients, resource: Resource) -> Any:
    return described(clients, resource)["imageTagMutability"]


CASES = (
    Bad(name="with tags that may be moved", create=repository(), fixed="IMMUTABLE", disturb=_let_all_but_one_be_moved),
    AlreadyCompliant(name="with tags that stay", create=repository(imageTagMutability="IMMUTABLE")),
    AlreadyCompliant(
        name="with tags that stay but for latest",
        create=repository(imageTagMutability="IMMUTABLE_WITH_EXCLUSION", imageTagMutabilityExclusionFilters=_LATEST),
    ),
    Refusal(
        name="with tags that may be moved but for latest",
        create=repository(imageTagMutability="MUTABLE_WITH_EXCLUSION", imageTagMutabilityExclusionFilters=_LATEST),
        because="has exclusion filters for mutable tags",
    ),
)
