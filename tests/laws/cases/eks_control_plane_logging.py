"""An EKS cluster and which logs of its control plane are on."""

from __future__ import annotations

from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import AlreadyCompliant, Bad, Clients, Refusal
from tests.laws.cases.eks_clusters import (
    ANSWERS,
    FAILED,
    ON_AN_OUTPOST,
    REGISTERED,
    TYPES,
    UPDATING,
    cluster,
    described,
    update,
)

__all__ = ["ANSWERS", "CASES", "read_back"]


def _log_the_scheduler_only(clients: Clients, resource: Resource) -> None:
    others = [one for one in TYPES if one != "scheduler"]
    setups = [{"types": ["scheduler"], "enabled": True}, {"types": others, "enabled": False}]
    update(resource.name, logging={"clusterLogging": setups})


def read_back(clients: Clients, resource: Resource) -> Any:
    setups = described(clients, resource)["logging"]["clusterLogging"]
    return sorted(one for setup in setups if setup["enabled"] for one in setup["types"])


CASES = (
    Bad(name="without logs", create=cluster(), fixed=["audit"], disturb=_log_the_scheduler_only),
    Bad(
        name="with other logs",
        create=cluster("api", "authenticator"),
        fixed=["api", "audit", "authenticator"],
        disturb=_log_the_scheduler_only,
    ),
    Bad(
        name="without some of all logs",
        create=cluster("audit"),
        options={"types": list(TYPES)},
        fixed=list(TYPES),
        disturb=_log_the_scheduler_only,
    ),
    AlreadyCompliant(name="with the audit log", create=cluster("api", "audit")),
    AlreadyCompliant(name="with all logs", create=cluster(*TYPES), options={"types": list(TYPES)}),
    Refusal(name="only registered", create=cluster(), answers=REGISTERED, because="a connected cluster of OTHER"),
    Refusal(name="on an outpost", create=cluster(), answers=ON_AN_OUTPOST, because="runs on the outpost"),
    Refusal(name="one that failed", create=cluster(), answers=FAILED, because="is FAILED"),
    Refusal(name="being changed", create=cluster(), answers=UPDATING, because="UPDATING, which is transitional"),
)
