"""Detach AdministratorAccess from an IAM group.

What it does
------------
Detaches AWS's own policy ``AdministratorAccess`` from the group. Its other policies, and the permissions they grant, do
not change. The account's own policies that allow everything are not checked.

The catalog entry names a role with which people continue to administer the account. The fix refuses while there is no
such role with ``AdministratorAccess``.

Why it matters
--------------
Every member of the group is an administrator, and so is every user who is added to it later.

What can break
--------------
Everything that a member does only by this policy is denied within seconds. It costs nothing.

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
* DetachGroupPolicy: https://docs.aws.amazon.com/IAM/latest/APIReference/API_DetachGroupPolicy.html
"""

from __future__ import annotations

from runtime.domain.fix import Disruption
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Read
from runtime.fixes.iam import GROUP, MARKER
from runtime.fixes.iam._attached import DetachAdministrator, attached_to, detach_from, policies_left

FIX = DetachAdministrator(
    of=GROUP,
    id="iam-group-administrator-detach",
    title="Detach AdministratorAccess from an IAM group",
    disruption=Disruption.DATA_PATH,
    hazard="Members of the group lose all permissions that only this policy grants.",
    reads=(
        attached_to("Group"),
        Read(
            call="iam:GetGroup",
            by={"GroupName": "${name}"},
            at="Users",
            keep={"members": "length(@)"},
            pages=MARKER,
        ),
    ),
    informs=("members",),
    detach=detach_from("Group"),
    shows={
        "policies_left": policies_left,
        "members": lambda look: look["members"],
    },
    template={
        TemplateTool.CLOUDFORMATION: "remove AdministratorAccess from ManagedPolicyArns of AWS::IAM::Group",
        TemplateTool.CDK: "remove AdministratorAccess from managedPolicies of Group",
        TemplateTool.TERRAFORM: "remove the aws_iam_group_policy_attachment of AdministratorAccess",
    },
)
