"""An account and its AWS Config recorder."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import ACCOUNT_ID, AlreadyCompliant, Bad, Clients, Refusal
from tests.laws.cases.accounts import account

ROLE = f"arn:aws:iam::{ACCOUNT_ID}:role/config"


def _recorder(*, name: str = "main", channel: bool = True, start: bool = False) -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        config = clients("config")
        without(clients)
        config.put_configuration_recorder(ConfigurationRecorder={"name": name, "roleARN": ROLE})
        if channel:
            clients("s3").create_bucket(Bucket="config-history")
            config.put_delivery_channel(DeliveryChannel={"name": "main", "s3BucketName": "config-history"})
        if start:
            config.start_configuration_recorder(ConfigurationRecorderName=name)
        return account(clients)

    return create


def without(clients: Clients) -> Resource:
    """The account with nothing of AWS Config: a region has one recorder and one delivery channel at most."""
    config = clients("config")
    for recorder in config.describe_configuration_recorders()["ConfigurationRecorders"]:
        config.stop_configuration_recorder(ConfigurationRecorderName=recorder["name"])
        for channel in config.describe_delivery_channels()["DeliveryChannels"]:
            config.delete_delivery_channel(DeliveryChannelName=channel["name"])
        config.delete_configuration_recorder(ConfigurationRecorderName=recorder["name"])
    return account(clients)


def _replace_it(clients: Clients, resource: Resource) -> None:
    config = clients("config")
    config.delete_configuration_recorder(ConfigurationRecorderName="main")
    config.put_configuration_recorder(ConfigurationRecorder={"name": "other", "roleARN": ROLE})


def read_back(clients: Clients, resource: Resource) -> Any:
    answer = clients("config").describe_configuration_recorder_status()
    return [(one["name"], one["recording"]) for one in answer["ConfigurationRecordersStatus"]]


STATUS = {"name": "main", "recording": False, "lastStatus": "Failure"}

CASES = (
    Bad(name="with a stopped recorder", create=_recorder(), fixed=[("main", True)], disturb=_replace_it),
    AlreadyCompliant(name="with a recorder that records", create=_recorder(start=True)),
    Refusal(name="one without a recorder", create=without, because="no configuration recorder"),
    Refusal(name="one without a delivery channel", create=_recorder(channel=False), because="no delivery channel"),
    Refusal(
        name="one with a recorder that failed",
        create=_recorder(),
        answers={"config:DescribeConfigurationRecorderStatus": {"ConfigurationRecordersStatus": [STATUS]}},
        because="failed",
    ),
    Refusal(
        name="one with a recorder that runs and fails",
        create=_recorder(start=True),
        answers={
            "config:DescribeConfigurationRecorderStatus": {
                "ConfigurationRecordersStatus": [{**STATUS, "recording": True}]
            }
        },
        because="failed",
    ),
    Refusal(name="one of Control Tower", create=_recorder(name="aws-controltower-X"), because="Control Tower"),
)
