"""Encrypt the records of a Firehose stream with an AWS owned key.

What it does
------------
Turns on server-side encryption with an AWS owned key, which requires no permissions and costs nothing. A stream that
already encrypts, with any key, is not changed. Buffered records are not changed.

It refuses a stream that reads from a Kinesis data stream or from Apache Kafka: Firehose does not store those records,
and the source must be encrypted instead. It refuses one whose last change of encryption is in progress or failed:
Firehose then does not return the former key, which may still be in use.

Why it matters
--------------
Records are encrypted where Firehose stores them before delivery.

What can break
--------------
Nothing. AWS limits changes of a stream's encryption to 25 per day.

Undo
----
Turns encryption off, unless another key was set since.

References
----------
* Security Hub control DataFirehose.1:
  https://docs.aws.amazon.com/securityhub/latest/userguide/datafirehose-controls.html#datafirehose-1
* Encryption: https://docs.aws.amazon.com/firehose/latest/dev/encryption.html
* StartDeliveryStreamEncryption:
  https://docs.aws.amazon.com/firehose/latest/APIReference/API_StartDeliveryStreamEncryption.html
"""

from __future__ import annotations

from runtime.domain.fix import Disruption
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Read, Write
from runtime.fixes.firehose import DELIVERY_STREAM
from runtime.fixes.kinds.attributes import Anything, SetAttributes
from runtime.fixes.kinds.declared import Guard, one_of

_KEY_TYPE = "AWS_OWNED_CMK"
_STREAM = {"DeliveryStreamName": "${name}"}

FIX = SetAttributes(
    of=DELIVERY_STREAM,
    id="firehose-stream-encryption",
    title="Encrypt the records of a Firehose stream with an AWS owned key",
    disruption=Disruption.NONE,
    hazard="AWS limits changes of a stream's encryption to 25 per day.",
    undo_hazard="Later records are stored unencrypted.",
    reads=(
        Read(
            call="firehose:DescribeDeliveryStream",
            by=_STREAM,
            at="DeliveryStreamDescription",
            keep={
                "source": "DeliveryStreamType",
                # A stream that was never encrypted has no configuration; one that was has DISABLED.
                "encryption": "DeliveryStreamEncryptionConfiguration.Status || 'DISABLED'",
                "key": "DeliveryStreamEncryptionConfiguration | (Status == 'ENABLED' && "
                "{type: KeyType, arn: KeyARN}) || `null`",
            },
            or_none=("key",),
        ),
    ),
    wanted={"encryption": "ENABLED", "key": Anything({"type": _KEY_TYPE, "arn": None})},
    guards=(
        Guard(
            holds=one_of("source", "DirectPut"),
            because="${subject} has a source of the type ${source}: encrypt the source instead.",
        ),
        Guard(holds=one_of("status", "ACTIVE"), because="${subject} is ${status}; only an active one can be changed."),
        Guard(
            # After a failed change of the key, the former key remains in use.
            # https://docs.aws.amazon.com/firehose/latest/APIReference/API_StartDeliveryStreamEncryption.html
            holds=one_of("encryption", "DISABLED"),
            because="The encryption of ${subject} is ${encryption}: a former key may still be in use.",
        ),
    ),
    write=Write(
        call="firehose:StartDeliveryStreamEncryption",
        by={**_STREAM, "DeliveryStreamEncryptionConfigurationInput": {"KeyType": _KEY_TYPE}},
    ),
    back=Write(call="firehose:StopDeliveryStreamEncryption", by=_STREAM),
    template={
        TemplateTool.CLOUDFORMATION: "set KeyType in DeliveryStreamEncryptionConfigurationInput of "
        "AWS::KinesisFirehose::DeliveryStream to AWS_OWNED_CMK",
        TemplateTool.CDK: "set encryption of DeliveryStream to StreamEncryption.awsOwnedKey()",
        TemplateTool.TERRAFORM: "set enabled in server_side_encryption of aws_kinesis_firehose_delivery_stream to true",
    },
)
