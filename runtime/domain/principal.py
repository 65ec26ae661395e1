"""Who an operator is, as AWS says it."""

from __future__ import annotations

from dataclasses import dataclass


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
    def session(self) -> str:
        """The name of their session; empty for who has none."""
        return self.user_id.partition(":")[2]

    @property
    def person(self) -> str:
        """What tells people apart: the name of their session, whichever role it is of, or else their own id."""
        return self.session.casefold() or self.user_id
