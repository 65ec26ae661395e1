"""An instance and its instance profile."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import AlreadyCompliant, Bad, Clients, Refusal
from tests.laws.cases.ec2_instances import described, instance, terminated

NUMBERS = count(1)
OPTIONS: dict[str, str] = {}
"""What the entry names: filled in by ``create``."""
TRUST = '{"Version": "2012-10-17", "Statement": []}'


def _profile(clients: Clients, name: str, *roles: str) -> str:
    iam = clients("iam")
    arn: str = iam.create_instance_profile(InstanceProfileName=name)["InstanceProfile"]["Arn"]
    for role in roles:
        iam.create_role(RoleName=role, AssumeRolePolicyDocument=TRUST)
        iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName=role)
    return arn


def _instance(*roles: str, made: bool = True, has: bool = False) -> Callable[[Clients], Resource]:
    """``{}`` in a role's name stands for the profile's."""

    def create(clients: Clients) -> Resource:
        resource = instance(clients)
        name = OPTIONS["instance_profile"] = f"web-{next(NUMBERS)}"
        if made:
            arn = _profile(clients, name, *(role.format(name) for role in roles))
            if has:
                _associate(clients, resource, arn)
        return resource

    return create


def _associate(clients: Clients, resource: Resource, arn: str) -> None:
    clients("ec2").associate_iam_instance_profile(InstanceId=resource.name, IamInstanceProfile={"Arn": arn})


def _change_its_type(clients: Clients, resource: Resource) -> None:
    clients("ec2").stop_instances(InstanceIds=[resource.name])
    clients("ec2").modify_instance_attribute(InstanceId=resource.name, InstanceType={"Value": "m5.large"})


def read_back(clients: Clients, resource: Resource) -> Any:
    found = described(clients, resource)
    return "IamInstanceProfile" in found, found["State"]["Name"]


CASES = (
    Bad(
        name="without a profile",
        create=_instance("{}"),
        options=OPTIONS,
        fixed=(True, "running"),
        disturb=_change_its_type,
    ),
    AlreadyCompliant(name="with a profile", create=_instance("{}", has=True), options=OPTIONS),
    Refusal(
        name="to get a profile that is not there", create=_instance(made=False), options=OPTIONS, because="There is no"
    ),
    Refusal(
        name="to get a profile without a role", create=_instance(), options=OPTIONS, because="one role of the same name"
    ),
    Refusal(
        name="to get a profile with another role",
        create=_instance("administrator-{}"),
        options=OPTIONS,
        because="one role of the same name",
    ),
    Refusal(name="given a profile by an entry that names none", create=_instance(), because="instance_profile"),
    Refusal(name="terminated", create=terminated, options=OPTIONS, because="is terminated"),
)
