"""An Athena workgroup and the encryption of its results. moto cannot change one, so the workgroup is made up here."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import ACCOUNT_ID, REGION, AlreadyCompliant, Bad, Clients, Refusal, resource_from

ARN = f"arn:aws:athena:{REGION}:{ACCOUNT_ID}:workgroup/analysts"
CONFIGURATION: dict[str, Any] = {}


def _get(WorkGroup: str) -> dict[str, Any]:  # noqa: N803  the API's name
    made = datetime(2026, 1, 1, tzinfo=UTC)
    return {"WorkGroup": {"Name": WorkGroup, "CreationTime": made, "Configuration": deepcopy(CONFIGURATION)}}


def _update(WorkGroup: str, ConfigurationUpdates: dict[str, Any]) -> dict[str, Any]:  # noqa: N803
    updates = ConfigurationUpdates["ResultConfigurationUpdates"]
    if updates.get("RemoveEncryptionConfiguration"):
        CONFIGURATION["ResultConfiguration"].pop("EncryptionConfiguration", None)
    else:
        CONFIGURATION["ResultConfiguration"]["EncryptionConfiguration"] = updates["EncryptionConfiguration"]
    return {}


ANSWERS = {
    "athena:GetWorkGroup": _get,
    "athena:UpdateWorkGroup": _update,
    "athena:ListTagsForResource": {"Tags": [{"Key": "owner", "Value": "analysts"}]},
}


def _workgroup(engine: str = "Athena engine version 3", **more: Any) -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        CONFIGURATION.clear()
        CONFIGURATION.update(
            ResultConfiguration={"OutputLocation": "s3://results/"},
            EnforceWorkGroupConfiguration=True,
            EngineVersion={"EffectiveEngineVersion": engine},
            **more,
        )
        return resource_from(ARN)

    return create


def _with_a_key(clients: Clients) -> Resource:
    resource = _workgroup()(clients)
    CONFIGURATION["ResultConfiguration"]["EncryptionConfiguration"] = {"EncryptionOption": "SSE_KMS", "KmsKey": "k"}
    return resource


def _enforce_nothing(clients: Clients, resource: Resource) -> None:
    CONFIGURATION["EnforceWorkGroupConfiguration"] = False


def read_back(clients: Clients, resource: Resource) -> Any:
    return deepcopy(CONFIGURATION["ResultConfiguration"])


CASES = (
    Bad(
        name="not encrypted",
        create=_workgroup(),
        fixed={"OutputLocation": "s3://results/", "EncryptionConfiguration": {"EncryptionOption": "SSE_S3"}},
        disturb=_enforce_nothing,
    ),
    AlreadyCompliant(name="encrypted with a key", create=_with_a_key),
    AlreadyCompliant(
        name="one whose results Athena keeps", create=_workgroup(ManagedQueryResultsConfiguration={"Enabled": True})
    ),
    Refusal(name="one for Spark", create=_workgroup("PySpark engine version 3"), because="for Spark"),
)
