"""Deny an IAM role every action.

What it does
------------
Attaches AWS's own policy ``AWSDenyAll`` to the role. Its trust policy and other policies do not change. A deny
overrides every permission, and also applies to open sessions.

It refuses roles that AWS manages (service-linked roles and those of IAM Identity Center), those with which
organizations and deployments access the account, this platform's own, and a role that has as many policies as IAM
allows by default.

Why it matters
--------------
Stolen credentials of an instance's or a function's role become useless at once, and the role can still be examined.

What can break
--------------
Every workload that uses the role, within seconds. Other roles that it assumed before keep working until their sessions
end. It costs nothing.

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

from runtime.domain.fix import Disruption
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Write
from runtime.fixes.iam import ROLE
from runtime.fixes.iam._attached import ROLE_GUARDS, ROLE_READ, attached_to
from runtime.fixes.kinds.quarantine import DENY_ALL, Quarantine

_BY = {"RoleName": "${name}", "PolicyArn": DENY_ALL}

FIX = Quarantine(
    of=ROLE,
    id="iam-role-quarantine",
    title="Deny an IAM role every action",
    disruption=Disruption.DATA_PATH,
    hazard="Every workload with the role is denied every action.",
    undo_hazard="Gives a suspicious role its permissions back.",
    reads=(ROLE_READ, attached_to("Role")),
    informs=("last_used",),
    guards=ROLE_GUARDS,
    attach=Write(call="iam:AttachRolePolicy", by=_BY),
    detach=Write(call="iam:DetachRolePolicy", by=_BY),
    shows={"policies": lambda look: look["policies"], "last_used": lambda look: look["last_used"]},
    template={
        TemplateTool.CLOUDFORMATION: "add AWSDenyAll to ManagedPolicyArns of AWS::IAM::Role",
        TemplateTool.CDK: "add AWSDenyAll to managedPolicies of Role",
        TemplateTool.TERRAFORM: "add an aws_iam_role_policy_attachment of AWSDenyAll",
    },
)
