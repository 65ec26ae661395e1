"""What the fixes of an S3 bucket, and the reader of its tags, have to say alike."""

from __future__ import annotations

from runtime.domain.fix import Permission
from runtime.domain.resource import Resource
from runtime.fixes.contract import Reader

WEBSITE_PERMISSION = Permission(action="s3:GetBucketWebsite", operation="s3:GetBucketWebsite")


def bucket_parameters(resource: Resource) -> dict[str, str]:
    """The parameters of every call on a bucket.

    A bucket's ARN does not say whose it is; with the owner expected, S3 answers 403 for another account's bucket.
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html
    """
    return {"Bucket": resource.name, "ExpectedBucketOwner": resource.account_id}


def hosts_website(aws: Reader, resource: Resource) -> bool:
    """Whether the bucket is set up as a website. Raises an ``AwsError``."""
    website = aws.find("s3", "GetBucketWebsite", "NoSuchWebsiteConfiguration", **bucket_parameters(resource))
    return website is not None
