"""Who an operator is, as AWS says it."""

from __future__ import annotations

import re
from dataclasses import dataclass

_MADE_UP = re.compile(
    r"(botocore-session|aws-sdk|aws-go-sdk|AWSCLI-Session|AWS-Tools|terraform)[\w=,.@-]*", re.IGNORECASE
)
"""Session names that tools make up where nobody gives one. Two of them may be one person.

https://docs.aws.amazon.com/sdkref/latest/guide/feature-assume-role-credentials.html
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """A caller's identity. ``arn`` and ``user_id`` are what STS answers to GetCallerIdentity.

    SQS writes the user id of whoever sent a message beside it, as ``SenderId``: so it cannot be made up. That of a
    role's session is the role's id and the session's name.
    https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
    """

    arn: str
    user_id: str

    @property
    def person(self) -> str:
        """What tells people apart: the name of their session, whichever role it is of, or else their own id.

        Whoever may choose the name may be several people. The role's trust policy has to bind it to them.
        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#ck_rolesessionname
        """
        _, _, session = self.user_id.partition(":")
        return session.casefold() or self.user_id

    @property
    def unnamed(self) -> bool:
        """Whether it is a session whose name a tool has made up, so that nobody knows who it is."""
        _, _, session = self.user_id.partition(":")
        return _MADE_UP.fullmatch(session) is not None

    @property
    def contradiction(self) -> str:
        """Why ARN and user id cannot be of one caller; empty if they can.

        The user id of a role's session ends in the session's name, as its ARN does.
        https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html#principaltable
        """
        _, _, session = self.user_id.partition(":")
        if ":assumed-role/" in self.arn and session != self.arn.rpartition("/")[2]:
            return f"the ARN {self.arn} is of another session than the user id {self.user_id}"
        if session and ":assumed-role/" not in self.arn and ":federated-user/" not in self.arn:
            return f"the user id {self.user_id} is of a session, the ARN {self.arn} is not"
        return ""
