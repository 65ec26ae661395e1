"""Encrypt the records of a Kinesis data stream with the AWS managed key of Kinesis.

What it does
------------
Turns on server-side encryption with the AWS managed key ``alias/aws/kinesis``, which requires no permissions for
producers and consumers in the account. A stream that already encrypts, with any key, is not changed. Existing records
are kept as they are until they expire.

It refuses a stream whose policy allows another account: with this key, that account could no longer use it. Such a
stream needs a customer managed key.

Why it matters
--------------
Records are encrypted where they are stored.

What can break
--------------
Producers and consumers that use the stream from another account by a role of this one are not affected; others are
denied. KMS charges for requests. AWS limits changes of a stream's encryption to 25 per day.

Undo
----
Turns encryption off, unless another key was set since. Records that were written meanwhile stay encrypted, and can be
read.

References
----------
* Security Hub control Kinesis.1:
  https://docs.aws.amazon.com/securityhub/latest/userguide/kinesis-controls.html#kinesis-1
* Encryption of streams: https://docs.aws.amazon.com/streams/latest/dev/server-side-encryption.html
* StartStreamEncryption:
  https://docs.aws.amazon.com/kinesis/latest/APIReference/API_StartStreamEncryption.html
"""

from __future__ import annotations

from runtime.domain.fix import Disruption, Permission
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Read, Write
from runtime.fixes.kinds.attributes import Anything, SetAttributes
from runtime.fixes.kinds.declared import Guard, Look, one_of
from runtime.fixes.kinesis import STREAM
from runtime.fixes.policy_document import lets_in_others, statements

_KEY = "alias/aws/kinesis"
_BY = {"StreamARN": "${arn}", "EncryptionType": "KMS", "KeyId": _KEY}


def _only_the_account(look: Look) -> bool:
    found = statements(look["stream_policy"])
    return found is not None and not any(lets_in_others(one, look.resource.account_id) for one in found)


def _on_keys(operation: str) -> Permission:
    # IAM checks the stream and the key, and the id of the AWS managed key is not known beforehand:
    # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonkinesisdatastreams.html
    return Permission(
        action=operation, operation=operation, resource="arn:${partition}:kms:${region}:${account_id}:key/*"
    )


FIX = SetAttributes(
    of=STREAM,
    id="kinesis-stream-encryption",
    title="Encrypt the records of a Kinesis data stream with the AWS managed key of Kinesis",
    disruption=Disruption.NONE,
    hazard="KMS charges for requests, and the stream cannot be shared with another account.",
    undo_hazard="Later records are stored unencrypted.",
    reads=(
        Read(
            call="kinesis:DescribeStreamSummary",
            by={"StreamARN": "${arn}"},
            at="StreamDescriptionSummary",
            keep={
                "encryption": "EncryptionType || 'NONE'",
                # As specified when encryption was turned on.
                "key": "(EncryptionType == 'KMS' && KeyId) || `null`",
                "consumers": "ConsumerCount",
            },
            or_none=("key", "consumers"),
        ),
        Read(
            call="kinesis:GetResourcePolicy",
            by={"ResourceARN": "${arn}"},
            # For a stream without a policy, the answer is an empty object.
            keep={"stream_policy": "Policy != '{}' && Policy || `null`"},
            or_none=("stream_policy",),
            policies=("stream_policy",),
            absent="ResourceNotFoundException",
        ),
    ),
    wanted={"encryption": "KMS", "key": Anything(_KEY)},
    guards=(
        Guard(holds=one_of("status", "ACTIVE"), because="${subject} is ${status}; only an active one can be changed."),
        Guard(
            holds=_only_the_account,
            because="The policy of ${subject} allows another account, which cannot use the AWS managed key of Kinesis.",
        ),
    ),
    write=Write(call="kinesis:StartStreamEncryption", by=_BY),
    back=Write(call="kinesis:StopStreamEncryption", by=_BY),
    extra_writes=(_on_keys("kinesis:StartStreamEncryption"), _on_keys("kinesis:StopStreamEncryption")),
    informs=("consumers",),
    shows={"consumers": lambda look: look["consumers"]},
    template={
        TemplateTool.CLOUDFORMATION: "set EncryptionType and KeyId in StreamEncryption of AWS::Kinesis::Stream to KMS "
        "and alias/aws/kinesis",
        TemplateTool.CDK: "set encryption of Stream to StreamEncryption.MANAGED",
        TemplateTool.TERRAFORM: "set encryption_type and kms_key_id of aws_kinesis_stream to KMS and alias/aws/kinesis",
    },
)
