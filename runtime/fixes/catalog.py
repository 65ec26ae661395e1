"""Every fix there is. What is not in this tuple does not exist."""

from __future__ import annotations

from collections.abc import Mapping

from runtime.domain.fix import FixSpec
from runtime.fixes.cloudtrail_log_file_validation import CloudTrailLogFileValidation
from runtime.fixes.contract import Fix
from runtime.fixes.ebs_snapshot_private import EbsSnapshotPrivate
from runtime.fixes.ec2_security_group_world_ingress import Ec2SecurityGroupWorldIngress
from runtime.fixes.iam_access_key_deactivate import IamAccessKeyDeactivate
from runtime.fixes.kms_key_rotation import KmsKeyRotation
from runtime.fixes.rds_instance_not_public import RdsInstanceNotPublic
from runtime.fixes.s3_block_public_access import S3BlockPublicAccess
from runtime.fixes.s3_deny_insecure_transport import S3DenyInsecureTransport

FIXES: tuple[Fix, ...] = (
    S3BlockPublicAccess(),
    S3DenyInsecureTransport(),
    Ec2SecurityGroupWorldIngress(),
    RdsInstanceNotPublic(),
    EbsSnapshotPrivate(),
    KmsKeyRotation(),
    CloudTrailLogFileValidation(),
    IamAccessKeyDeactivate(),
)

FIX_BY_ID: Mapping[str, Fix] = {fix.spec.id: fix for fix in FIXES}

SPECS: Mapping[str, FixSpec] = {fix.spec.id: fix.spec for fix in FIXES}
