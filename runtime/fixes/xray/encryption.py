"""Encrypt the traces of X-Ray in an account and region with the AWS managed KMS key.

What it does
------------
Sets the key ``aws/xray``, which AWS manages, for new traces; existing traces are not changed. X-Ray always encrypts,
without a key with one of its own. If a key is already set, it is kept.

A customer managed key is not set: that requires ``kms:CreateGrant`` for the key, which no role of Suture has. Set such
a key in Terraform.

It refuses while the encryption is being changed.

Why it matters
--------------
CloudTrail records every use of the key.

What can break
--------------
Nothing: principals that may use X-Ray can read its traces, as before. KMS charges for X-Ray's requests.

Undo
----
Restores X-Ray's own key, unless another one was chosen since. Traces stay readable.

References
----------
* Encryption in X-Ray: https://docs.aws.amazon.com/xray/latest/devguide/xray-console-encryption.html
* What setting a key, and reading traces under it, takes:
  https://docs.aws.amazon.com/xray/latest/devguide/security_iam_service-with-iam.html#xray-permissions-encryption
* Aliases of AWS managed keys: https://docs.aws.amazon.com/kms/latest/APIReference/API_DescribeKey.html
* PutEncryptionConfig: https://docs.aws.amazon.com/xray/latest/api/API_PutEncryptionConfig.html
"""

from __future__ import annotations

from runtime.domain.fix import Disruption
from runtime.domain.template import TemplateTool
from runtime.fixes.account import ACCOUNT
from runtime.fixes.calls import Read, Write
from runtime.fixes.kinds.attributes import Anything, SetAttributes
from runtime.fixes.kinds.declared import Guard, one_of

_PUT = "xray:PutEncryptionConfig"
_KEY = "alias/aws/xray"

FIX = SetAttributes(
    of=ACCOUNT,
    id="xray-encryption",
    title="Encrypt the traces of X-Ray in an account and region with the AWS managed KMS key",
    disruption=Disruption.NONE,
    hazard="KMS charges for X-Ray's requests.",
    undo_hazard="CloudTrail no longer records the use of a key for traces.",
    reads=(
        Read(
            call="xray:GetEncryptionConfig",
            by={},
            on="*",
            at="EncryptionConfig",
            keep={"KeyId": "KeyId", "state": "Status"},
            or_none=("KeyId",),
        ),
        # X-Ray returns the key's ARN. Before the alias's first use, DescribeKey for it creates the key and returns it.
        Read(
            call="kms:DescribeKey",
            by={"KeyId": _KEY},
            on="arn:${partition}:kms:${region}:${account_id}:key/*",
            keep={"aws_key": "KeyMetadata.Arn"},
        ),
    ),
    informs=("state",),
    wanted={"KeyId": Anything(lambda look: look["aws_key"])},
    guards=(Guard(holds=one_of("state", "ACTIVE"), because="X-Ray's encryption in ${subject} is being changed."),),
    write=Write(call=_PUT, by={"Type": "KMS", "KeyId": _KEY}, on="*"),
    back=Write(call=_PUT, by={"Type": "NONE"}, on="*"),
    template={
        TemplateTool.CLOUDFORMATION: "add a custom resource that calls PutEncryptionConfig; CloudFormation itself has "
        "no type for it",
        TemplateTool.CDK: "add an AwsCustomResource that calls PutEncryptionConfig; the CDK itself has no construct "
        "for it",
        TemplateTool.TERRAFORM: "set type of aws_xray_encryption_config to KMS and key_id to the key",
    },
)
