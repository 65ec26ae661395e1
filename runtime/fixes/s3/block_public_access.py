"""Turn on Block Public Access for an S3 bucket.

What it does
------------
Turns on those of the bucket's four Block Public Access settings that are off: ``BlockPublicAcls``,
``IgnorePublicAcls``, ``BlockPublicPolicy`` and ``RestrictPublicBuckets``. Bucket policy, ACLs and objects do not
change; what they grant to the public no longer has an effect.

It refuses a bucket that is configured as a website, because such a bucket is usually public on purpose.

Why it matters
--------------
One statement in a bucket policy, or one ACL of one object, is enough to make a bucket's content public. With the four
settings on, no such statement or ACL has an effect, regardless of who adds it.

What can break
--------------
Readers without AWS credentials, and accounts that have access through a public policy, are denied at once. If the
bucket policy is public now, the plan states this in ``public_policies``, so that the catalog can require approval.
Objects that are public through an ACL are not counted. Later uploads with a public ACL fail.

Undo
----
Restores the previous values of the four settings. If the bucket had no Block Public Access configuration, the
configuration is deleted again.

References
----------
* Security Hub controls S3.2, S3.3 and S3.8:
  https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html#s3-8
* The four settings, and what "public" means:
  https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
* PutPublicAccessBlock: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutPublicAccessBlock.html
"""

from __future__ import annotations

from runtime.domain.fix import Disruption, Stage
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Read, Value, Write
from runtime.fixes.kinds.attributes import SetAttributes
from runtime.fixes.s3 import BUCKET, BY_BUCKET, NOT_A_WEBSITE, POLICY_STATUS, SETTINGS, WEBSITE

FIX = SetAttributes(
    of=BUCKET,
    id="s3-block-public-access",
    title="Turn on Block Public Access for an S3 bucket",
    stage=Stage.STABLE,
    disruption=Disruption.DATA_PATH,
    hazard="Readers without AWS credentials, or through a public policy, are denied.",
    undo_hazard="Re-opens the bucket: policies and ACLs that make it public take effect again.",
    reads=(
        Read(
            call="s3:GetPublicAccessBlock",
            action="s3:GetBucketPublicAccessBlock",
            by=BY_BUCKET,
            keep={"configuration": "PublicAccessBlockConfiguration"},
            absent="NoSuchPublicAccessBlockConfiguration",
        ),
        POLICY_STATUS,
        WEBSITE,
    ),
    wanted={f"configuration.{name}": True for name in SETTINGS},
    guards=(NOT_A_WEBSITE,),
    write=Write(
        call="s3:PutPublicAccessBlock",
        action="s3:PutBucketPublicAccessBlock",
        by={**BY_BUCKET, "PublicAccessBlockConfiguration": Value("configuration")},
    ),
    # Deletion has no IAM action of its own:
    # https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeletePublicAccessBlock.html
    unset=Write(call="s3:DeletePublicAccessBlock", action="s3:PutBucketPublicAccessBlock", by=BY_BUCKET),
    shows={"public_policies": lambda look: int(look["policy_is_public"] is True)},
    template={
        TemplateTool.CLOUDFORMATION: "set BlockPublicAcls, BlockPublicPolicy, IgnorePublicAcls and "
        "RestrictPublicBuckets in PublicAccessBlockConfiguration of AWS::S3::Bucket to true",
        TemplateTool.CDK: "set blockPublicAccess of Bucket to BlockPublicAccess.BLOCK_ALL",
        TemplateTool.TERRAFORM: "set block_public_acls, block_public_policy, ignore_public_acls and "
        "restrict_public_buckets of aws_s3_bucket_public_access_block to true",
    },
)
