"""Encrypt the traces of X-Ray in an account and region with a customer managed KMS key.

What it does
------------
Sets the key that the catalog entry names. Traces that are there stay as they are; X-Ray always encrypts, without a key
of the customer's with one of its own. Where a key is set already, it stays.

Why it matters
--------------
Whoever may read traces needs a permission for the key too, and every use of the key is in CloudTrail.

What can break
--------------
Whoever views traces without ``kms:Decrypt`` for the key is denied. If the key is disabled, X-Ray refuses new traces.
Events of X-Ray Insights do not go to EventBridge any more. Requests to KMS have their price.

Undo
----
Goes back to X-Ray's own key. Traces that were encrypted meanwhile need the customer's key for the 30 days that they are
kept.

References
----------
* Encryption in X-Ray: https://docs.aws.amazon.com/xray/latest/devguide/xray-console-encryption.html
* What setting the key takes:
  https://docs.aws.amazon.com/systems-manager-automation-runbooks/latest/userguide/automation-aws-update-xray-key.html
* PutEncryptionConfig: https://docs.aws.amazon.com/xray/latest/api/API_PutEncryptionConfig.html
"""

from __future__ import annotations

from runtime.domain.fix import Disruption
from runtime.domain.template import TemplateTool
from runtime.fixes.account import ACCOUNT
from runtime.fixes.calls import Read, Value, Write
from runtime.fixes.kinds.attributes import Anything
from runtime.fixes.kinds.declared import Guard, one_of
from runtime.fixes.kinds.keys import EncryptWith, key_arn, shown_key

_PUT = "xray:PutEncryptionConfig"

FIX = EncryptWith(
    of=ACCOUNT,
    id="xray-encryption",
    title="Encrypt the traces of X-Ray in an account and region with a customer managed KMS key",
    disruption=Disruption.DATA_PATH,
    hazard="Whoever views traces without a permission for the key is denied.",
    reads=(
        Read(
            call="xray:GetEncryptionConfig",
            by={},
            on="*",
            at="EncryptionConfig",
            keep={"KeyId": "KeyId", "state": "Status"},
            or_none=("KeyId",),
        ),
    ),
    informs=("state",),
    wanted={"KeyId": Anything(key_arn)},
    guards=(Guard(holds=one_of("state", "ACTIVE"), because="X-Ray's encryption in ${subject} is being changed."),),
    write=Write(call=_PUT, by={"Type": "KMS", "KeyId": Value("KeyId")}, on="*"),
    unset=Write(call=_PUT, by={"Type": "NONE"}, on="*"),
    shows={"key": shown_key},
    template={
        TemplateTool.CLOUDFORMATION: "add a custom resource that calls PutEncryptionConfig; CloudFormation itself has "
        "no type for it",
        TemplateTool.CDK: "add an AwsCustomResource that calls PutEncryptionConfig; the CDK itself has no construct "
        "for it",
        TemplateTool.TERRAFORM: "set type of aws_xray_encryption_config to KMS and key_id to the key",
    },
)
