"""Amazon S3."""

from __future__ import annotations

from runtime.domain.resource import parse_region
from runtime.fixes.calls import Read
from runtime.fixes.kinds.declared import Guard, Look
from runtime.fixes.resource_type import ResourceType

BY_BUCKET = {"Bucket": "${name}", "ExpectedBucketOwner": "${account_id}"}
"""The parameters of every call on a bucket.

A bucket's ARN does not name its account; with an expected owner, S3 answers 403 for another account's bucket.
https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html
"""

BUCKET = ResourceType(
    name="AWS::S3::Bucket",
    noun="bucket",
    arn="arn:${partition}:s3:::${name}",
    # Until 2018, buckets in us-east-1 could have capitals, underscores and up to 255 characters. The suffixes are those
    # of directory buckets and of access points, which are not buckets:
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
    id="(?!.*(?:--x-s3|-s3alias|--ol-s3|--table-s3)$)[A-Za-z0-9][A-Za-z0-9._-]{1,253}[A-Za-z0-9]",
    longest="b" * 255,
    called="bucket",
    gone=("NoSuchBucket",),
    tags=Read(call="s3:GetBucketTagging", by=BY_BUCKET, at="TagSet", absent="NoSuchTagSet"),
)
# S3 returns no stable identity of a bucket: its creation date changes with its policy.
# https://docs.aws.amazon.com/AmazonS3/latest/API/API_Bucket.html

WEBSITE = Read(
    call="s3:GetBucketWebsite",
    by=BY_BUCKET,
    keep={"website": "@"},
    absent="NoSuchWebsiteConfiguration",
)
"""``None`` unless the bucket is configured as a website."""

ACL = Read(
    call="s3:GetBucketAcl",
    by=BY_BUCKET,
    # Without DisplayName, which S3 no longer returns everywhere and never accepts:
    # https://docs.aws.amazon.com/AmazonS3/latest/API/API_Owner.html
    keep={
        "owner": "Owner.ID",
        "grants": "[Grants[?Grantee.Type == 'CanonicalUser']"
        ".{Grantee: Grantee.{Type: Type, ID: ID}, Permission: Permission}, Grants[?Grantee.Type == 'Group']"
        ".{Grantee: Grantee.{Type: Type, URI: URI}, Permission: Permission}][]",
        "grants_by_mail": "length(Grants[?Grantee.Type == 'AmazonCustomerByEmail'])",
    },
    sets=("grants",),
)
"""The principals that the bucket's access control list allows access."""


def only_owner(look: Look) -> bool:
    """Whether the access control list allows access to the bucket's owner only."""
    return look["grants_by_mail"] == 0 and all(grant["Grantee"].get("ID") == look["owner"] for grant in look["grants"])


LOCATION = Read(
    call="s3:GetBucketLocation",
    by=BY_BUCKET,
    # For a bucket in us-east-1, S3 returns none: https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html
    keep={"location": "LocationConstraint || 'us-east-1'"},
)
"""The bucket's region. A finding may name another one."""

POLICY_MEANING = Read(
    call="s3:GetBucketPolicy",
    by=BY_BUCKET,
    keep={"bucket_policy": "Policy"},
    policies=("bucket_policy",),
    absent="NoSuchBucketPolicy",
)
"""The bucket's policy, for fixes that do not change it."""

SETTINGS = ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")
"""The settings of Block Public Access."""

BLOCK = Read(
    call="s3:GetPublicAccessBlock",
    action="s3:GetBucketPublicAccessBlock",
    by=BY_BUCKET,
    keep={"block": "PublicAccessBlockConfiguration"},
    absent="NoSuchPublicAccessBlockConfiguration",
)
ACCOUNT_BLOCK = Read(
    call="s3control:GetPublicAccessBlock",
    action="s3:GetAccountPublicAccessBlock",
    on="*",
    by={"AccountId": "${account_id}"},
    keep={"account_block": "PublicAccessBlockConfiguration"},
    absent="NoSuchPublicAccessBlockConfiguration",
)
BLOCKS = (BLOCK, ACCOUNT_BLOCK)
"""Block Public Access of the bucket and of its account: while it is on in either, S3 stores nothing public.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-control-block-public-access.html
"""


def blocks(setting: str, look: Look) -> bool:
    """Whether one of the four settings is on, for the bucket or for its account, or not known to be off."""
    found = (look["block"], look["account_block"])
    return any(block is not None and block.get(setting) is not False for block in found)


POLICY_STATUS = Read(
    call="s3:GetBucketPolicyStatus",
    by=BY_BUCKET,
    keep={"policy_is_public": "PolicyStatus.IsPublic"},
    absent="NoSuchBucketPolicy",
)
"""Whether S3 regards the bucket's policy as public."""


def region_of(look: Look) -> str:
    return parse_region(look["location"])


NOT_A_WEBSITE = Guard(
    holds=lambda look: look["website"] is None,
    because="${subject} is configured as a website, whose readers would be denied.",
)

TYPES = (BUCKET,)
