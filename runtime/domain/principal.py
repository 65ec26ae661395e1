"""The identity of an operator, as AWS returns it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """A caller's identity. ``arn`` and ``user_id`` come from GetCallerIdentity.

    SQS adds the sender's user id to each message, as ``SenderId``, so it cannot be forged. For a role's session it is
    the role's id and the session's name. https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
    """

    arn: str
    user_id: str

    @property
    def session(self) -> str:
        """The session's name; empty if there is none."""
        return self.user_id.partition(":")[2]

    @property
    def person(self) -> str:
        """What identifies a person: the session's name, whatever its role, or else the user id."""
        return self.session.casefold() or self.user_id
