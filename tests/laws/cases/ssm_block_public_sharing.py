"""An account and whether its documents may be public. moto has no service settings, so the setting is made up here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import ACCOUNT_ID, REGION, AlreadyCompliant, Bad, Clients, Refusal
from tests.laws.cases.accounts import account

ID = f"arn:aws:ssm:{REGION}:{ACCOUNT_ID}:servicesetting/ssm/documents/console/public-sharing-permission"
DEFAULT = {"SettingValue": "Enable", "Status": "Default"}
SETTING: dict[str, str] = {}


def _set(**setting: str) -> dict[str, Any]:
    SETTING.update(setting)
    return {}


def _get(SettingId: str) -> dict[str, Any]:  # noqa: N803  the API's name
    assert SettingId == ID
    return {"ServiceSetting": {"SettingId": ID, **SETTING}}


def _update(SettingId: str, SettingValue: str) -> dict[str, Any]:  # noqa: N803
    assert SettingId == ID
    return _set(SettingValue=SettingValue, Status="Customized")


def _reset(SettingId: str) -> dict[str, Any]:  # noqa: N803
    assert SettingId == ID
    return _set(**DEFAULT)


ANSWERS = {"ssm:GetServiceSetting": _get, "ssm:UpdateServiceSetting": _update, "ssm:ResetServiceSetting": _reset}


def _account(**setting: str) -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        SETTING.clear()
        _set(**setting)
        return account(clients)

    return create


def _set_it_by_hand(clients: Clients, resource: Resource) -> None:
    _set(SettingValue="Enable", Status="PendingUpdate")


def _reset_it(clients: Clients, resource: Resource) -> None:
    _set(**DEFAULT)


def read_back(clients: Clients, resource: Resource) -> Any:
    return dict(SETTING)


FIXED = {"SettingValue": "Disable", "Status": "Customized"}

CASES = (
    Bad(name="never set", create=_account(**DEFAULT), fixed=FIXED, disturb=_set_it_by_hand),
    Bad(
        name="set to allow it",
        create=_account(SettingValue="Enable", Status="Customized"),
        fixed=FIXED,
        disturb=_reset_it,
    ),
    AlreadyCompliant(name="blocked", create=_account(**FIXED)),
    Refusal(
        name="one whose setting is not shown",
        create=account,
        answers={"ssm:GetServiceSetting": {}},
        because="Missing evidence of",
    ),
)
