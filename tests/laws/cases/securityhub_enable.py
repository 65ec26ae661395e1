"""An account and Security Hub. ministack has none, so this needs moto."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError

from runtime.aws.errors import customer_errors
from runtime.domain.resource import Resource
from tests.laws.cases import AlreadyCompliant, Bad, Clients, Refusal
from tests.laws.cases.accounts import account
from tests.laws.customer_account import client

_ADMINISTRATORS: list[str] = []
"""Who has invited the account: in moto there is an administrator only in an organization."""


def _get_administrator() -> dict[str, Any]:
    client("securityhub").describe_hub()  # as where Security Hub is off
    return {"Administrator": {"AccountId": _ADMINISTRATORS[0]}} if _ADMINISTRATORS else {}


def _answer(**_: Any) -> dict[str, Any]:
    with customer_errors("securityhub", "GetAdministratorAccount"):
        return _get_administrator()


ANSWERS = {"securityhub:GetAdministratorAccount": _answer}


def _enabled(clients: Clients) -> Resource:
    clients("securityhub").enable_security_hub(EnableDefaultStandards=True)
    return account(clients)


def _be_administered(clients: Clients, resource: Resource) -> None:
    _ADMINISTRATORS.append("210987654321")


def _without(clients: Clients) -> Resource:
    _ADMINISTRATORS.clear()
    resource = account(clients)
    if read_back(clients, resource) != "off":
        clients("securityhub").disable_security_hub()
    return resource


def _make_a_recorder(clients: Clients, resource: Resource) -> None:
    role = f"arn:aws:iam::{resource.account_id}:role/config"
    clients("config").put_configuration_recorder(ConfigurationRecorder={"name": "main", "roleARN": role})


def read_back(clients: Clients, resource: Resource) -> Any:
    try:
        return [clients("securityhub").describe_hub()["ControlFindingGenerator"], *_ADMINISTRATORS]
    except ClientError as error:
        if error.response["Error"]["Code"] == "InvalidAccessException":
            return "off"
        raise


CASES = (
    Bad(
        name="without Security Hub",
        create=_without,
        fixed=["SECURITY_CONTROL"],
        disturb=_make_a_recorder,
        instead=_be_administered,
    ),
    AlreadyCompliant(name="with Security Hub", create=_enabled),
    Refusal(
        name="one of which is not told", create=account, answers={"securityhub:DescribeHub": {}}, because="enabled"
    ),
)
