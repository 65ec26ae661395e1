"""Managed policies that are attached to users, groups and roles, and what takes them off."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from runtime.domain.fix import OptionSpec, Permission
from runtime.domain.plan import Compliant, Refused
from runtime.fixes.calls import Read, Value, Write
from runtime.fixes.iam import MARKER
from runtime.fixes.kinds.declared import Declared, Found, Guard, Look, Named, Steps
from runtime.fixes.kinds.quarantine import DENY_ALL

POLICIES = "policies"

ADMINISTRATOR = "arn:${partition}:iam::aws:policy/AdministratorAccess"
"""AWS's own policy that allows everything.

https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AdministratorAccess.html
"""


def attached_to(kind: str) -> Read:
    """The policies of one ``User``, ``Group`` or ``Role``."""
    return Read(
        call=f"iam:ListAttached{kind}Policies",
        by={f"{kind}Name": "${name}"},
        at="AttachedPolicies",
        keep={POLICIES: "[].PolicyArn"},
        sets=(POLICIES,),
        pages=MARKER,
    )


ROLE_READ = Read(
    call="iam:GetRole",
    by={"RoleName": "${name}"},
    at="Role",
    keep={"path": "Path", "last_used": "RoleLastUsed.LastUsedDate || ''"},
)

_LOCKS_OUT = re.compile(
    r"OrganizationAccountAccessRole|AWSControlTowerExecution|stacksets-exec-.*|cdk-.*|suture-.*", re.IGNORECASE
)
"""Roles with which the organization, deployments and this platform access the account."""

ROLE_GUARDS = (
    Guard(
        holds=lambda look: not look["path"].startswith(("/aws-service-role/", "/aws-reserved/")),
        because="${subject} is managed by AWS, and cannot be changed.",
        first=True,
    ),
    Guard(
        holds=lambda look: _LOCKS_OUT.fullmatch(look.resource.name) is None,
        because="The organization, deployments or this platform use ${subject} to access the account.",
        first=True,
    ),
)


@dataclass(frozen=True, kw_only=True)
class DetachPolicies(Declared):
    """``unwanted`` returns the policies to detach, and ``detach`` detaches one.

    Nothing attaches them again: a principal that can attach any policy can make any principal an administrator.
    """

    reversible: bool = False
    unwanted: Callable[[Look], list[str] | Refused]
    detach: Write

    @property
    def writes(self) -> tuple[Permission, ...]:
        return (self.detach.permission,)

    def offending(self, look: Look) -> Found | Compliant | Refused:
        match self.unwanted(look):
            case Refused() as refused:
                return refused
            case []:
                return Compliant(sentence=look.said("${subject} has no such policy."))
            case unwanted:
                return Found(f"detached: {', '.join(unwanted)}", unwanted)

    def changes(self, look: Look, found: Found) -> tuple[Steps, Steps]:
        left, steps = look[POLICIES], []
        for policy in found.detail:
            left = [one for one in left if one != policy]
            steps.append(self.detach.change(look.texts, {"policy": policy}, {POLICIES: left}))
        return tuple(steps), ()


def detach_from(kind: str) -> Write:
    return Write(call=f"iam:Detach{kind}Policy", by={f"{kind}Name": "${name}", "PolicyArn": Value("policy")})


def policies_left(look: Look) -> list[str]:
    """The policies that remain attached, for ``shows``."""
    return [one for one in look[POLICIES] if one not in look.found.detail]


def _administrator(look: Look) -> str:
    return ADMINISTRATOR.replace("${partition}", look.resource.partition)


_REMAINS = Named(
    option="administrator_role",
    spec=OptionSpec(
        schema={"anyOf": [{"type": "null"}, {"type": "string", "pattern": r"^[\w+=,.@-]{1,64}$"}]},
        default=None,
        description=(
            "The name, without path, of the role that people use to administer the account, such as that of a "
            "permission set. It must have AdministratorAccess. If null, everybody is refused."
        ),
    ),
    reads=(
        Read(
            call="iam:ListAttachedRolePolicies",
            by={"RoleName": "${administrator_role}"},
            on="arn:${partition}:iam::${account_id}:role/*${administrator_role}",
            at="AttachedPolicies",
            keep={"remains": "[].PolicyArn"},
            sets=("remains",),
            absent="NoSuchEntity",
            pages=MARKER,
        ),
    ),
    guards=(
        Guard(
            holds=lambda look: look.option("administrator_role") and _administrator(look) in (look["remains"] or ()),
            because=(
                "There is no role ${administrator_role} with AdministratorAccess: nobody may be left to restore the "
                "access."
            ),
        ),
        Guard(
            holds=lambda look: DENY_ALL.replace("${partition}", look.resource.partition) not in (look["remains"] or ()),
            because="The role ${administrator_role} is denied everything: nobody may be left to restore the access.",
        ),
    ),
)

DetachAdministrator = partial(
    DetachPolicies,
    unwanted=lambda look: [policy for policy in look[POLICIES] if policy == _administrator(look)],
    named=(_REMAINS,),
)
"""Detach only the policy that allows everything, if a role that can restore it remains."""
