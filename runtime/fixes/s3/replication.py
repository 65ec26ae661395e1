"""Replicate the new objects of an S3 bucket to a bucket in another region.

What it does
------------
Adds one rule, for all objects, to a bucket without a replication configuration, with the destination bucket and the
role that the catalog entry names. Deletions are not replicated. A bucket with an enabled rule is not changed.

Both buckets must have versioning, and belong to the same account; the destination must be in another region and use no
KMS key. The role must trust ``s3.amazonaws.com``. Neither the fix nor S3 checks whether the role can read from the
source and write to the destination: test it with one object.

It refuses a bucket with a KMS key as default encryption or with Object Lock, which need more than this rule, and one
with only disabled rules.

Why it matters
--------------
Data in only one region is unavailable during an outage of that region.

What can break
--------------
Nothing in the bucket. But a copy of all new data leaves the region: check whether law and contracts permit this. AWS
charges for the copies, the requests and the transfer between regions.

Undo
----
Deletes the replication configuration. Copied objects are kept, and AWS charges for them.

References
----------
* Security Hub control S3.7: https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html#s3-7
* Replication: https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication.html
* What the role needs:
  https://docs.aws.amazon.com/AmazonS3/latest/userguide/setting-repl-config-perm-overview.html
* PutBucketReplication: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketReplication.html
"""

from __future__ import annotations

from typing import Any

from runtime.domain.fix import Disruption, OptionSpec
from runtime.domain.resource import parse_region
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Read, Write
from runtime.fixes.kinds.attributes import Anything, SetAttributes
from runtime.fixes.kinds.declared import Guard, Look, Named, one_of
from runtime.fixes.kinds.destinations import PLACEHOLDERS
from runtime.fixes.kinds.roles import pass_role, role_arn, service_role
from runtime.fixes.s3 import BUCKET, BY_BUCKET, LOCATION, region_of

_PUT = "s3:PutBucketReplication"
_WRITES = "s3:PutReplicationConfiguration"
_RULE = "suture"
_DESTINATION = {"Bucket": "${destination_bucket}", "ExpectedBucketOwner": "${account_id}"}
_ON_DESTINATION = "arn:${partition}:s3:::${destination_bucket}"
_NO_BUCKET = "NoSuchBucket"


def _encryption(name: str, **how: Any) -> Read:
    """The algorithm with which a bucket encrypts new objects."""
    return Read(
        call="s3:GetBucketEncryption",
        action="s3:GetEncryptionConfiguration",
        keep={
            name: "ServerSideEncryptionConfiguration.Rules[0].ApplyServerSideEncryptionByDefault.SSEAlgorithm",
        },
        **how,
    )


_NO_ENCRYPTION = "ServerSideEncryptionConfigurationNotFoundError"
_S3_KEY = (None, "AES256")

DESTINATION = Named(
    option="destination_bucket",
    spec=OptionSpec(
        schema={
            "anyOf": [
                {"type": "null"},
                {"type": "string", "pattern": r"^([a-z0-9.-]|\$\{(account_id|region|name)\})+$"},
            ]
        },
        default=None,
        description=f"The destination bucket. {PLACEHOLDERS} If null, every resource is refused.",
    ),
    reads=(
        Read(
            call="s3:GetBucketLocation",
            by=_DESTINATION,
            on=_ON_DESTINATION,
            keep={"destination_location": "LocationConstraint || 'us-east-1'"},
            absent=_NO_BUCKET,
        ),
        Read(
            call="s3:GetBucketVersioning",
            by=_DESTINATION,
            on=_ON_DESTINATION,
            keep={"destination_versioning": "Status"},
            or_none=("destination_versioning",),
            absent=_NO_BUCKET,
        ),
        _encryption("destination_encryption", by=_DESTINATION, on=_ON_DESTINATION, absent=(_NO_ENCRYPTION, _NO_BUCKET)),
    ),
    guards=(
        Guard(
            holds=lambda look: look["destination_location"] is not None,
            because="There is no bucket ${destination_bucket}.",
        ),
        Guard(
            holds=lambda look: parse_region(look["destination_location"]) != region_of(look),
            because="The bucket ${destination_bucket} is in the same region as ${subject}.",
        ),
        Guard(
            holds=one_of("destination_versioning", "Enabled"),
            because="The bucket ${destination_bucket} has no versioning.",
        ),
        Guard(
            holds=one_of("destination_encryption", *_S3_KEY),
            because="The bucket ${destination_bucket} encrypts with a KMS key.",
        ),
    ),
)


def _destination_arn(look: Look) -> str:
    return f"arn:{look.resource.partition}:s3:::{look.option('destination_bucket')}"


FIX = SetAttributes(
    of=BUCKET,
    id="s3-replication",
    title="Replicate the new objects of an S3 bucket to a bucket in another region",
    disruption=Disruption.NONE,
    hazard="A copy of every new object leaves the region, and AWS charges for it.",
    undo_hazard="New objects are in one region only; existing copies are kept.",
    reads=(
        Read(
            call="s3:GetBucketReplication",
            action="s3:GetReplicationConfiguration",
            by=BY_BUCKET,
            keep={
                "replication": "ReplicationConfiguration.{Role: Role, Rules: Rules[].{ID: ID, Status: Status, "
                "Bucket: Destination.Bucket}}"
            },
            absent="ReplicationConfigurationNotFoundError",
        ),
        LOCATION,
        Read(call="s3:GetBucketVersioning", by=BY_BUCKET, keep={"versioning": "Status"}, or_none=("versioning",)),
        _encryption("encryption", by=BY_BUCKET, absent=_NO_ENCRYPTION),
        Read(
            call="s3:GetObjectLockConfiguration",
            action="s3:GetBucketObjectLockConfiguration",
            by=BY_BUCKET,
            keep={"object_lock": "ObjectLockConfiguration.ObjectLockEnabled"},
            absent="ObjectLockConfigurationNotFoundError",
        ),
    ),
    named=(DESTINATION, service_role("s3.amazonaws.com")),
    wanted={
        "replication": Anything(
            lambda look: {
                "Role": role_arn(look),
                "Rules": [{"ID": _RULE, "Status": "Enabled", "Bucket": _destination_arn(look)}],
            }
        )
    },
    guards=(
        Guard(
            holds=lambda look: (
                look["replication"] is None or any(rule["Status"] == "Enabled" for rule in look["replication"]["Rules"])
            ),
            because="${subject} has only disabled replication rules: somebody disabled them.",
            first=True,
        ),
        Guard(
            holds=one_of("versioning", "Enabled"),
            because="${subject} has no versioning, which replication needs: turn it on first (s3-versioning).",
        ),
        Guard(
            holds=one_of("encryption", *_S3_KEY),
            because="${subject} encrypts with a KMS key: the rule would have to name one for the copies.",
        ),
        Guard(
            holds=one_of("object_lock", None),
            because="${subject} has Object Lock: the bucket for the copies would need it, too.",
        ),
    ),
    write=Write(
        call=_PUT,
        action=_WRITES,
        by={
            **BY_BUCKET,
            "ReplicationConfiguration": {
                "Role": "arn:${partition}:iam::${account_id}:role/${role}",
                "Rules": [
                    {
                        "ID": _RULE,
                        "Priority": 1,
                        "Status": "Enabled",
                        "Filter": {"Prefix": ""},
                        "DeleteMarkerReplication": {"Status": "Disabled"},
                        "Destination": {"Bucket": _ON_DESTINATION},
                    }
                ],
            },
        },
    ),
    back=Write(call="s3:DeleteBucketReplication", action=_WRITES, by=BY_BUCKET),
    extra_writes=(pass_role(_PUT),),
    shows={"destination": _destination_arn, "destination_region": lambda look: look["destination_location"]},
    template={
        TemplateTool.CLOUDFORMATION: "set ReplicationConfiguration of AWS::S3::Bucket",
        TemplateTool.CDK: "set replicationRules of Bucket",
        TemplateTool.TERRAFORM: "add an aws_s3_bucket_replication_configuration for the aws_s3_bucket",
    },
)
