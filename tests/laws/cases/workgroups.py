"""An Athena workgroup for the cases of several fixes. moto cannot change one, so it is made up here."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import ACCOUNT_ID, REGION, Clients, resource_from

ARN = f"arn:aws:athena:{REGION}:{ACCOUNT_ID}:workgroup/analysts"
CONFIGURATION: dict[str, Any] = {}


def _get(WorkGroup: str) -> dict[str, Any]:  # noqa: N803  the API's name
    made = datetime(2026, 1, 1, tzinfo=UTC)
    return {"WorkGroup": {"Name": WorkGroup, "CreationTime": made, "Configuration": deepcopy(CONFIGURATION)}}


def _update(WorkGroup: str, ConfigurationUpdates: dict[str, Any]) -> dict[str, Any]:  # noqa: N803
    updates = dict(ConfigurationUpdates)
    results = updates.pop("ResultConfigurationUpdates", {})
    if results.get("RemoveEncryptionConfiguration"):
        CONFIGURATION["ResultConfiguration"].pop("EncryptionConfiguration", None)
    else:
        CONFIGURATION["ResultConfiguration"].update(results)
    CONFIGURATION.update(updates)
    return {}


ANSWERS = {
    "athena:GetWorkGroup": _get,
    "athena:UpdateWorkGroup": _update,
    "athena:ListTagsForResource": {"Tags": [{"Key": "owner", "Value": "analysts"}]},
}


def workgroup(engine: str = "Athena engine version 3", **more: Any) -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        CONFIGURATION.clear()
        CONFIGURATION.update(
            ResultConfiguration={"OutputLocation": "s3://results/"},
            EnforceWorkGroupConfiguration=True,
            PublishCloudWatchMetricsEnabled=False,
            EngineVersion={"EffectiveEngineVersion": engine},
        )
        CONFIGURATION.update(more)
        return resource_from(ARN)

    return create
