"""Detach managed policies from an IAM user that its groups have too.

What it does
------------
Detaches each managed policy that is attached both to the user itself and to one of its groups. The user's permissions
do not change.

It refuses, and detaches nothing, if a policy is attached to the user alone: first add the user to a group that has it.
Inline policies of the user are not checked.

Why it matters
--------------
Permissions that groups grant are visible, and can be revoked, in one place. A policy that is also attached to the user
unexpectedly remains when the user leaves the group.

What can break
--------------
Nothing, while the user remains in its groups. It costs nothing.

Undo
----
Suture has none: a role that could attach any policy could make any principal an administrator. A principal with the
permission can attach the policies again; the audit record names them.

References
----------
* Security Hub control IAM.2: https://docs.aws.amazon.com/securityhub/latest/userguide/iam-controls.html#iam-2
* Groups of users: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_groups.html
* DetachUserPolicy: https://docs.aws.amazon.com/IAM/latest/APIReference/API_DetachUserPolicy.html
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from runtime.domain.fix import Disruption, Options, Permission
from runtime.domain.plan import Refused, State
from runtime.domain.resource import Resource
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Read
from runtime.fixes.contract import Reader
from runtime.fixes.iam import MARKER, USER
from runtime.fixes.iam._attached import POLICIES, DetachPolicies, attached_to, detach_from
from runtime.fixes.kinds.declared import Look

_GROUPS, _INHERITED = "groups", "inherited"
_OF_GROUP = attached_to("Group")


@dataclass(frozen=True, kw_only=True)
class DetachInherited(DetachPolicies):
    """The policies of a user's groups are read group by group."""

    def observe(self, aws: Reader, resource: Resource, options: Options, only: Collection[str] = ()) -> State:
        state = super().observe(aws, resource, options, {_GROUPS if name == _INHERITED else name for name in only})
        if _GROUPS not in state:
            return state
        found = [_OF_GROUP.state(aws, {"name": group}) for group in state[_GROUPS]]
        if not all(POLICIES in one for one in found):
            return state
        return {**state, _INHERITED: sorted({policy for one in found for policy in one[POLICIES]})}


def _inherited(look: Look) -> list[str] | Refused:
    if own := sorted({*look[POLICIES]} - {*look[_INHERITED]}):
        return Refused(sentence=look.said(f"${{subject}} has {', '.join(own)} not through a group."))
    return list(look[POLICIES])


FIX = DetachInherited(
    of=USER,
    id="iam-user-inherited-policies-detach",
    title="Detach managed policies from an IAM user that its groups have too",
    disruption=Disruption.NONE,
    hazard="The user loses the policies when it leaves the groups that have them.",
    reads=(
        attached_to("User"),
        Read(
            call="iam:ListGroupsForUser",
            by={"UserName": "${name}"},
            at="Groups",
            keep={_GROUPS: "[].GroupName"},
            sets=(_GROUPS,),
            pages=MARKER,
        ),
    ),
    extra_reads=(
        Permission(
            action=_OF_GROUP.call, operation=_OF_GROUP.call, resource="arn:${partition}:iam::${account_id}:group/*"
        ),
    ),
    unwanted=_inherited,
    detach=detach_from("User"),
    shows={"policies": lambda look: look.found.detail, "groups": lambda look: look[_GROUPS]},
    template={
        TemplateTool.CLOUDFORMATION: "remove the policies from ManagedPolicyArns of AWS::IAM::User",
        TemplateTool.CDK: "remove the policies from managedPolicies of User",
        TemplateTool.TERRAFORM: "remove the aws_iam_user_policy_attachment of each policy",
    },
)
