"""The people whose commands a deployment accepts. Checked by the command line before it sends, and by the platform."""

from __future__ import annotations

import re
from dataclasses import dataclass

from runtime.domain.command import FOR_APPROVERS, AnnounceStop, Order
from runtime.domain.principal import Principal


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """Operators and approvers: the roles, and a regular expression for session names.

    A session's name identifies a person, so the person must not be able to choose it.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#ck_rolesessionname
    """

    session_names: str
    operator_role_arns: tuple[str, ...]
    approver_role_arns: tuple[str, ...]

    def sender(self, user_id: str, *, approver: bool) -> Principal | None:
        """Who has this user id, as SQS gives it: only the roles that are listed may send. ``None`` if they are several.

        So its ARN follows from its session's name.
        """
        roles = self.approver_role_arns if approver else self.operator_role_arns
        session = user_id.partition(":")[2]
        return Principal(arn=_session_arn(roles[0], session), user_id=user_id) if len(roles) == 1 and session else None

    def problem_with(self, order: Order) -> str:
        """Why this command is not accepted from this sender; empty if it is.

        A stop is in effect before its announcement, which is therefore accepted from a session with any name.
        """
        roles = self.approver_role_arns if isinstance(order.command, FOR_APPROVERS) else self.operator_role_arns
        session = order.principal.session
        if order.principal.arn not in [_session_arn(role, session) for role in roles]:
            listed = " or ".join(roles) or "no role, since the deployment lists none"
            return f"{order.principal.arn} is not a session named {session!r} of {listed}"
        if isinstance(order.command, AnnounceStop) or re.fullmatch(self.session_names, session, re.IGNORECASE):
            return ""
        return (
            f"the session name {session!r} does not identify a person. The deployment accepts names of the form "
            f"{self.session_names}: sign in through IAM Identity Center, or set role_session_name in the profile"
        )


def _session_arn(role_arn: str, session: str) -> str:
    """A role's path is not in it. https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html"""
    _, partition, _, _, account_id, role = role_arn.split(":")
    return f"arn:{partition}:sts::{account_id}:assumed-role/{role.rpartition('/')[2]}/{session}"
