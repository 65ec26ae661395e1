"""Turn on versioning of an S3 bucket.

What it does
------------
Sets the versioning status of the bucket to ``Enabled``. Existing objects do not change; from then on, overwriting or
deleting an object keeps its previous version.

It refuses a bucket with MFA delete, whose versioning only the account's root user can change.

Why it matters
--------------
Without versions, an object that is overwritten or deleted, by mistake or by an attacker, is lost.

What can break
--------------
Every overwrite and every deletion keeps a copy, for which S3 charges indefinitely unless a lifecycle rule removes
noncurrent versions. A lifecycle rule that expires objects no longer deletes them: it only adds delete markers. To
delete personal data, you must delete all of its versions. The bucket cannot be deleted while any version exists.

Undo
----
Suspends versioning again, if it was suspended before: versions that were created in the meantime are kept. A bucket
that never had versioning cannot return to that state, so there is no undo then.

References
----------
* Security Hub control S3.14: https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html#s3-14
* Versioning: https://docs.aws.amazon.com/AmazonS3/latest/userguide/Versioning.html
* PutBucketVersioning: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketVersioning.html
"""

from __future__ import annotations

from runtime.domain.fix import Disruption
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Read, Value, Write
from runtime.fixes.kinds.attributes import SetAttributes
from runtime.fixes.kinds.declared import Guard, none_of
from runtime.fixes.s3 import BUCKET, BY_BUCKET

FIX = SetAttributes(
    of=BUCKET,
    id="s3-versioning",
    title="Turn on versioning of an S3 bucket",
    disruption=Disruption.NONE,
    hazard="S3 keeps and charges for every overwritten or deleted object until a lifecycle rule removes old versions.",
    undo_hazard="Objects that are overwritten or deleted from then on cannot be restored.",
    reads=(
        Read(
            call="s3:GetBucketVersioning", by=BY_BUCKET, keep=("Status", "MFADelete"), or_none=("Status", "MFADelete")
        ),
        Read(
            call="s3:GetBucketLifecycleConfiguration",
            action="s3:GetLifecycleConfiguration",
            by=BY_BUCKET,
            keep={"expiring_rules": "length(Rules[?Status == 'Enabled' && Expiration])"},
            absent="NoSuchLifecycleConfiguration",
        ),
    ),
    wanted={"Status": "Enabled"},
    guards=(
        Guard(
            holds=none_of("MFADelete", "Enabled"),
            because="${subject} has MFA delete on: only the root user can change its versioning.",
        ),
    ),
    write=Write(
        call="s3:PutBucketVersioning", by={**BY_BUCKET, "VersioningConfiguration": {"Status": Value("Status")}}
    ),
    shows={"lifecycle_rules_that_expire_objects": lambda look: look["expiring_rules"] or 0},
    template={
        TemplateTool.CLOUDFORMATION: "set Status in VersioningConfiguration of AWS::S3::Bucket to Enabled",
        TemplateTool.CDK: "set versioned of Bucket to true",
        TemplateTool.TERRAFORM: "set status in versioning_configuration of aws_s3_bucket_versioning to Enabled",
    },
)
