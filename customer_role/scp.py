"""Service control policies that bound a customer's roles from outside their account. Pure data.

A role's own denials can be removed by whoever may edit IAM in the account. These cannot: they belong to the
organization. They allow nothing; AWS does not let SCPs name who is allowed.
https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, groupby
from typing import Any

from customer_role.grants import GrantTooLarge, Pack, policy_document
from customer_role.verification import ACTIONS
from runtime.domain.access import CUSTOMER_ROLE_PREFIX, VERIFICATION, customer_role_name

SCP_LIMIT = 5120
"""Characters. https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html"""


_GROUP = SCP_LIMIT // 4
"""Characters of the actions that are not divided further."""


def service_control_policies(packs: Iterable[Pack]) -> tuple[str, ...]:
    """As many documents as it takes, as JSON without blanks: every role does what its fixes declare, or nothing.

    A statement about one pack depends on nothing but that pack's actions. Raises ``GrantTooLarge`` for a statement that
    no document can hold.
    """
    packs = tuple(packs)
    documents: list[list[dict[str, Any]]] = []
    bounded = chain.from_iterable(_bounded(pack.title, pack.service, pack.actions) for pack in packs)
    verifying = _bounded("Verification", VERIFICATION, ACTIONS)
    for statement in chain([_no_other_role(packs)], bounded, verifying):
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


def _bounded(title: str, service: str, actions: Iterable[str]) -> list[dict[str, Any]]:
    """One statement; or, of a role with more actions than a document holds, several that together come to the same.

    What one of them denies is denied. So each names the actions of its own part, and lets pass whatever begins like
    those of another part (``ec2:Describe*``), which has its own statement. No two parts have names that begin alike.
    """
    groups = dict(_by_beginning("", sorted(actions, key=str.casefold)))
    statements: list[dict[str, Any]] = []
    own: list[str] = []
    for begin in groups:
        if own and len(_json([_denial(title, service, len(statements), groups, [*own, begin])])) > SCP_LIMIT:
            statements.append(_denial(title, service, len(statements), groups, own))
            own = []
        own.append(begin)
    return [*statements, _denial(title, service, len(statements), groups, own)]


def _by_beginning(begin: str, actions: Sequence[str]) -> Iterator[tuple[str, Sequence[str]]]:
    """Actions in groups that a document has room for, by how their names begin: with ``*`` for all that begin so."""
    if len(json.dumps(actions)) <= _GROUP:
        yield f"{begin}*", actions
        return
    for _, group in groupby(actions, key=lambda action: action[: len(begin) + 1].casefold()):  # as IAM compares them
        alike = list(group)
        longer = alike[0][: len(begin) + 1]
        if longer == begin:  # a whole name, with which others begin
            yield begin, alike
        else:
            yield from _by_beginning(longer, alike)


def _denial(
    title: str, service: str, number: int, groups: Mapping[str, Sequence[str]], own: Sequence[str]
) -> dict[str, Any]:
    passing = [begin for begin in groups if begin not in own]
    return {
        "Sid": f"Suture{title}{number + 1 if number else ''}",
        "Effect": "Deny",
        "NotAction": sorted({*passing, *(action for begin in own for action in groups[begin])}),
        "Resource": "*",
        "Condition": {"ArnLike": {"aws:PrincipalArn": _role(customer_role_name(service))}},
    }


def _role(name: str) -> str:
    return f"arn:*:iam::*:role/{name}"


def _json(statements: Sequence[dict[str, Any]]) -> str:
    return json.dumps(policy_document(statements), separators=(",", ":"))
