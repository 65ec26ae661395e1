"""An Athena workgroup and whether it publishes metrics."""

from __future__ import annotations

from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import AlreadyCompliant, Bad, Clients, Refusal
from tests.laws.cases.workgroups import ANSWERS, CONFIGURATION, workgroup

__all__ = ["ANSWERS", "CASES", "read_back"]


def _choose_another_engine(clients: Clients, resource: Resource) -> None:
    CONFIGURATION.update(
        EngineVersion={"EffectiveEngineVersion": "Athena engine version 4"}, PublishCloudWatchMetricsEnabled=False
    )


def read_back(clients: Clients, resource: Resource) -> Any:
    return {name: value for name, value in CONFIGURATION.items() if name != "EngineVersion"}


_REST = {"ResultConfiguration": {"OutputLocation": "s3://results/"}, "EnforceWorkGroupConfiguration": True}

CASES = (
    Bad(
        name="without metrics",
        create=workgroup(),
        fixed={**_REST, "PublishCloudWatchMetricsEnabled": True},
        disturb=_choose_another_engine,
    ),
    AlreadyCompliant(name="with metrics", create=workgroup(PublishCloudWatchMetricsEnabled=True)),
    *(
        Refusal(name=f"one for {engine}", create=workgroup(engine), because=f"not for SQL: its engine is {engine}")
        for engine in ("PySpark engine version 3", "Apache Spark version 3.5")
    ),
)
