"""Service control policies that bound a customer's roles from outside their account. Pure data.

A role's own denials can be removed by whoever may edit IAM in the account. These cannot: they belong to the
organization. They allow nothing; AWS does not let SCPs name who is allowed.
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from customer_role.grants import GrantTooLarge, Pack, policy_document
from customer_role.verification import ACTIONS
from runtime.domain.access import CUSTOMER_ROLE_PREFIX, VERIFICATION, customer_role_name

SCP_LIMIT = 5120
"""Characters. https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html"""


def service_control_policies(packs: Iterable[Pack]) -> tuple[str, ...]:
    """As many documents as it takes, as JSON without blanks: every role does what its fixes declare, or nothing.

    A pack is never split. Raises ``GrantTooLarge`` for one that no document can hold.
    """
    packs = tuple(packs)
    documents: list[list[dict[str, Any]]] = []
    bounded = [_bounded(pack.title, pack.service, sorted(pack.actions)) for pack in packs]
    for statement in (_no_other_role(packs), *bounded, _bounded("Verification", VERIFICATION, list(ACTIONS))):
        if (size := len(_json([statement]))) > SCP_LIMIT:
            raise GrantTooLarge(str(statement["Sid"]), size, SCP_LIMIT)
        for document in documents:
            if len(_json([*document, statement])) <= SCP_LIMIT:
                document.append(statement)
                break
        else:
            documents.append([statement])
    return tuple(map(_json, documents))


def _no_other_role(packs: Sequence[Pack]) -> dict[str, Any]:
    """A role that is named like one of Suture's and is none, of an older version for one, does nothing."""
    return {
        "Sid": "NoOtherSutureRole",
        "Effect": "Deny",
        "Action": "*",
        "Resource": "*",
        "Condition": {
            "ArnLike": {"aws:PrincipalArn": _role(f"{CUSTOMER_ROLE_PREFIX}*")},
            "ArnNotLike": {
                "aws:PrincipalArn": [
                    _role(customer_role_name(name)) for name in (*(pack.service for pack in packs), VERIFICATION)
                ]
            },
        },
    }


def _bounded(title: str, service: str, actions: list[str]) -> dict[str, Any]:
    return {
        "Sid": f"Suture{title}",
        "Effect": "Deny",
        "NotAction": actions,
        "Resource": "*",
        "Condition": {"ArnLike": {"aws:PrincipalArn": _role(customer_role_name(service))}},
    }


def _role(name: str) -> str:
    return f"arn:*:iam::*:role/{name}"


def _json(statements: Sequence[dict[str, Any]]) -> str:
    return json.dumps(policy_document(statements), separators=(",", ":"))
