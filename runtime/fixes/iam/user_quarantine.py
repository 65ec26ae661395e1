"""Deny an IAM user every action.

What it does
------------
Attaches AWS's own policy ``AWSDenyAll`` to the user. Its keys, password, groups and other policies do not change. A
deny overrides every permission, including those of resource policies.

It refuses a user that has as many policies as IAM allows by default.

Why it matters
--------------
Leaked keys, or a user without an owner for years, can do no more harm at once, and the user can still be examined.

What can break
--------------
All requests that are signed as the user fail within seconds. Roles that it assumed before keep working until their
sessions end, and what it started continues to run. It costs nothing.

Undo
----
Detaches the policy again.

References
----------
* AWSDenyAll: https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSDenyAll.html
* Policy evaluation: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
* AttachUserPolicy: https://docs.aws.amazon.com/IAM/latest/APIReference/API_AttachUserPolicy.html
"""

from __future__ import annotations

from runtime.domain.fix import Disruption
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Read, Write
from runtime.fixes.iam import MARKER, USER
from runtime.fixes.iam._attached import attached_to
from runtime.fixes.kinds.quarantine import DENY_ALL, Quarantine

_BY = {"UserName": "${name}", "PolicyArn": DENY_ALL}

FIX = Quarantine(
    of=USER,
    id="iam-user-quarantine",
    title="Deny an IAM user every action",
    disruption=Disruption.DATA_PATH,
    hazard="Every request of the user is denied.",
    undo_hazard="Gives a suspicious user its permissions back.",
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
    attach=Write(call="iam:AttachUserPolicy", by=_BY),
    detach=Write(call="iam:DetachUserPolicy", by=_BY),
    shows={
        "policies": lambda look: look["policies"],
        "active_access_keys": lambda look: look["active_access_keys"],
    },
    template={
        TemplateTool.CLOUDFORMATION: "add AWSDenyAll to ManagedPolicyArns of AWS::IAM::User",
        TemplateTool.CDK: "add AWSDenyAll to managedPolicies of User",
        TemplateTool.TERRAFORM: "add an aws_iam_user_policy_attachment of AWSDenyAll",
    },
)
