"""Detach AdministratorAccess from an IAM role.

What it does
------------
Detaches AWS's own policy ``AdministratorAccess`` from the role. Its other policies, and the permissions they grant, do
not change. The account's own policies that allow everything are not checked.

The catalog entry names a role with which people continue to administer the account. The fix refuses while there is no
such role with ``AdministratorAccess``. It also refuses that role itself, roles that AWS manages (service-linked roles
and those of IAM Identity Center), those with which organizations and deployments access the account, and this
platform's own.

Why it matters
--------------
An attacker who obtains the credentials of a workload with such a role, by one flaw in it, controls the account.

What can break
--------------
Everything that the role's workloads do only by this policy is denied within seconds. It costs nothing.

Undo
----
Suture has none: a role that could attach this policy could make any principal an administrator. A principal with the
permission can attach it again; the audit record names it.

References
----------
* AdministratorAccess: https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AdministratorAccess.html
* Least privilege: https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html#grant-least-privilege
* What a service was last used for:
  https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_last-accessed.html
* DetachRolePolicy: https://docs.aws.amazon.com/IAM/latest/APIReference/API_DetachRolePolicy.html
"""

from __future__ import annotations

from runtime.domain.fix import Disruption
from runtime.domain.template import TemplateTool
from runtime.fixes.iam import ROLE
from runtime.fixes.iam._attached import (
    ROLE_GUARDS,
    ROLE_READ,
    DetachAdministrator,
    attached_to,
    detach_from,
    policies_left,
)
from runtime.fixes.kinds.declared import Guard

FIX = DetachAdministrator(
    of=ROLE,
    id="iam-role-administrator-detach",
    title="Detach AdministratorAccess from an IAM role",
    disruption=Disruption.DATA_PATH,
    hazard="The role's workloads lose all permissions that only this policy grants.",
    reads=(ROLE_READ, attached_to("Role")),
    informs=("last_used",),
    guards=(
        *ROLE_GUARDS,
        Guard(
            holds=lambda look: look.resource.name != look.option("administrator_role"),
            because="People use ${subject} to administer the account.",
        ),
    ),
    detach=detach_from("Role"),
    shows={
        "policies_left": policies_left,
        "last_used": lambda look: look["last_used"],
    },
    template={
        TemplateTool.CLOUDFORMATION: "remove AdministratorAccess from ManagedPolicyArns of AWS::IAM::Role",
        TemplateTool.CDK: "remove AdministratorAccess from managedPolicies of Role",
        TemplateTool.TERRAFORM: "remove the aws_iam_role_policy_attachment of AdministratorAccess",
    },
)
