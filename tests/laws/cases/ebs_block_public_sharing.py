"""A region of an account and whether its snapshots may be public. moto lacks it: what AWS answers is made up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import AlreadyCompliant, Bad, Clients, Refusal
from tests.laws.cases.accounts import account

SETTING: dict[str, str] = {}


def _enable(State: str) -> dict[str, str]:  # noqa: N803  the API's name
    SETTING["State"] = State
    return {"State": State}


def _disable() -> dict[str, str]:
    return _enable("unblocked")


ANSWERS = {
    "ec2:GetSnapshotBlockPublicAccessState": lambda: dict(SETTING),
    "ec2:EnableSnapshotBlockPublicAccess": _enable,
    "ec2:DisableSnapshotBlockPublicAccess": _disable,
}


def _account(state: str, manager: str = "account") -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        SETTING.update(State=state, ManagedBy=manager)
        return account(clients)

    return create


def _set_it_otherwise(clients: Clients, resource: Resource) -> None:
    SETTING["State"] = "unblocked" if SETTING["State"] == "block-new-sharing" else "block-new-sharing"


def read_back(clients: Clients, resource: Resource) -> Any:
    return SETTING["State"]


CASES = (
    Bad(name="not blocked", create=_account("unblocked"), fixed="block-all-sharing", disturb=_set_it_otherwise),
    Bad(
        name="blocked for new snapshots",
        create=_account("block-new-sharing"),
        fixed="block-all-sharing",
        disturb=_set_it_otherwise,
    ),
    AlreadyCompliant(name="blocked", create=_account("block-all-sharing")),
    AlreadyCompliant(name="blocked by the organization", create=_account("block-all-sharing", "declarative-policy")),
    Refusal(
        name="set by the organization",
        create=_account("block-new-sharing", "declarative-policy"),
        because="declarative policy",
    ),
    Refusal(
        name="not told",
        create=_account("unblocked"),
        answers={"ec2:GetSnapshotBlockPublicAccessState": {"ManagedBy": "account"}},
        because="state.",
    ),
)
