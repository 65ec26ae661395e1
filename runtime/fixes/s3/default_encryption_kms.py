"""Encrypt new objects of an S3 bucket with a customer managed KMS key.

What it does
------------
Sets the default encryption of the bucket to SSE-KMS with the key that the catalog entry names, and turns on the S3
Bucket Key, which reduces the number of requests to KMS. The encryption types that the bucket blocks do not change. A
bucket that already encrypts with any KMS key is not changed. Existing objects keep their encryption.

S3 does not check the key when it is set: with a wrong key every upload fails. Therefore the fix checks the key. It
refuses a bucket

* whose policy or ACL allows an AWS service or another account: they would need the key too, and the logs of S3 and of
  load balancers are not delivered to a bucket that encrypts with a KMS key;
* with a replication rule that does not replicate objects under a KMS key;
* in another region than the finding states, because the key must be in the bucket's region.

Why it matters
--------------
S3 encrypts every object, by default with a key of its own. With a customer managed key, reading also requires a
permission for the key, which can be revoked, and each use of the key is recorded in CloudTrail.

What can break
--------------
Principals that write need ``kms:GenerateDataKey``, and those that read need ``kms:Decrypt``, also in the key's policy.
The ETag of a new object is no longer its MD5. KMS charges for requests, and a key costs about one US dollar a month.

Undo
----
Restores the previous rule. Objects that were written in the meantime stay encrypted with the key: keep it enabled while
any exist.

References
----------
* Security Hub control S3.17: https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html#s3-17
* SSE-KMS: https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
* PutBucketEncryption: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketEncryption.html
* Server access logs and encryption:
  https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from runtime.domain.fix import Disruption
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Read, Value, Write
from runtime.fixes.kinds.attributes import Exactly
from runtime.fixes.kinds.declared import Guard, Look, one_of
from runtime.fixes.kinds.keys import EncryptWith, key_arn, shown_key
from runtime.fixes.policy_document import lets_in_others, statements
from runtime.fixes.s3 import ACL, BUCKET, BY_BUCKET, LOCATION, POLICY_MEANING, only_owner, region_of


@dataclass(frozen=True, slots=True)
class _WithAnyKey(Exactly):
    """A rule that encrypts with KMS; if there is none, ``value`` is the key to set."""

    def accepts(self, found: Any, look: Look) -> bool:  # noqa: ARG002  others need it
        default = found.get("ApplyServerSideEncryptionByDefault") or {}
        return str(default.get("SSEAlgorithm")).startswith("aws:kms")

    def instead_of(self, found: Any, look: Look) -> Any:
        default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key_arn(look)}
        return {**found, "ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": True}


def _only_the_account(look: Look) -> bool:
    found = statements(look["bucket_policy"])
    return found is not None and not any(lets_in_others(one, look.resource.account_id) for one in found)


FIX = EncryptWith(
    of=BUCKET,
    id="s3-default-encryption-kms",
    title="Encrypt new objects of an S3 bucket with a customer managed KMS key",
    disruption=Disruption.DATA_PATH,
    hazard="Principals without permission for the key are denied reading and writing objects.",
    undo_hazard="New objects can be read without permission for the key.",
    reads=(
        Read(
            call="s3:GetBucketEncryption",
            action="s3:GetEncryptionConfiguration",
            by=BY_BUCKET,
            keep={"rule": "ServerSideEncryptionConfiguration.Rules[0]"},
        ),
        LOCATION,
        POLICY_MEANING,
        ACL,
        Read(
            call="s3:GetBucketReplication",
            action="s3:GetReplicationConfiguration",
            by=BY_BUCKET,
            keep={
                "rules_without_kms": "length(ReplicationConfiguration.Rules[?Status == 'Enabled' && "
                "SourceSelectionCriteria.SseKmsEncryptedObjects.Status != 'Enabled'])"
            },
            absent="ReplicationConfigurationNotFoundError",
        ),
    ),
    wanted={"rule": _WithAnyKey(key_arn)},
    guards=(
        Guard(
            holds=lambda look: bool(region_of(look) == look.resource.region),
            because="${subject} is in the region ${location}, and the key must be in the same region.",
        ),
        Guard(
            holds=lambda look: _only_the_account(look) and only_owner(look),
            because=(
                "The policy or ACL of ${subject} allows an AWS service or another account, which would need the key "
                "too."
            ),
        ),
        Guard(
            holds=one_of("rules_without_kms", None, 0),
            because="${subject} has a replication rule that would not replicate objects under a KMS key.",
        ),
    ),
    write=Write(
        call="s3:PutBucketEncryption",
        action="s3:PutEncryptionConfiguration",
        by={**BY_BUCKET, "ServerSideEncryptionConfiguration": {"Rules": [Value("rule")]}},
    ),
    shows={"key": shown_key},
    template={
        TemplateTool.CLOUDFORMATION: "set ServerSideEncryptionByDefault and BucketKeyEnabled in BucketEncryption of "
        "AWS::S3::Bucket to aws:kms with the key, and to true",
        TemplateTool.CDK: "set encryption, encryptionKey and bucketKeyEnabled of Bucket to BucketEncryption.KMS, the "
        "key and true",
        TemplateTool.TERRAFORM: "set sse_algorithm, kms_master_key_id and bucket_key_enabled of "
        "aws_s3_bucket_server_side_encryption_configuration to aws:kms, the key and true",
    },
)
