"""An instance and how often it is measured. moto cannot change that, so it is changed here, in what moto keeps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.ec2.models import ec2_backends

from runtime.domain.resource import Resource
from tests.laws.cases import ACCOUNT_ID, REGION, AlreadyCompliant, Bad, Clients, Refusal
from tests.laws.cases.ec2_instances import described, instance, terminated


def _set(instance_id: str, state: str) -> None:
    ec2_backends[ACCOUNT_ID][REGION].get_instance(instance_id).monitoring_state = state


def _setting(state: str) -> Callable[..., dict[str, Any]]:
    def answer(InstanceIds: list[str]) -> dict[str, Any]:  # noqa: N803  the API's name
        (instance_id,) = InstanceIds
        _set(instance_id, state)
        return {"InstanceMonitorings": [{"InstanceId": instance_id, "Monitoring": {"State": state}}]}

    return answer


ANSWERS = {"ec2:MonitorInstances": _setting("pending"), "ec2:UnmonitorInstances": _setting("disabled")}


def _instance(state: str) -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        resource = instance(clients)
        _set(resource.name, state)
        return resource

    return create


def _terminate(clients: Clients, resource: Resource) -> None:
    clients("ec2").terminate_instances(InstanceIds=[resource.name])
    _set(resource.name, "disabled")


def read_back(clients: Clients, resource: Resource) -> Any:
    return described(clients, resource)["Monitoring"]["State"]


CASES = (
    Bad(name="measured every five minutes", create=_instance("disabled"), fixed="pending", disturb=_terminate),
    AlreadyCompliant(name="measured every minute", create=_instance("enabled")),
    AlreadyCompliant(name="about to be", create=_instance("pending")),
    Refusal(name="terminated", create=terminated, because="is terminated"),
    Refusal(
        name="managed by EKS",
        create=_instance("disabled"),
        answers={
            "ec2:DescribeInstances": {
                "Reservations": [
                    {
                        "Instances": [
                            {
                                "State": {"Name": "running"},
                                "InstanceType": "m1.small",
                                "Monitoring": {"State": "disabled"},
                                "Operator": {"Managed": True, "Principal": "eks.amazonaws.com"},
                            }
                        ]
                    }
                ]
            }
        },
        because="managed by eks.amazonaws.com",
    ),
)
