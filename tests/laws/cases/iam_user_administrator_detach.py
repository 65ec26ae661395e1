"""An IAM user and whether it has AdministratorAccess."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import AlreadyCompliant, Bad, Clients, Refusal
from tests.laws.cases.identities import ADMINISTRATOR, policy, remaining, user

OPTIONS = {"administrator_role": "administrators-of-users"}


def _user(*policies: str, own: bool = False, left: bool = True) -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        remaining(clients, OPTIONS["administrator_role"], *((ADMINISTRATOR,) if left else ()))
        return user(clients, *policies, *((policy(clients),) if own else ()))

    return create


def _attach_another(clients: Clients, resource: Resource) -> None:
    clients("iam").attach_user_policy(UserName=resource.name, PolicyArn=policy(clients))


def read_back(clients: Clients, resource: Resource) -> Any:
    found = clients("iam").list_attached_user_policies(UserName=resource.name)["AttachedPolicies"]
    return sorted("all" if one["PolicyArn"] == ADMINISTRATOR else "own" for one in found)


CASES = (
    Bad(
        name="with AdministratorAccess alone",
        create=_user(ADMINISTRATOR),
        options=OPTIONS,
        fixed=[],
        disturb=_attach_another,
    ),
    Bad(
        name="with AdministratorAccess and another policy",
        create=_user(ADMINISTRATOR, own=True),
        options=OPTIONS,
        fixed=["own"],
        disturb=_attach_another,
    ),
    AlreadyCompliant(name="with another policy", create=_user(own=True), options=OPTIONS),
    Refusal(name="with no role named that is left", create=_user(ADMINISTRATOR), because="administrator_role"),
    Refusal(
        name="with a role that is left but has no AdministratorAccess",
        create=_user(ADMINISTRATOR, left=False),
        options=OPTIONS,
        because="nobody may be left to restore the access",
    ),
    Refusal(
        name="with a role named that there is not",
        create=_user(ADMINISTRATOR),
        options={"administrator_role": "nobodys"},
        because="There is no role nobodys",
    ),
)
