"""An IAM group and whether it has AdministratorAccess."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import AlreadyCompliant, Bad, Clients, Refusal
from tests.laws.cases.identities import ADMINISTRATOR, group, policy, remaining

OPTIONS = {"administrator_role": "administrators-of-groups"}


def _group(*policies: str, own: bool = False, left: bool = True, members: int = 0) -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        remaining(clients, OPTIONS["administrator_role"], *((ADMINISTRATOR,) if left else ()))
        return group(clients, *policies, *((policy(clients),) if own else ()), members=members)

    return create


def _attach_another(clients: Clients, resource: Resource) -> None:
    clients("iam").attach_group_policy(GroupName=resource.name, PolicyArn=policy(clients))


def read_back(clients: Clients, resource: Resource) -> Any:
    found = clients("iam").list_attached_group_policies(GroupName=resource.name)["AttachedPolicies"]
    return sorted("all" if one["PolicyArn"] == ADMINISTRATOR else "own" for one in found)


CASES = (
    Bad(
        name="with AdministratorAccess alone",
        create=_group(ADMINISTRATOR, members=2),
        options=OPTIONS,
        fixed=[],
        disturb=_attach_another,
    ),
    Bad(
        name="with AdministratorAccess and another policy",
        create=_group(ADMINISTRATOR, own=True),
        options=OPTIONS,
        fixed=["own"],
        disturb=_attach_another,
    ),
    AlreadyCompliant(name="with another policy", create=_group(own=True), options=OPTIONS),
    Refusal(name="with no role named that is left", create=_group(ADMINISTRATOR), because="administrator_role"),
    Refusal(
        name="with a role that is left but has no AdministratorAccess",
        create=_group(ADMINISTRATOR, left=False),
        options=OPTIONS,
        because="nobody may be left to restore the access",
    ),
    Refusal(
        name="with a role named that there is not",
        create=_group(ADMINISTRATOR),
        options={"administrator_role": "nobodys"},
        because="There is no role nobodys",
    ),
)
