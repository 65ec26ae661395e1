"""Encrypt the messages of an SQS queue with an SQS managed key.

What it does
------------
Turns on server-side encryption with an SQS managed key (SSE-SQS), which requires no permissions and costs nothing. A
queue that already encrypts with a KMS key is not changed. Messages that are in the queue are not changed.

IAM cannot limit the permission to this attribute: the session may set any attribute of this one queue.

Why it matters
--------------
Messages in the queue are encrypted where they are stored.

What can break
--------------
SQS then accepts only signed requests over HTTPS: producers and consumers without credentials, which the queue's policy
may allow, are denied.

Undo
----
Turns it off again. Messages that were sent meanwhile stay encrypted, and can still be read.

References
----------
* Security Hub control SQS.1: https://docs.aws.amazon.com/securityhub/latest/userguide/sqs-controls.html#sqs-1
* Encryption of queues:
  https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-server-side-encryption.html
* SetQueueAttributes:
  https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from runtime.domain.fix import Disruption
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Value, Write
from runtime.fixes.kinds.attributes import Exactly, SetAttributes
from runtime.fixes.kinds.declared import Guard, Look, one_of
from runtime.fixes.sqs import QUEUE, read_attributes


@dataclass(frozen=True, slots=True)
class _UnlessAKeyIsSet(Exactly):
    def accepts(self, found: Any, look: Look) -> bool:
        return look["KmsMasterKeyId"] is not None or Exactly.accepts(self, found, look)


FIX = SetAttributes(
    of=QUEUE,
    id="sqs-queue-encryption",
    title="Encrypt the messages of an SQS queue with an SQS managed key",
    disruption=Disruption.DATA_PATH,
    hazard="Producers and consumers that do not sign their requests are denied.",
    undo_hazard="Later messages are stored unencrypted.",
    reads=(read_attributes("SqsManagedSseEnabled", "KmsMasterKeyId"),),
    wanted={"SqsManagedSseEnabled": _UnlessAKeyIsSet("true")},
    guards=(
        Guard(
            holds=one_of("SqsManagedSseEnabled", "false"),
            because="SQS does not report whether ${subject} is encrypted.",
        ),
    ),
    write=Write(
        call="sqs:SetQueueAttributes",
        by={"QueueUrl": "${QueueUrl}", "Attributes": {"SqsManagedSseEnabled": Value("SqsManagedSseEnabled")}},
    ),
    template={
        TemplateTool.CLOUDFORMATION: "set SqsManagedSseEnabled of AWS::SQS::Queue to true",
        TemplateTool.CDK: "set encryption of Queue to QueueEncryption.SQS_MANAGED",
        TemplateTool.TERRAFORM: "set sqs_managed_sse_enabled of aws_sqs_queue to true",
    },
)
