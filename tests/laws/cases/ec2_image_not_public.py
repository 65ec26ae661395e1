"""An AMI and who may start instances from it. moto does not know block public access for AMIs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import count
from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import REGION, AlreadyCompliant, Bad, Clients, Refusal, resource_from

FRIEND, STRANGER = "111111111111", "222222222222"
NUMBERS = count(1)

ANSWERS = {"ec2:GetImageBlockPublicAccessState": {"ImageBlockPublicAccessState": "unblocked"}}


def _image(*permissions: dict[str, str]) -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        ec2 = clients("ec2")
        image_id = ec2.register_image(
            Name=f"golden-{next(NUMBERS)}", RootDeviceName="/dev/sda1", Architecture="x86_64"
        )["ImageId"]
        resource = resource_from(f"arn:aws:ec2:{REGION}::image/{image_id}")
        if permissions:
            _share(clients, resource, *permissions)
        return resource

    return create


def _share(clients: Clients, resource: Resource, *permissions: dict[str, str]) -> None:
    clients("ec2").modify_image_attribute(ImageId=resource.name, LaunchPermission={"Add": list(permissions)})


def _share_with_a_stranger(clients: Clients, resource: Resource) -> None:
    _share(clients, resource, {"UserId": STRANGER})


def read_back(clients: Clients, resource: Resource) -> Any:
    answer = clients("ec2").describe_image_attribute(ImageId=resource.name, Attribute="launchPermission")
    return sorted(value for permission in answer["LaunchPermissions"] for value in permission.values())


ALL, A_FRIEND = {"Group": "all"}, {"UserId": FRIEND}

CASES = (
    Bad(name="public", create=_image(ALL), fixed=[], disturb=_share_with_a_stranger),
    Bad(
        name="public and shared with an account",
        create=_image(ALL, A_FRIEND),
        fixed=[FRIEND],
        disturb=_share_with_a_stranger,
    ),
    Bad(
        name="public in a region that blocks new public sharing",
        promised=False,
        create=_image(ALL),
        answers={"ec2:GetImageBlockPublicAccessState": {"ImageBlockPublicAccessState": "block-new-sharing"}},
        fixed=[],
        disturb=_share_with_a_stranger,
    ),
    AlreadyCompliant(name="shared with an account only", create=_image(A_FRIEND)),
    Refusal(
        name="owned by another account",
        create=lambda clients: replace(_image(ALL)(clients), account_id=FRIEND),
        because="belongs to the account 123456789012",
    ),
)
