"""Who may open a session of a role, and what it must say about itself. Pure data, as in ``customer_role.grants``.

One statement for each action, because STS evaluates each on its own and a condition on a key that is not there denies:
the external id and the session name belong to AssumeRole, the tag keys to TagSession, the source identity to
SetSourceIdentity. https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html
"""

from __future__ import annotations

from typing import Any

from customer_role.grants import policy_document
from runtime.domain.access import SESSION_NAME_PREFIX, SESSION_TAGS, TAG_FINDING, execution_role_name

MAX_SESSION_SECONDS = 3600
EXECUTION_ROLE_ARN = rf"arn:aws(-cn|-us-gov)?:iam::[0-9]{{12}}:role/{execution_role_name('[a-z0-9-]+')}"
EXTERNAL_ID = r"[\w+=,.@:/-]+"
EXTERNAL_ID_LENGTH = 22
"""Characters, at least: 128 random bits in base64."""


def trust(execution_role_arn: Any, external_id: Any) -> dict[str, Any]:
    """The trust policy of a pack's role: the platform's execution role, for one finding at a time."""
    principal = {"AWS": execution_role_arn}
    names_a_finding = {f"aws:RequestTag/{TAG_FINDING}": "?*"}
    return policy_document(
        (
            {
                "Sid": "OpenASessionForOneFinding",
                "Effect": "Allow",
                "Principal": principal,
                "Action": "sts:AssumeRole",
                "Condition": {
                    "StringEquals": {"sts:ExternalId": external_id},
                    "StringLike": {"sts:RoleSessionName": f"{SESSION_NAME_PREFIX}*", **names_a_finding},
                },
            },
            {
                "Sid": "TagItWithTheFinding",
                "Effect": "Allow",
                "Principal": principal,
                "Action": "sts:TagSession",
                "Condition": {
                    "StringLike": names_a_finding,
                    "ForAllValues:StringEquals": {"aws:TagKeys": list(SESSION_TAGS)},
                },
            },
            {
                "Sid": "NameItsSource",
                "Effect": "Allow",
                "Principal": principal,
                "Action": "sts:SetSourceIdentity",
                "Condition": {"StringLike": {"sts:SourceIdentity": f"{SESSION_NAME_PREFIX}*"}},
            },
        )
    )
