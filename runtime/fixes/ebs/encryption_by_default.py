"""Turn on EBS encryption by default in an account and region.

What it does
------------
Encrypts every new EBS volume and every new copy of a snapshot in the region, with the region's current default key.
Existing volumes and snapshots are not changed: encrypting one requires a copy.

Why it matters
--------------
An unencrypted volume is readable to everyone who gets a copy of its snapshot. With the default on, encryption does not
depend on whoever creates the volume.

What can break
--------------
Instance types without encryption can no longer start. Snapshots encrypted with the key ``aws/ebs`` cannot be shared
with other accounts. If the default key is a customer's own, Auto Scaling, Spot and EMR need grants on it, or their
instances do not start. With ``aws/ebs`` encryption costs nothing.

Undo
----
Turns the default off again. Volumes and copies created meanwhile stay encrypted.

References
----------
* Security Hub control EC2.7:
  https://docs.aws.amazon.com/securityhub/latest/userguide/ec2-controls.html#ec2-7
* Encryption by default: https://docs.aws.amazon.com/ebs/latest/userguide/encryption-by-default.html
* EnableEbsEncryptionByDefault:
  https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_EnableEbsEncryptionByDefault.html
"""

from __future__ import annotations

from runtime.domain.fix import Disruption
from runtime.domain.template import TemplateTool
from runtime.fixes.account import ACCOUNT
from runtime.fixes.calls import Read, Write
from runtime.fixes.kinds.attributes import SetAttributes

FIX = SetAttributes(
    of=ACCOUNT,
    id="ebs-encryption-by-default",
    title="Turn on EBS encryption by default in an account and region",
    disruption=Disruption.NONE,
    hazard="Instance types that do not support encrypted volumes can no longer start in the region.",
    undo_hazard="New volumes are unencrypted unless whoever creates them asks for encryption.",
    reads=(
        Read(call="ec2:GetEbsEncryptionByDefault", by={}, on="*", keep=("EbsEncryptionByDefault",)),
        Read(call="ec2:GetEbsDefaultKmsKeyId", by={}, on="*", keep={"default_key": "KmsKeyId"}),
    ),
    wanted={"EbsEncryptionByDefault": True},
    write=Write(call="ec2:EnableEbsEncryptionByDefault", by={}, on="*"),
    back=Write(call="ec2:DisableEbsEncryptionByDefault", by={}, on="*"),
    shows={"default_key": lambda look: look["default_key"], "region": lambda look: look.resource.region},
    template={
        TemplateTool.CLOUDFORMATION: "add a custom resource that calls EnableEbsEncryptionByDefault; CloudFormation "
        "itself has no type for it",
        TemplateTool.CDK: "add an AwsCustomResource that calls EnableEbsEncryptionByDefault; the CDK itself has no "
        "construct for it",
        TemplateTool.TERRAFORM: "set enabled of aws_ebs_encryption_by_default to true",
    },
)
