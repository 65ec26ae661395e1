"""An EKS cluster and who reaches its endpoint."""

from __future__ import annotations

from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import AlreadyCompliant, Bad, Clients, Refusal
from tests.laws.cases.eks_clusters import (
    ANSWERS,
    FAILED,
    ON_AN_OUTPOST,
    REGISTERED,
    UPDATING,
    cluster,
    described,
    described_as,
    update,
)

__all__ = ["ANSWERS", "CASES", "read_back"]

_OFFICE = ["192.0.2.0/24", "198.51.100.7/32"]


def _let_in_other_addresses(clients: Clients, resource: Resource) -> None:
    config = {"endpointPublicAccess": True, "publicAccessCidrs": ["203.0.113.0/24"]}
    update(resource.name, resourcesVpcConfig=config)


def read_back(clients: Clients, resource: Resource) -> Any:
    config = described(clients, resource)["resourcesVpcConfig"]
    return config["endpointPublicAccess"], config["endpointPrivateAccess"], sorted(config["publicAccessCidrs"])


CASES = (
    Bad(name="public only", create=cluster(), fixed=(False, True, ["0.0.0.0/0"]), disturb=_let_in_other_addresses),
    Bad(
        name="public for some addresses, and private",
        create=cluster(endpointPrivateAccess=True, publicAccessCidrs=_OFFICE),
        fixed=(False, True, _OFFICE),
        disturb=_let_in_other_addresses,
    ),
    AlreadyCompliant(name="private only", create=cluster(endpointPublicAccess=False, endpointPrivateAccess=True)),
    Refusal(name="only registered", create=cluster(), answers=REGISTERED, because="a connected cluster of OTHER"),
    Refusal(name="on an outpost", create=cluster(), answers=ON_AN_OUTPOST, because="runs on the outpost"),
    Refusal(name="one that failed", create=cluster(), answers=FAILED, because="is FAILED"),
    Refusal(
        name="of which is not told who is let in",
        create=cluster(),
        answers=described_as(resourcesVpcConfig={"endpointPublicAccess": True, "endpointPrivateAccess": False}),
        because="cidrs.",
    ),
    Refusal(name="being changed", create=cluster(), answers=UPDATING, because="UPDATING, which is transitional"),
)
