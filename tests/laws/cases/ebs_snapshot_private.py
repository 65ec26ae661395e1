"""An EBS snapshot and who may create volumes from it. ministack keeps no groups, so this needs moto."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import REGION, AlreadyCompliant, Bad, Clients, Refusal, resource_from

FRIEND = "111111111111"
STRANGER = "222222222222"

ANSWERS = {"ec2:GetSnapshotBlockPublicAccessState": {"State": "unblocked"}}
"""moto does not know block public access for snapshots."""


def _snapshot(*, public: bool, accounts: tuple[str, ...] = ()) -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        ec2 = clients("ec2")
        volume = ec2.create_volume(AvailabilityZone=f"{REGION}a", Size=1)
        snapshot_id = ec2.create_snapshot(VolumeId=volume["VolumeId"])["SnapshotId"]
        resource = resource_from(f"arn:aws:ec2:{REGION}::snapshot/{snapshot_id}")
        if public:
            _share(clients, resource, GroupNames=["all"])
        if accounts:
            _share(clients, resource, UserIds=list(accounts))
        return resource

    return create


def _share(clients: Clients, resource: Resource, **whom: list[str]) -> None:
    clients("ec2").modify_snapshot_attribute(
        SnapshotId=resource.name, Attribute="createVolumePermission", OperationType="add", **whom
    )


def _share_with_a_stranger(clients: Clients, resource: Resource) -> None:
    _share(clients, resource, UserIds=[STRANGER])


def _public_snapshot_of_another_account(clients: Clients) -> Resource:
    # The finding names another account than the one that owns the snapshot.
    return replace(_snapshot(public=True)(clients), account_id=FRIEND)


def read_back(clients: Clients, resource: Resource) -> Any:
    answer = clients("ec2").describe_snapshot_attribute(SnapshotId=resource.name, Attribute="createVolumePermission")
    return sorted(next(iter(permission.values())) for permission in answer["CreateVolumePermissions"])


ANSWERS = {"ec2:GetSnapshotBlockPublicAccessState": {"State": "unblocked"}}

CASES = (
    Bad(name="public", create=_snapshot(public=True), fixed=[], disturb=_share_with_a_stranger),
    Bad(
        name="public and shared with an account",
        create=_snapshot(public=True, accounts=(FRIEND,)),
        fixed=[FRIEND],
        disturb=_share_with_a_stranger,
    ),
    Bad(
        name="public in a region that blocks new public sharing",
        promised=False,
        create=_snapshot(public=True),
        answers={"ec2:GetSnapshotBlockPublicAccessState": {"State": "block-new-sharing"}},
        fixed=[],
        disturb=_share_with_a_stranger,
    ),
    AlreadyCompliant(name="shared with an account only", create=_snapshot(public=False, accounts=(FRIEND,))),
    Refusal(
        name="owned by another account",
        create=_public_snapshot_of_another_account,
        because="is owned by the account 123456789012",
    ),
)
