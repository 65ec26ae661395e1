"""An account and GuardDuty. ministack has none, so this needs moto."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import AlreadyCompliant, Bad, Clients, Refusal
from tests.laws.cases.accounts import account


def _account(*enabled: bool) -> Callable[[Clients], Resource]:
    """With a detector for each; a region has one at most."""

    def create(clients: Clients) -> Resource:
        guardduty = clients("guardduty")
        for detector in guardduty.list_detectors()["DetectorIds"]:
            guardduty.delete_detector(DetectorId=detector)
        for one in enabled:
            guardduty.create_detector(Enable=one, FindingPublishingFrequency="ONE_HOUR")
        return account(clients)

    return create


def _replace_it_by_a_suspended_one(clients: Clients, resource: Resource) -> None:
    _account(False)(clients)


def read_back(clients: Clients, resource: Resource) -> Any:
    guardduty = clients("guardduty")
    detectors = [guardduty.get_detector(DetectorId=one) for one in guardduty.list_detectors()["DetectorIds"]]
    return [(one["Status"], one["FindingPublishingFrequency"], _plans_that_are_on(one)) for one in detectors]


def _plans_that_are_on(detector: dict[str, Any]) -> list[str]:
    ours = ("S3_DATA_EVENTS", "EBS_MALWARE_PROTECTION", "RUNTIME_MONITORING")
    return [one["Name"] for one in detector.get("Features", ()) if one["Name"] in ours and one["Status"] == "ENABLED"]


CASES = (
    Bad(
        name="without a detector",
        create=_account(),
        fixed=[("ENABLED", "SIX_HOURS", [])],
        disturb=_replace_it_by_a_suspended_one,
    ),
    Bad(
        name="with a suspended detector",
        create=_account(False),
        fixed=[("ENABLED", "ONE_HOUR", [])],
        disturb=_replace_it_by_a_suspended_one,
    ),
    AlreadyCompliant(name="with a detector", create=_account(True)),
    Refusal(
        name="one that an administrator looks after",
        create=_account(False),
        answers={"guardduty:GetAdministratorAccount": {"Administrator": {"AccountId": "222222222222"}}},
        because="222222222222 manages",
    ),
)
