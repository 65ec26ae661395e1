"""Encrypt the log files of a CloudTrail trail with a customer managed KMS key.

What it does
------------
Sets the key that the catalog entry names for the trail. A trail that already encrypts with any key is not changed.
Log files that were delivered before do not change.

The key must be in the region of the trail's bucket, and its policy must allow CloudTrail to use it; otherwise
CloudTrail refuses it. The fix refuses organization trails and those of Control Tower, and changes a trail in its home
region only.

Why it matters
--------------
With a key of the account's own, reading the log files also requires a permission for the key, and each use of the key
is recorded.

What can break
--------------
Principals that read the log files (a SIEM, Athena) need ``kms:Decrypt`` for the key. If the key is disabled later,
CloudTrail cannot deliver. KMS charges for requests, and a key costs about one US dollar a month.

Undo
----
Removes the key from the trail. Log files that were written in the meantime stay encrypted with the key: keep it enabled
while any exist.

References
----------
* Security Hub control CloudTrail.2:
  https://docs.aws.amazon.com/securityhub/latest/userguide/cloudtrail-controls.html#cloudtrail-2
* Encrypting log files:
  https://docs.aws.amazon.com/awscloudtrail/latest/userguide/encrypting-cloudtrail-log-files-with-aws-kms.html
* The key's policy:
  https://docs.aws.amazon.com/awscloudtrail/latest/userguide/create-kms-key-policy-for-cloudtrail.html
* UpdateTrail: https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_UpdateTrail.html
"""

from __future__ import annotations

from runtime.domain.fix import Disruption
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Value
from runtime.fixes.cloudtrail import HOME, NOT_OF_CONTROL_TOWER, OWN, TRAIL, read_trail, update_trail
from runtime.fixes.kinds.attributes import Anything
from runtime.fixes.kinds.keys import EncryptWith, key_arn, shown_key

FIX = EncryptWith(
    of=TRAIL,
    id="cloudtrail-kms-encryption",
    title="Encrypt the log files of a CloudTrail trail with a customer managed KMS key",
    disruption=Disruption.DATA_PATH,
    hazard="Readers of the trail's log files without permission for the key are denied.",
    undo_hazard="Later log files can be read without permission for the key.",
    reads=(read_trail("KmsKeyId"),),
    wanted={"KmsKeyId": Anything(key_arn)},
    guards=(HOME, OWN, NOT_OF_CONTROL_TOWER),
    write=update_trail(KmsKeyId=Value("KmsKeyId")),
    unset=update_trail(KmsKeyId=""),
    shows={"key": shown_key},
    template={
        TemplateTool.CLOUDFORMATION: "set KMSKeyId of AWS::CloudTrail::Trail to the key",
        TemplateTool.CDK: "set encryptionKey of Trail to the key",
        TemplateTool.TERRAFORM: "set kms_key_id of aws_cloudtrail to the key",
    },
)
