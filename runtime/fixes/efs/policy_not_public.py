"""Allow access to an EFS file system only through its mount targets.

What it does
------------
Adds the condition ``elasticfilesystem:AccessedViaMountTarget`` to every statement of the file system policy that allows
everybody. EFS then no longer considers the policy public. No statement is removed: without a policy, a file system
allows every client that can reach it to read, write and act as root.

It refuses a file system without a policy, because any policy would deny clients that mount it without IAM; a policy
with another condition that limits no one, which a person must review; and one that is not valid or not supported.

Why it matters
--------------
Everybody can make the requests that the policy allows. The condition limits them to clients in the file
system's VPC, or in networks that lead there.

What can break
--------------
Nothing that mounts the file system. Clients that use it from elsewhere by the policy alone are denied.

Undo
----
Restores the exact former policy. With EFS Block Public Access, AWS refuses a policy that is public.

References
----------
* Blocking public access: https://docs.aws.amazon.com/efs/latest/ug/access-control-block-public-access.html
* Access with IAM, and the default policy: https://docs.aws.amazon.com/efs/latest/ug/iam-access-control-nfs-efs.html
* PutFileSystemPolicy: https://docs.aws.amazon.com/efs/latest/APIReference/API_PutFileSystemPolicy.html
"""

from __future__ import annotations

from dataclasses import dataclass

from runtime.domain.fix import Disruption
from runtime.domain.plan import Compliant, Refused
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Read, Value, Write
from runtime.fixes.elasticfilesystem import AVAILABLE, BY_FILE_SYSTEM, FILE_SYSTEM
from runtime.fixes.kinds.declared import Guard, Look
from runtime.fixes.kinds.policies import POLICY, EditPolicy
from runtime.fixes.policy_document import Statement, is_nearly_open, is_open

_KEY = "elasticfilesystem:AccessedViaMountTarget"


def _through_a_mount_target(statement: Statement) -> bool:
    found = statement.get("Condition", {}).get("Bool", {})
    return any(key.lower() == _KEY.lower() and value in ("true", ["true"]) for key, value in found.items())


def _bound(statement: Statement) -> Statement:
    condition = statement.get("Condition", {})
    return {**statement, "Condition": {**condition, "Bool": {**condition.get("Bool", {}), _KEY: "true"}}}


def _sids(statements: list[Statement]) -> str:
    return ", ".join(one.get("Sid") or "one without a Sid" for one in statements)


@dataclass(frozen=True, kw_only=True)
class _BindToMountTargets(EditPolicy):
    def edited(self, statements: list[Statement], look: Look) -> tuple[list[Statement], str] | Compliant | Refused:
        others = [one for one in statements if not _through_a_mount_target(one)]
        if unclear := [one for one in others if is_nearly_open(one)]:
            sentence = f"The policy of ${{subject}}: {_sids(unclear)} allows nearly everybody; a person must review it."
            return Refused(sentence=look.said(sentence))
        public = [one for one in others if is_open(one)]
        if not public:
            return Compliant(
                sentence=look.said("The policy of ${subject} allows access only through its mount targets.")
            )
        bound = [_bound(one) if one in public else one for one in statements]
        return bound, f"only through mount targets: {_sids(public)}"


FIX = _BindToMountTargets(
    of=FILE_SYSTEM,
    id="efs-policy-not-public",
    title="Allow access to an EFS file system only through its mount targets",
    disruption=Disruption.DATA_PATH,
    hazard="Clients that use the file system by the policy alone, not through a mount target, are denied.",
    undo_hazard="Re-opens it: its policy allows everybody again.",
    reads=(
        Read(
            call="efs:DescribeFileSystemPolicy",
            action="elasticfilesystem:DescribeFileSystemPolicy",
            by=BY_FILE_SYSTEM,
            keep={POLICY: "Policy"},
            absent="PolicyNotFound",
        ),
    ),
    guards=(
        Guard(
            holds=lambda look: look[POLICY] is not None,
            because="${subject} has no policy, and a policy would deny clients that mount it without IAM.",
            first=True,
        ),
        AVAILABLE,
    ),
    put=Write(
        call="efs:PutFileSystemPolicy",
        action="elasticfilesystem:PutFileSystemPolicy",
        by={**BY_FILE_SYSTEM, "Policy": Value(POLICY)},
    ),
    delete=None,
    # https://docs.aws.amazon.com/efs/latest/APIReference/API_PutFileSystemPolicy.html
    limit_bytes=20_000,
    template={
        TemplateTool.CLOUDFORMATION: "add the condition to every Allow to everybody in FileSystemPolicy of "
        "AWS::EFS::FileSystem",
        TemplateTool.CDK: "set allowAnonymousAccess of FileSystem to false, or add the condition in fileSystemPolicy",
        TemplateTool.TERRAFORM: "add the condition to every Allow to everybody in policy of aws_efs_file_system_policy",
    },
)
