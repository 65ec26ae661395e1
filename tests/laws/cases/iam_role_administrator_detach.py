"""An IAM role and whether it has AdministratorAccess."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import AlreadyCompliant, Bad, Clients, Refusal
from tests.laws.cases.identities import ADMINISTRATOR, DENY_ALL, policy, remaining, role

OPTIONS = {"administrator_role": "administrators-of-roles"}


def _role(*policies: str, own: bool = False, left: bool = True, name: str = "") -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        remaining(clients, OPTIONS["administrator_role"], *((ADMINISTRATOR,) if left else ()))
        return role(clients, *policies, *((policy(clients),) if own else ()), name=name)

    return create


def _role_beside_one_in_quarantine(clients: Clients) -> Resource:
    remaining(clients, "quarantined", ADMINISTRATOR, DENY_ALL)
    return role(clients, ADMINISTRATOR)


def _attach_another(clients: Clients, resource: Resource) -> None:
    clients("iam").attach_role_policy(RoleName=resource.name, PolicyArn=policy(clients))


def read_back(clients: Clients, resource: Resource) -> Any:
    found = clients("iam").list_attached_role_policies(RoleName=resource.name)["AttachedPolicies"]
    return sorted("all" if one["PolicyArn"] == ADMINISTRATOR else "own" for one in found)


CASES = (
    Bad(
        name="with AdministratorAccess alone",
        create=_role(ADMINISTRATOR),
        options=OPTIONS,
        fixed=[],
        disturb=_attach_another,
    ),
    Bad(
        name="with AdministratorAccess and another policy",
        create=_role(ADMINISTRATOR, own=True),
        options=OPTIONS,
        fixed=["own"],
        disturb=_attach_another,
    ),
    AlreadyCompliant(name="with another policy", create=_role(own=True), options=OPTIONS),
    Refusal(name="with no role named that is left", create=_role(ADMINISTRATOR), because="administrator_role"),
    Refusal(
        name="with a role that is left but has no AdministratorAccess",
        create=_role(ADMINISTRATOR, left=False),
        options=OPTIONS,
        because="nobody may be left to restore the access",
    ),
    Refusal(
        name="with a role that is left but is denied everything",
        create=_role_beside_one_in_quarantine,
        options={"administrator_role": "quarantined"},
        because="The role quarantined is denied everything",
    ),
    Refusal(
        name="with a role named that there is not",
        create=_role(ADMINISTRATOR),
        options={"administrator_role": "nobodys"},
        because="There is no role nobodys",
    ),
    Refusal(
        name="the one that is left",
        create=_role(ADMINISTRATOR, name="theirs"),
        options={"administrator_role": "theirs"},
        because="to administer the account",
    ),
    Refusal(
        name="one by which deployments reach into the account",
        create=_role(ADMINISTRATOR, name="cdk-hnb659fds-cfn-exec-role-123456789012-us-east-1"),
        options=OPTIONS,
        because="to access the account",
    ),
)
