"""Who an operator is, as AWS says it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """A caller's identity. ``arn`` and ``user_id`` are what STS answers to GetCallerIdentity.

    SQS writes the user id of whoever sent a message beside it, as ``SenderId``: so it cannot be made up, and two
    principals are different people only if their user ids are.
    https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
    """

    arn: str
    user_id: str

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
