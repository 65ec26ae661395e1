"""An account and its analyzers. Neither moto nor ministack has them: what AWS answers is made up here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from runtime.domain.errors import AwsError, AwsNotFound
from runtime.domain.resource import Resource
from tests.laws.cases import ACCOUNT_ID, REGION, AlreadyCompliant, Bad, Clients, Refusal
from tests.laws.cases.accounts import account

ANALYZERS: dict[str, dict[str, Any]] = {}


def _create(analyzerName: str, type: str) -> dict[str, Any]:  # noqa: A002, N803  the API's names
    if analyzerName in ANALYZERS:
        raise AwsError(service="accessanalyzer", operation="CreateAnalyzer", code="ConflictException", message="")
    arn = f"arn:aws:access-analyzer:{REGION}:{ACCOUNT_ID}:analyzer/{analyzerName}"
    ANALYZERS[analyzerName] = {"name": analyzerName, "type": type, "status": "ACTIVE", "arn": arn}
    return {"arn": arn}


def _delete(analyzerName: str) -> dict[str, Any]:  # noqa: N803
    if ANALYZERS.pop(analyzerName, None) is None:
        raise AwsNotFound(
            service="accessanalyzer", operation="DeleteAnalyzer", code="ResourceNotFoundException", message=""
        )
    return {}


def _list(**page: Any) -> dict[str, Any]:
    """One on each page."""
    names = sorted(ANALYZERS)
    at = int(page.get("nextToken", 0))
    more = {"nextToken": str(at + 1)} if at + 1 < len(names) else {}
    return {"analyzers": [ANALYZERS[name] for name in names[at : at + 1]], **more}


ANSWERS = {
    "accessanalyzer:CreateAnalyzer": _create,
    "accessanalyzer:DeleteAnalyzer": _delete,
    "accessanalyzer:ListAnalyzers": _list,
}


def _account(**types: str) -> Callable[[Clients], Resource]:
    """With these analyzers, by the types and statuses that they have."""

    def create(clients: Clients) -> Resource:
        ANALYZERS.clear()
        for name, kind in types.items():
            of_type, _, status = kind.partition(" ")
            _create(name, of_type)
            ANALYZERS[name]["status"] = status or "ACTIVE"
        return account(clients)

    return create


def _let_one_fail(clients: Clients, resource: Resource) -> None:
    ANALYZERS.clear()
    _create("another", "ACCOUNT")
    ANALYZERS["another"]["status"] = "FAILED"


def read_back(clients: Clients, resource: Resource) -> Any:
    return sorted((one["name"], one["type"]) for one in ANALYZERS.values())


_OURS = ("suture-external-access", "ACCOUNT")

CASES = (
    Bad(name="without an analyzer", create=_account(), fixed=[_OURS], disturb=_let_one_fail),
    Bad(
        name="with analyzers of something else",
        create=_account(unused="ACCOUNT_UNUSED_ACCESS", internal="ORGANIZATION_INTERNAL_ACCESS"),
        fixed=[("internal", "ORGANIZATION_INTERNAL_ACCESS"), _OURS, ("unused", "ACCOUNT_UNUSED_ACCESS")],
        disturb=_let_one_fail,
    ),
    AlreadyCompliant(name="with an analyzer", create=_account(unused="ACCOUNT_UNUSED_ACCESS", zone="ACCOUNT")),
    AlreadyCompliant(name="with one of its organization's", create=_account(all="ORGANIZATION")),
    AlreadyCompliant(name="with one that is being made", create=_account(zone="ACCOUNT CREATING")),
    Refusal(name="with one that is disabled", create=_account(zone="ACCOUNT DISABLED"), because="analyzer zone of"),
)
