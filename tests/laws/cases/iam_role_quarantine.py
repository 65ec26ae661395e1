"""An IAM role and what it is denied."""

from __future__ import annotations

from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import AlreadyCompliant, Bad, Clients, Refusal
from tests.laws.cases.identities import DENY_ALL, NUMBERS, know_policies_of_aws, policy, role


def _attach_another(clients: Clients, resource: Resource) -> None:
    clients("iam").attach_role_policy(RoleName=resource.name, PolicyArn=policy(clients))


def _denied(clients: Clients) -> Resource:
    know_policies_of_aws()
    return role(clients, DENY_ALL)


def read_back(clients: Clients, resource: Resource) -> Any:
    found = clients("iam").list_attached_role_policies(RoleName=resource.name)["AttachedPolicies"]
    return sorted("deny" if one["PolicyArn"] == DENY_ALL else "own" for one in found)


CASES = (
    Bad(name="with nothing attached", create=role, fixed=["deny"], disturb=_attach_another),
    Bad(
        name="with a policy attached",
        create=lambda clients: role(clients, policy(clients)),
        fixed=["deny", "own"],
        disturb=_attach_another,
    ),
    AlreadyCompliant(name="denied everything", create=_denied),
    Refusal(
        name="with as many policies as IAM takes",
        create=lambda clients: role(clients, *(policy(clients) for _ in range(10))),
        because="has 10 policies",
    ),
    Refusal(
        name="a service-linked one",
        create=lambda clients: role(clients, path="/aws-service-role/rds.amazonaws.com/"),
        because="is managed by AWS, and cannot be changed",
    ),
    Refusal(
        name="one of this platform's",
        create=lambda clients: role(clients, name=f"suture-remediation-{next(NUMBERS)}"),
        because="to access the account",
    ),
)
