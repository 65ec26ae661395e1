"""An IAM user, its policies, and those of its groups."""

from __future__ import annotations

from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import AlreadyCompliant, Bad, Clients, Refusal
from tests.laws.cases.identities import group, policy, user


def _member(clients: Clients, *policies: str, of_group: tuple[str, ...]) -> Resource:
    resource = user(clients, *policies)
    for one in of_group:
        clients("iam").add_user_to_group(GroupName=group(clients, one).name, UserName=resource.name)
    return resource


def _with_what_its_groups_have(clients: Clients) -> Resource:
    first, second, third = policy(clients), policy(clients), policy(clients)
    return _member(clients, first, second, of_group=(second, first, third))


def _with_one_of_its_own(clients: Clients) -> Resource:
    inherited = policy(clients)
    return _member(clients, inherited, policy(clients), of_group=(inherited,))


def _attach_another(clients: Clients, resource: Resource) -> None:
    clients("iam").attach_user_policy(UserName=resource.name, PolicyArn=policy(clients))


def read_back(clients: Clients, resource: Resource) -> Any:
    return len(clients("iam").list_attached_user_policies(UserName=resource.name)["AttachedPolicies"])


CASES = (
    Bad(name="with what its groups have", create=_with_what_its_groups_have, fixed=0, disturb=_attach_another),
    Bad(
        name="with what its one group has",
        create=lambda clients: _member(clients, one := policy(clients), of_group=(one,)),
        fixed=0,
        disturb=_attach_another,
    ),
    AlreadyCompliant(
        name="with the policies of its group alone",
        create=lambda clients: _member(clients, of_group=(policy(clients),)),
    ),
    AlreadyCompliant(name="without groups and policies", create=user),
    Refusal(name="with a policy of its own", create=_with_one_of_its_own, because="not through a group"),
    Refusal(name="in no group", create=lambda clients: user(clients, policy(clients)), because="not through a group"),
)
