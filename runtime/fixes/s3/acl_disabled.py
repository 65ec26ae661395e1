"""Disable the access control lists of an S3 bucket.

What it does
------------
Sets the bucket's object ownership to ``BucketOwnerEnforced``: the access control lists of the bucket and of all its
objects no longer have an effect, and the bucket's owner owns every object. Only policies then determine access.

It refuses a bucket whose own list allows access to others than the owner: S3 would not accept the change, and logs
that are delivered through such a grant would stop.

Why it matters
--------------
With lists, every object can be shared by the principal that uploads it, and no single place shows this.

What can break
--------------
Principals with access to an object only through its list are denied. Uploads that set a list other than
``bucket-owner-full-control`` fail.

Undo
----
Restores the previous object ownership, or removes the setting if there was none. The lists of objects were kept, and
have effect again.

References
----------
* Security Hub control S3.12: https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html#s3-12
* Object ownership: https://docs.aws.amazon.com/AmazonS3/latest/userguide/about-object-ownership.html
* PutBucketOwnershipControls:
  https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketOwnershipControls.html
"""

from __future__ import annotations

from runtime.domain.fix import Disruption
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Read, Value, Write
from runtime.fixes.kinds.attributes import SetAttributes
from runtime.fixes.kinds.declared import Guard
from runtime.fixes.s3 import ACL, BUCKET, BY_BUCKET, only_owner

FIX = SetAttributes(
    of=BUCKET,
    id="s3-acl-disabled",
    title="Disable the access control lists of an S3 bucket",
    disruption=Disruption.DATA_PATH,
    hazard="Principals with access only through an access control list are denied.",
    undo_hazard="Access control lists take effect again, public ones too.",
    reads=(
        Read(
            call="s3:GetBucketOwnershipControls",
            by=BY_BUCKET,
            keep={"ownership": "OwnershipControls.Rules[0].ObjectOwnership"},
            absent="OwnershipControlsNotFoundError",
        ),
        ACL,
    ),
    wanted={"ownership": "BucketOwnerEnforced"},
    guards=(
        Guard(
            holds=only_owner,
            because="The access control list of ${subject} allows others than its owner; replace it by a policy first.",
        ),
    ),
    write=Write(
        call="s3:PutBucketOwnershipControls",
        by={**BY_BUCKET, "OwnershipControls": {"Rules": [{"ObjectOwnership": Value("ownership")}]}},
    ),
    # Deletion has no IAM action of its own:
    # https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketOwnershipControls.html
    unset=Write(call="s3:DeleteBucketOwnershipControls", action="s3:PutBucketOwnershipControls", by=BY_BUCKET),
    template={
        TemplateTool.CLOUDFORMATION: "set ObjectOwnership in OwnershipControls of AWS::S3::Bucket to "
        "BucketOwnerEnforced",
        TemplateTool.CDK: "set objectOwnership of Bucket to ObjectOwnership.BUCKET_OWNER_ENFORCED",
        TemplateTool.TERRAFORM: "set object_ownership of aws_s3_bucket_ownership_controls to BucketOwnerEnforced",
    },
)
