"""Turn on S3 Block Public Access for an account.

What it does
------------
Turns on those of the four account-wide settings that are off: ``BlockPublicAcls``, ``IgnorePublicAcls``,
``BlockPublicPolicy`` and ``RestrictPublicBuckets``. They apply to every bucket and access point of the account, in
every region, including those that are created later.

If an organization's policy governs these settings, S3 refuses the change.

Why it matters
--------------
One bucket that is made public by mistake is enough. With these settings, none can be.

What can break
--------------
Buckets of the account that serve anonymous readers, such as websites, stop serving them. Buckets that allow access to
other accounts by a policy that is public in another statement stop serving those.

Undo
----
Restores the previous values of the four settings. If the account had none, they are deleted again. It takes minutes
until the change is effective in all regions.

References
----------
* Security Hub control S3.1: https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html#s3-1
* The four settings: https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
* PutPublicAccessBlock:
  https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_PutPublicAccessBlock.html
"""

from __future__ import annotations

from runtime.domain.fix import Disruption
from runtime.domain.template import TemplateTool
from runtime.fixes.account import ACCOUNT
from runtime.fixes.calls import Read, Value, Write
from runtime.fixes.kinds.attributes import SetAttributes
from runtime.fixes.s3 import SETTINGS

_BY_ACCOUNT = {"AccountId": "${account_id}"}
_PUT = "s3:PutAccountPublicAccessBlock"

FIX = SetAttributes(
    of=ACCOUNT,
    id="s3-account-block-public-access",
    title="Turn on S3 Block Public Access for an account",
    disruption=Disruption.DATA_PATH,
    hazard="Anonymous readers, and readers through a public policy, are denied in every bucket of the account.",
    undo_hazard="Re-opens the account: policies and ACLs that make a bucket public take effect again.",
    reads=(
        Read(
            call="s3control:GetPublicAccessBlock",
            action="s3:GetAccountPublicAccessBlock",
            on="*",
            by=_BY_ACCOUNT,
            keep={"configuration": "PublicAccessBlockConfiguration"},
            absent="NoSuchPublicAccessBlockConfiguration",
        ),
    ),
    wanted={f"configuration.{name}": True for name in SETTINGS},
    write=Write(
        call="s3control:PutPublicAccessBlock",
        action=_PUT,
        on="*",
        by={**_BY_ACCOUNT, "PublicAccessBlockConfiguration": Value("configuration")},
    ),
    # Deletion has no IAM action of its own:
    # https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_DeletePublicAccessBlock.html
    unset=Write(call="s3control:DeletePublicAccessBlock", action=_PUT, on="*", by=_BY_ACCOUNT),
    template={
        TemplateTool.CLOUDFORMATION: "set the four settings to true in the custom resource that sets them; "
        "CloudFormation itself has no type for an account's",
        TemplateTool.CDK: "set the four settings to true in the AwsCustomResource that sets them; the CDK itself has "
        "no construct for an account's",
        TemplateTool.TERRAFORM: "set block_public_acls, block_public_policy, ignore_public_acls and "
        "restrict_public_buckets of aws_s3_account_public_access_block to true",
    },
)
