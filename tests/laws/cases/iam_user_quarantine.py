"""An IAM user and what it is denied."""

from __future__ import annotations

from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import AlreadyCompliant, Bad, Clients, Refusal
from tests.laws.cases.identities import DENY_ALL, know_policies_of_aws, policy, user


def _attach_another(clients: Clients, resource: Resource) -> None:
    clients("iam").attach_user_policy(UserName=resource.name, PolicyArn=policy(clients))


def _denied(clients: Clients) -> Resource:
    know_policies_of_aws()
    return user(clients, DENY_ALL)


def read_back(clients: Clients, resource: Resource) -> Any:
    found = clients("iam").list_attached_user_policies(UserName=resource.name)["AttachedPolicies"]
    return sorted("deny" if one["PolicyArn"] == DENY_ALL else "own" for one in found)


CASES = (
    Bad(name="with nothing attached", create=user, fixed=["deny"], disturb=_attach_another),
    Bad(
        name="with a policy attached",
        create=lambda clients: user(clients, policy(clients)),
        fixed=["deny", "own"],
        disturb=_attach_another,
    ),
    AlreadyCompliant(name="denied everything", create=_denied),
    Refusal(
        name="with as many policies as IAM takes",
        create=lambda clients: user(clients, *(policy(clients) for _ in range(10))),
        because="has 10 policies",
    ),
)
