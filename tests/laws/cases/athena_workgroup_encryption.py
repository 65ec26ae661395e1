"""An Athena workgroup and the encryption of its results."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import AlreadyCompliant, Bad, Clients, Refusal
from tests.laws.cases.workgroups import ANSWERS, CONFIGURATION, workgroup

__all__ = ["ANSWERS", "CASES", "read_back"]


def _with_a_key(clients: Clients) -> Resource:
    resource = workgroup()(clients)
    CONFIGURATION["ResultConfiguration"]["EncryptionConfiguration"] = {"EncryptionOption": "SSE_KMS", "KmsKey": "k"}
    return resource


def _enforce_nothing(clients: Clients, resource: Resource) -> None:
    CONFIGURATION["EnforceWorkGroupConfiguration"] = False


def read_back(clients: Clients, resource: Resource) -> Any:
    return deepcopy(CONFIGURATION["ResultConfiguration"])


CASES = (
    Bad(
        name="not encrypted",
        create=workgroup(),
        fixed={"OutputLocation": "s3://results/", "EncryptionConfiguration": {"EncryptionOption": "SSE_S3"}},
        disturb=_enforce_nothing,
    ),
    AlreadyCompliant(name="encrypted with a key", create=_with_a_key),
    AlreadyCompliant(
        name="one whose results Athena keeps", create=workgroup(ManagedQueryResultsConfiguration={"Enabled": True})
    ),
    *(
        Refusal(name=f"one for {engine}", create=workgroup(engine), because=f"not for SQL: its engine is {engine}")
        for engine in ("PySpark engine version 3", "Apache Spark version 3.5")
    ),
)
