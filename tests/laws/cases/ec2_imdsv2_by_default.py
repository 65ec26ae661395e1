"""A region of an account and its defaults for the metadata service. moto lacks them: what AWS answers is made up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import AlreadyCompliant, Bad, Clients, Refusal
from tests.laws.cases.accounts import account

DEFAULTS: dict[str, Any] = {}


def _modify(HttpTokens: str) -> dict[str, bool]:  # noqa: N803  the API's name
    if HttpTokens == "no-preference":
        DEFAULTS.pop("HttpTokens", None)
    else:
        DEFAULTS["HttpTokens"] = HttpTokens
    return {"Return": True}


ANSWERS = {
    "ec2:GetInstanceMetadataDefaults": lambda: {"AccountLevel": dict(DEFAULTS)},
    "ec2:ModifyInstanceMetadataDefaults": _modify,
}


def _account(**defaults: Any) -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        DEFAULTS.clear()
        DEFAULTS.update(defaults)
        return account(clients)

    return create


def _prefer_tokens_no_more(clients: Clients, resource: Resource) -> None:
    DEFAULTS.update(HttpTokens="optional", HttpPutResponseHopLimit=3)


def read_back(clients: Clients, resource: Resource) -> Any:
    return dict(DEFAULTS)


CASES = (
    Bad(
        name="without defaults",
        create=_account(),
        fixed={"HttpTokens": "required"},
        disturb=_prefer_tokens_no_more,
    ),
    Bad(
        name="with other defaults",
        create=_account(HttpTokens="optional", HttpPutResponseHopLimit=2, ManagedBy="account"),
        fixed={"HttpTokens": "required", "HttpPutResponseHopLimit": 2, "ManagedBy": "account"},
        disturb=_prefer_tokens_no_more,
    ),
    AlreadyCompliant(name="with IMDSv2", create=_account(HttpTokens="required")),
    Refusal(
        name="of an organization that sets them",
        create=_account(HttpTokens="optional", ManagedBy="declarative-policy"),
        because="declarative policy",
    ),
    Refusal(
        name="of which nothing is told",
        create=_account(),
        answers={"ec2:GetInstanceMetadataDefaults": {}},
        because="Missing evidence of",
    ),
)
