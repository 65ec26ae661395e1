"""The role through which Suture's operators see what the other roles may do. Pure data, as in ``customer_role.grants``.

A pack's role is denied to look at any role of Suture's, itself included, so that none can learn its own bounds. This
one reads them, and nothing else: ``suture accounts verify`` asks IAM through it what each fix could do.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

from customer_role.grants import Pack, policy_document
from customer_role.guard_rails import guard_rails
from customer_role.trust import trust
from runtime.domain.access import CUSTOMER_ROLE_PREFIX, SESSION_NAME_PREFIX, customer_role_name
from runtime.domain.plan import canonical_json

TEMPLATE_TAG = "suture:template"
"""The tag of a role that says from which version of its template it was made."""

ACTIONS = ("iam:GetRole", "iam:SimulatePrincipalPolicy")


def verification_trust(platform_root_arn: Any, external_id: Any) -> dict[str, Any]:
    """People of the platform's account, as far as IAM there lets them, with the external id.

    Not the execution role: what it can do in an account is what its packs say.
    """
    return policy_document(
        [
            {
                "Sid": "SeeWhatTheOthersMayDo",
                "Effect": "Allow",
                "Principal": {"AWS": platform_root_arn},
                "Action": "sts:AssumeRole",
                "Condition": {
                    "StringEquals": {"sts:ExternalId": external_id},
                    "StringLike": {"sts:RoleSessionName": f"{SESSION_NAME_PREFIX}*"},
                },
            }
        ]
    )


def verification_policy(packs: Iterable[Pack]) -> dict[str, Any]:
    """What the role may do, and that it may do nothing else whatever is attached to it."""
    prefix = "arn:${AWS::Partition}:iam::${AWS::AccountId}:role/"
    roles = [f"{prefix}{customer_role_name(pack.service)}" for pack in packs]
    return policy_document(
        (
            {"Sid": "SeeSuturesRoles", "Effect": "Allow", "Action": list(ACTIONS), "Resource": roles},
            {"Sid": "NothingElse", "Effect": "Deny", "NotAction": list(ACTIONS), "Resource": "*"},
            {"Sid": "NoOtherRole", "Effect": "Deny", "Action": "*", "NotResource": f"{prefix}{CUSTOMER_ROLE_PREFIX}-*"},
        )
    )


def template_version(pack: Pack) -> str:
    """Of all that a pack's template grants, with every fix on: another one as soon as a word of it is."""
    granted = [statement for grant in pack.grants for statement in grant.statements]
    document = {"trust": trust("", ""), "limits": guard_rails(pack), "granted": granted}
    return hashlib.sha256(canonical_json(document).encode()).hexdigest()[:12]
