"""Statements of resource policies for the cases of several fixes, and texts of policies that are compared."""

from __future__ import annotations

import json
from typing import Any

from tests.laws.cases import ACCOUNT_ID

PARTNER = "arn:aws:iam::222222222222:root"
DELETED = "AIDACKCEVSQ6C2EXAMPLE"


def allow(principal: Any, action: Any, resource: str, **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": resource, **more}


def document(*statements: dict[str, Any], **other: str) -> dict[str, Any]:
    return {"Version": "2012-10-17", **other, "Statement": list(statements)}


def from_account(account_id: str = ACCOUNT_ID) -> dict[str, Any]:
    return {"StringEquals": {"aws:SourceAccount": account_id}}


def _without_lists_of_one(value: Any) -> Any:
    """IAM takes them for the one, and services answer so."""
    match value:
        case [one]:
            return _without_lists_of_one(one)
        case list():
            return list(map(_without_lists_of_one, value))
        case dict():
            return {name: _without_lists_of_one(member) for name, member in value.items()}
        case _:
            return value


class PolicyText(str):
    """The text of a policy. Equal to another text if it is the same, and to a document if it means the same."""

    __slots__ = ()
    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        if isinstance(other, dict):
            return _without_lists_of_one(json.loads(self)) == _without_lists_of_one(other)
        return str.__eq__(self, str(other))

    def __ne__(self, other: object) -> bool:
        return not self == other
