"""Amazon S3."""

from __future__ import annotations

from runtime.fixes.calls import Read
from runtime.fixes.resource_type import ResourceType

BY_BUCKET = {"Bucket": "${name}", "ExpectedBucketOwner": "${account_id}"}
"""The parameters of every call on a bucket.

A bucket's ARN does not say whose it is; with the owner expected, S3 answers 403 for another account's bucket.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html
"""

BUCKET = ResourceType(
    name="AWS::S3::Bucket",
    noun="bucket",
    arn="arn:${partition}:s3:::${name}",
    # Until 2018, buckets in us-east-1 could have capitals, underscores and up to 255 characters. The endings are those
    # of directory buckets and of access points, which are no buckets:
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
    id="(?!.*(?:--x-s3|-s3alias|--ol-s3|--table-s3)$)[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]",
    longest="b" * 255,
    called="bucket",
    gone=("NoSuchBucket",),
    tags=Read(call="s3:GetBucketTagging", by=BY_BUCKET, at="TagSet", absent="NoSuchTagSet"),
)
# S3 tells no stable identity of a bucket: its creation date changes with its policy.
# https://docs.aws.amazon.com/AmazonS3/latest/API/API_Bucket.html

WEBSITE = Read(
    call="s3:GetBucketWebsite",
    by=BY_BUCKET,
    keep={"website": "@"},
    absent="NoSuchWebsiteConfiguration",
)
"""``None`` unless the bucket is set up as a website."""

TYPES = (BUCKET,)
