"""Detach AdministratorAccess from an IAM user.

What it does
------------
Detaches AWS's own policy ``AdministratorAccess`` from the user. Its other policies and its groups, and the permissions
they grant, do not change. The account's own policies that allow everything are not checked.

The catalog entry names a role with which people continue to administer the account. The fix refuses while there is no
such role with ``AdministratorAccess``.

Why it matters
--------------
A user's keys and password work from anywhere until they are deactivated: an attacker with those of an administrator
controls the account.

What can break
--------------
Everything that the user does only by this policy is denied within seconds. It costs nothing.

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
* DetachUserPolicy: https://docs.aws.amazon.com/IAM/latest/APIReference/API_DetachUserPolicy.html
"""

from __future__ import annotations

from runtime.domain.fix import Disruption
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Read
from runtime.fixes.iam import MARKER, USER
from runtime.fixes.iam._attached import DetachAdministrator, attached_to, detach_from, policies_left

FIX = DetachAdministrator(
    of=USER,
    id="iam-user-administrator-detach",
    title="Detach AdministratorAccess from an IAM user",
    disruption=Disruption.DATA_PATH,
    hazard="The user loses all permissions that only this policy grants.",
    reads=(
        attached_to("User"),
        Read(
            call="iam:ListAccessKeys",
            by={"UserName": "${name}"},
            at="AccessKeyMetadata",
            keep={"active_access_keys": "length([?Status=='Active'])"},
            pages=MARKER,
        ),
    ),
    informs=("active_access_keys",),
    detach=detach_from("User"),
    shows={
        "policies_left": policies_left,
        "active_access_keys": lambda look: look["active_access_keys"],
    },
    template={
        TemplateTool.CLOUDFORMATION: "remove AdministratorAccess from ManagedPolicyArns of AWS::IAM::User",
        TemplateTool.CDK: "remove AdministratorAccess from managedPolicies of User",
        TemplateTool.TERRAFORM: "remove the aws_iam_user_policy_attachment of AdministratorAccess",
    },
)
