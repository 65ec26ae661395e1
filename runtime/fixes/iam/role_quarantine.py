"""Deny an IAM role everything.

What it does
------------
Attaches AWS's own policy ``AWSDenyAll`` to the role. Its trust and other policies stay as they are. A denial wins over
every permission, and holds for sessions that are open too.

It refuses roles that AWS keeps (service-linked roles and those of IAM Identity Center), those by which organizations
and deployments reach into the account, this platform's own, and a role that has as many policies as IAM takes by
default.

Why it matters
--------------
A role whose credentials were taken from an instance or a function does no more harm at once, and can still be examined.

What can break
--------------
Every workload that has the role, within seconds. Other roles that it assumed before go on until their sessions end. It
costs nothing.

Undo
----
Detaches the policy again.

References
----------
* AWSDenyAll: https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSDenyAll.html
* Revoking the rights of a role:
  https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_use_revoke-sessions.html
* AttachRolePolicy: https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachRolePolicy.html
"""

from __future__ import annotations

import re

from runtime.domain.fix import Disruption
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Read, Write
from runtime.fixes.iam import MARKER, ROLE
from runtime.fixes.kinds.declared import Guard
from runtime.fixes.kinds.quarantine import DENY_ALL, Quarantine

_BY = {"RoleName": "${name}", "PolicyArn": DENY_ALL}

_LOCKS_OUT = re.compile(
    r"OrganizationAccountAccessRole|AWSControlTowerExecution|stacksets-exec-.*|cdk-.*|suture-.*", re.IGNORECASE
)
"""Roles by which the organization, deployments and this platform reach into the account."""

FIX = Quarantine(
    of=ROLE,
    id="iam-role-quarantine",
    title="Deny an IAM role everything",
    disruption=Disruption.DATA_PATH,
    hazard="Every workload that has the role is denied everything.",
    reads=(
        Read(
            call="iam:GetRole",
            by={"RoleName": "${name}"},
            at="Role",
            keep={"path": "Path", "last_used": "RoleLastUsed.LastUsedDate || ''"},
        ),
        Read(
            call="iam:ListAttachedRolePolicies",
            by={"RoleName": "${name}"},
            at="AttachedPolicies",
            keep={"policies": "[].PolicyArn"},
            sets=("policies",),
            pages=MARKER,
        ),
    ),
    informs=("last_used",),
    guards=(
        Guard(
            holds=lambda look: not look["path"].startswith(("/aws-service-role/", "/aws-reserved/")),
            because="${subject} is kept by AWS, and cannot be changed.",
            first=True,
        ),
        Guard(
            holds=lambda look: _LOCKS_OUT.fullmatch(look.resource.name) is None,
            because="By ${subject} the organization, deployments or this platform reach into the account.",
            first=True,
        ),
    ),
    attach=Write(call="iam:AttachRolePolicy", by=_BY),
    detach=Write(call="iam:DetachRolePolicy", by=_BY),
    shows={"policies": lambda look: look["policies"], "last_used": lambda look: look["last_used"]},
    template={
        TemplateTool.CLOUDFORMATION: "add AWSDenyAll to ManagedPolicyArns of AWS::IAM::Role",
        TemplateTool.CDK: "add AWSDenyAll to managedPolicies of Role",
        TemplateTool.TERRAFORM: "add an aws_iam_role_policy_attachment of AWSDenyAll",
    },
)
