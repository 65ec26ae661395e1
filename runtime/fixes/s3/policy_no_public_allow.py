"""Remove statements that allow everybody from the policy of an S3 bucket.

What it does
------------
Removes each statement that allows everybody something without a condition that limits who can do it. If a statement
names other principals besides everybody, those are kept. Denials and all other statements do not change. The policy is
deleted only if it contained nothing else.

It refuses:

* a bucket that is configured as a website;
* a policy that allows everybody but a few (``NotPrincipal``), or with a condition that AWS does not regard as a limit,
  such as ``aws:Referer`` or an address range with wildcards: it has a purpose, which a person must review;
* a policy that names a principal that no longer exists, because S3 would not accept it again.

Turning on Block Public Access has the same effect, also on later statements, and its undo does not need the policy.

Why it matters
--------------
Everybody on the internet can do what such a statement allows: list the bucket, read its objects, or replace them.

What can break
--------------
Principals that use the bucket without being named are denied: anonymous readers, other accounts, a content delivery
network that does not sign its requests.

Undo
----
Restores the policy exactly as it was. While Block Public Access refuses public policies, for the bucket or for its
account, S3 would not accept it: then there is no undo.

References
----------
* Security Hub controls S3.2 and S3.3:
  https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html#s3-2
* What S3 takes for public:
  https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
* PutBucketPolicy: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html
"""

from __future__ import annotations

from runtime.domain.fix import Disruption
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Read, Value, Write
from runtime.fixes.kinds.declared import Guard
from runtime.fixes.kinds.policies import POLICY, CloseToEverybody
from runtime.fixes.s3 import BLOCKS, BUCKET, BY_BUCKET, NOT_A_WEBSITE, WEBSITE, blocks

FIX = CloseToEverybody(
    of=BUCKET,
    id="s3-policy-no-public-allow",
    title="Remove statements that allow everybody from the policy of an S3 bucket",
    disruption=Disruption.DATA_PATH,
    hazard="Principals that the policy does not name are denied.",
    reads=(
        Read(call="s3:GetBucketPolicy", by=BY_BUCKET, keep={POLICY: "Policy"}, absent="NoSuchBucketPolicy"),
        *BLOCKS,
        WEBSITE,
    ),
    guards=(NOT_A_WEBSITE,),
    put=Write(call="s3:PutBucketPolicy", by={**BY_BUCKET, "Policy": Value(POLICY)}),
    delete=Write(call="s3:DeleteBucketPolicy", by=BY_BUCKET),
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-bucket-policies.html
    limit_bytes=20 * 1024,
    takes_back=(
        Guard(
            holds=lambda look: not blocks("BlockPublicPolicy", look),
            because="It cannot be undone: Block Public Access would refuse to store the policy again.",
        ),
    ),
    template={
        TemplateTool.CLOUDFORMATION: "remove every Allow to everybody from PolicyDocument of AWS::S3::BucketPolicy",
        TemplateTool.CDK: "remove every addToResourcePolicy with AnyPrincipal from Bucket, and publicReadAccess",
        TemplateTool.TERRAFORM: "remove every Allow to everybody from policy of aws_s3_bucket_policy",
    },
)
