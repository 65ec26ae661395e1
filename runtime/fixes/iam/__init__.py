"""AWS Identity and Access Management."""

from __future__ import annotations

from runtime.fixes.account import ACCOUNT
from runtime.fixes.calls import Pages, Read
from runtime.fixes.resource_type import ResourceType

MARKER = Pages(more="Marker", sent_as="Marker", cut="IsTruncated")

USER = ResourceType(
    name="AWS::IAM::User",
    noun="user",
    arn="arn:${partition}:iam::${account_id}:user/${name}",
    # A path may hold *, ? and $, which IAM reads as wildcards and variables: no policy could name this one user only.
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_resource.html
    id=r"(?:[^*?$]{0,511}/)?(?P<name>[\w+=,.@-]{1,64})",
    longest="p" * 510 + "/" + "u" * 64,
    called="path and name, without *, ? and $",
    gone=("NoSuchEntity",),
    describe=Read(call="iam:GetUser", by={"UserName": "${name}"}, at="User"),
    identity="UserId",
    tags=Read(call="iam:GetUser", by={"UserName": "${name}"}, at="User.Tags || `[]`"),
)

GROUP = ResourceType(
    name="AWS::IAM::Group",
    noun="group",
    arn="arn:${partition}:iam::${account_id}:group/${name}",
    id=r"(?:[^*?$]{0,511}/)?(?P<name>[\w+=,.@-]{1,128})",
    longest="p" * 510 + "/" + "g" * 128,
    called="path and name, without *, ? and $",
    gone=("NoSuchEntity",),
    describe=Read(call="iam:GetGroup", by={"GroupName": "${name}"}, at="Group"),
    identity="GroupId",
    # Groups cannot have tags.
)

ROLE = ResourceType(
    name="AWS::IAM::Role",
    noun="role",
    arn="arn:${partition}:iam::${account_id}:role/${name}",
    id=r"(?:[^*?$]{0,511}/)?(?P<name>[\w+=,.@-]{1,64})",
    longest="p" * 510 + "/" + "r" * 64,
    called="path and name, without *, ? and $",
    gone=("NoSuchEntity",),
    describe=Read(call="iam:GetRole", by={"RoleName": "${name}"}, at="Role"),
    identity="RoleId",
    tags=Read(call="iam:GetRole", by={"RoleName": "${name}"}, at="Role.Tags || `[]`"),
)

TYPES = (USER, GROUP, ROLE, ACCOUNT)
