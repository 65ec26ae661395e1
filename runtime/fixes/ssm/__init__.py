"""AWS Systems Manager."""

from __future__ import annotations

from runtime.fixes.calls import Read
from runtime.fixes.resource_type import ResourceType

DOCUMENT = ResourceType(
    name="AWS::SSM::Document",
    noun="document",
    arn="arn:${partition}:ssm:${region}:${account_id}:document/${name}",
    id="[a-zA-Z0-9_.-]{3,128}",
    longest="d" * 128,
    gone=("InvalidDocument",),
    describe=Read(call="ssm:DescribeDocument", by={"Name": "${name}"}, at="Document"),
    identity="CreatedDate",
    tags=Read(call="ssm:DescribeDocument", by={"Name": "${name}"}, at="Document.Tags || `[]`"),
)

PUBLIC_SHARING = (
    "arn:${partition}:ssm:${region}:${account_id}:servicesetting/ssm/documents/console/public-sharing-permission"
)
"""The setting of an account in a region that allows public sharing of documents."""

TYPES = (DOCUMENT,)
