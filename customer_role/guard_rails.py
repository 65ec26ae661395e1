"""What no session of a role may do, whatever else is attached to the role or allowed by a resource's policy.

Pure data, as in ``customer_role.grants``.
"""

from __future__ import annotations

from typing import Any

from customer_role.grants import INLINE_POLICIES_LIMIT, GrantTooLarge, Pack, document_size, policy_document
from customer_role.request_parameters import denials
from runtime.domain.access import CUSTOMER_ROLE_PREFIX


def guard_rails(pack: Pack) -> dict[str, Any]:
    """The denials of a pack's role.

    Raises ``GrantTooLarge`` if the list of what the fixes do is longer than a role's inline policies may be.
    """
    own = "arn:${AWS::Partition}:iam::${AWS::AccountId}"
    document = policy_document(
        (
            {
                "Sid": "NothingThatNoFixDeclares",
                "Effect": "Deny",
                "NotAction": sorted(pack.actions),
                "Resource": "*",
            },
            {
                # Of every pack, and of the one role that there was before there were packs.
                "Sid": "NeverARoleOfSuture",
                "Effect": "Deny",
                "Action": "*",
                "Resource": [f"{own}:role/{CUSTOMER_ROLE_PREFIX}*", f"{own}:policy/{CUSTOMER_ROLE_PREFIX}-*"],
            },
            {
                # The ARNs of buckets and snapshots name no account. Not every action says whose the resource is.
                "Sid": "NeverAnotherAccount",
                "Effect": "Deny",
                "Action": "*",
                "Resource": "*",
                "Condition": {
                    "Null": {"aws:ResourceAccount": "false"},
                    "StringNotEquals": {"aws:ResourceAccount": "${AWS::AccountId}"},
                },
            },
            *denials(pack.actions),
        )
    )
    if (size := document_size(document)) > INLINE_POLICIES_LIMIT:
        raise GrantTooLarge("inline policies of the role", size, INLINE_POLICIES_LIMIT)
    return document
