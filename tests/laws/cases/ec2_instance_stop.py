"""An instance and whether it runs."""

from __future__ import annotations

from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import AlreadyCompliant, Bad, Clients, Refusal
from tests.laws.cases.ec2_instances import described, instance, terminated


def _running(clients: Clients) -> Resource:
    return instance(clients, InstanceType="t3.micro")


def _with_an_encrypted_volume(*, own_key: bool) -> Any:
    def create(clients: Clients) -> Resource:
        resource = _running(clients)
        ec2, kms = clients("ec2"), clients("kms")
        key = {"KmsKeyId": kms.create_key()["KeyMetadata"]["Arn"]} if own_key else {}
        zone = described(clients, resource)["Placement"]["AvailabilityZone"]
        volume = ec2.create_volume(AvailabilityZone=zone, Size=1, Encrypted=True, **key)["VolumeId"]
        ec2.attach_volume(VolumeId=volume, InstanceId=resource.name, Device="/dev/sdf")
        return resource

    return create


def _stopped(clients: Clients) -> Resource:
    resource = _running(clients)
    clients("ec2").stop_instances(InstanceIds=[resource.name])
    return resource


def _protected(clients: Clients) -> Resource:
    resource = _running(clients)
    clients("ec2").modify_instance_attribute(InstanceId=resource.name, DisableApiStop={"Value": True})
    return resource


def _terminate(clients: Clients, resource: Resource) -> None:
    clients("ec2").terminate_instances(InstanceIds=[resource.name])


def read_back(clients: Clients, resource: Resource) -> Any:
    return described(clients, resource)["State"]["Name"]


CASES = (
    Bad(name="running", create=_running, fixed="stopped", disturb=_terminate),
    Bad(
        name="running on a volume with a key of the customer's",
        promised=False,
        create=_with_an_encrypted_volume(own_key=True),
        fixed="stopped",
        disturb=_terminate,
    ),
    Bad(
        name="running with instance store that may be lost",
        promised=False,
        create=lambda clients: instance(clients, InstanceType="m5d.large"),
        options={"lose_instance_store": True},
        fixed="stopped",
        disturb=_terminate,
    ),
    AlreadyCompliant(name="stopped", create=_stopped),
    Refusal(
        name="running with instance store",
        create=lambda clients: instance(clients, InstanceType="m5d.large"),
        because="whose instance store would be lost",
    ),
    Refusal(
        name="a member of an Auto Scaling group",
        create=lambda clients: instance(clients, InstanceType="t3.micro", tags={"aws:autoscaling:groupName": "web"}),
        because="in the Auto Scaling group web",
    ),
    Refusal(name="protected from being stopped", create=_protected, because="has stop protection"),
    Refusal(name="terminated", create=terminated, because="is terminated"),
)
