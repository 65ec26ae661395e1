"""A Systems Manager document and whom it is shared with. ministack has no documents, so this needs moto."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import count
from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import ACCOUNT_ID, REGION, AlreadyCompliant, Bad, Clients, Refusal, resource_from

FRIEND = "111111111111"
STRANGER = "222222222222"
ANSWERS = {"ssm:GetServiceSetting": {"ServiceSetting": {"SettingValue": "Enable", "Status": "Default"}}}
CONTENT = {"schemaVersion": "2.2", "description": "says hello", "mainSteps": []}
_NUMBERS = count(1)


def _document(*accounts: str) -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        name = f"greeting-{next(_NUMBERS)}"
        clients("ssm").create_document(Name=name, Content=json.dumps(CONTENT), DocumentType="Command")
        resource = resource_from(f"arn:aws:ssm:{REGION}:{ACCOUNT_ID}:document/{name}")
        if accounts:
            _share(clients, resource, *accounts)
        return resource

    return create


def _share(clients: Clients, resource: Resource, *accounts: str) -> None:
    clients("ssm").modify_document_permission(
        Name=resource.name, PermissionType="Share", AccountIdsToAdd=list(accounts), SharedDocumentVersion="$DEFAULT"
    )


def _share_with_a_stranger(clients: Clients, resource: Resource) -> None:
    _share(clients, resource, STRANGER)


def read_back(clients: Clients, resource: Resource) -> Any:
    answer = clients("ssm").describe_document_permission(Name=resource.name, PermissionType="Share")
    return sorted((one["AccountId"], one["SharedDocumentVersion"]) for one in answer["AccountSharingInfoList"])


CASES = (
    Bad(name="public", create=_document("All"), fixed=[], disturb=_share_with_a_stranger),
    Bad(
        name="public, and never again once it is not",
        promised=False,
        create=_document("All"),
        answers={"ssm:GetServiceSetting": {"ServiceSetting": {"SettingValue": "Disable", "Status": "Customized"}}},
        fixed=[],
        disturb=_share_with_a_stranger,
    ),
    AlreadyCompliant(name="shared with an account", create=_document(FRIEND)),
    Refusal(
        name="one of AWS",
        create=_document("All"),
        answers={"ssm:DescribeDocument": {"Document": {"Owner": "Amazon", "CreatedDate": 1}}},
        because="owned by Amazon",
    ),
)
