"""Deny an identity all permissions, and change nothing else of it."""

from __future__ import annotations

from dataclasses import dataclass

from runtime.domain.fix import Permission
from runtime.domain.plan import Compliant, Refused
from runtime.fixes.calls import Write
from runtime.fixes.kinds.declared import Declared, Found, Look, Steps

DENY_ALL = "arn:${partition}:iam::aws:policy/AWSDenyAll"
"""AWS's own policy that denies everything: a principal that may attach only it can only remove permissions.

https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSDenyAll.html
"""

_MOST_ATTACHED = 10
"""The default quota of policies attached to an identity.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""


@dataclass(frozen=True, kw_only=True)
class Quarantine(Declared):
    """``policies`` is the part of the state that lists the ARNs of the attached policies.

    ``attach`` and ``detach`` are given the policy that denies everything.
    """

    policies: str = "policies"
    attach: Write
    detach: Write

    @property
    def writes(self) -> tuple[Permission, ...]:
        return self.attach.permission, self.detach.permission

    def offending(self, look: Look) -> Found | Compliant | Refused:
        if _deny_all(look) in look[self.policies]:
            return Compliant(sentence=look.said("${subject} is already denied every action."))
        if len(look[self.policies]) >= _MOST_ATTACHED:
            return Refused(
                sentence=look.said(
                    f"${{subject}} has {len(look[self.policies])} policies, and IAM may not accept more."
                )
            )
        return Found("denied everything")

    def changes(self, look: Look, found: Found) -> tuple[Steps, Steps]:  # noqa: ARG002  the contract's
        texts = look.texts
        leaves = {self.policies: sorted([*look[self.policies], _deny_all(look)])}
        return (self.attach.change(texts, {}, leaves),), (self.detach.change(texts, {}),)


def _deny_all(look: Look) -> str:
    return DENY_ALL.replace("${partition}", look.resource.partition)
