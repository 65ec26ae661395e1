"""What a role's writing actions could be used for, if somebody took over the platform's account.

Whoever can assume the roles chooses the session policy and the session tags, so only the roles themselves bound them.
The sentences are about what IAM lets the action do, not about what the fixes do with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class WorstCase:
    """``effect`` is the worst that the action can be used for; ``remains`` is what taking that back does not restore.

    An empty ``remains`` says that the effect can be taken back whole.
    """

    effect: str
    remains: str


WORST_CASES: Mapping[str, WorstCase] = {
    "athena:UpdateWorkGroup": WorstCase(
        effect="every workgroup writes its results to somebody else's bucket, unencrypted",
        remains="the results that were written there",
    ),
    "cloudformation:UpdateTerminationProtection": WorstCase(
        effect="no stack is protected from deletion any more; deleting one takes another permission",
        remains="",
    ),
    "cloudtrail:StartLogging": WorstCase(
        effect="every trail records, those that were stopped on purpose too",
        remains="the price of what was recorded",
    ),
    "cloudtrail:StopLogging": WorstCase(
        effect="no trail records any more",
        remains="the events that were not kept meanwhile, beyond CloudTrail's own history of 90 days",
    ),
    "cloudtrail:UpdateTrail": WorstCase(
        effect="every trail delivers to somebody else's bucket, from one region only, unencrypted and unvalidated",
        remains="the events that were not kept meanwhile, beyond CloudTrail's own history of 90 days",
    ),
    "cloudwatch:DeleteAlarms": WorstCase(
        effect="every alarm whose name begins with suture- is deleted",
        remains="the alarms that were missed meanwhile",
    ),
    "cloudwatch:PutMetricAlarm": WorstCase(
        effect="alarms whose names begin with suture- say nothing, or tell somebody else",
        remains="the alarms that were missed meanwhile",
    ),
    "config:StartConfigurationRecorder": WorstCase(
        effect="every recorder records, those that were stopped on purpose too",
        remains="the price of what was recorded",
    ),
    "config:StopConfigurationRecorder": WorstCase(
        effect="no recorder of AWS Config records any more",
        remains="what was not recorded meanwhile",
    ),
    "dynamodb:UpdateContinuousBackups": WorstCase(
        effect="no table can be restored to a point in time any more",
        remains="the history from which tables could be restored",
    ),
    "dynamodb:UpdateTable": WorstCase(
        effect="every table loses its deletion protection and its indexes, is given a key that nobody may use, or "
        "capacity that is dear or too small",
        remains="the indexes until they are built again, what could not be read or written meanwhile, and the price",
    ),
    "ec2:AuthorizeSecurityGroupIngress": WorstCase(
        effect="every port of everything that has a security group is opened to everybody who can route to it",
        remains="what an intruder did meanwhile",
    ),
    "ec2:ModifySnapshotAttribute": WorstCase(
        effect="every unencrypted snapshot is made public, and every public one private",
        remains="the copies that others made meanwhile",
    ),
    "ec2:RevokeSecurityGroupIngress": WorstCase(
        effect="every ingress rule is removed: nothing that has a security group can be reached",
        remains="the rules' ids; the rules themselves are in CloudTrail",
    ),
    "firehose:StartDeliveryStreamEncryption": WorstCase(
        effect="every stream encrypts with a key of the account, or fails to",
        remains="",
    ),
    "firehose:StopDeliveryStreamEncryption": WorstCase(
        effect="no stream encrypts what it keeps any more",
        remains="",
    ),
    "guardduty:CreateDetector": WorstCase(
        effect="GuardDuty is on in every region, with all protection plans",
        remains="their price",
    ),
    "guardduty:DeleteDetector": WorstCase(
        effect="GuardDuty is off in every region",
        remains="all findings and settings of the detectors",
    ),
    "guardduty:UpdateDetector": WorstCase(
        effect="GuardDuty is suspended in every region",
        remains="the findings that were missed meanwhile",
    ),
    "iam:CreateServiceLinkedRole": WorstCase(
        effect="the roles that GuardDuty and Security Hub act with are made",
        remains="the roles, until somebody deletes them",
    ),
    "iam:PassRole": WorstCase(
        effect="a role of the account is handed to a service that it trusts; the roles are named by the catalog entry",
        remains="what that service did with the role",
    ),
    "iam:UpdateAccessKey": WorstCase(
        effect="every access key of every user stops working, or a leaked one that was deactivated works again",
        remains="what was done with a key that was activated",
    ),
    "kinesis:StartStreamEncryption": WorstCase(
        effect="every stream encrypts with a key of the account, which its readers may not use",
        remains="the records that could not be read before they expired",
    ),
    "kinesis:StopStreamEncryption": WorstCase(
        effect="no stream encrypts its records any more",
        remains="records that were stored unencrypted",
    ),
    "kms:CancelKeyDeletion": WorstCase(
        effect="no key is deleted any more, and those that were to be are disabled",
        remains="the dates of deletion, and the price of the keys",
    ),
    "kms:DisableKeyRotation": WorstCase(effect="no key is rotated any more", remains=""),
    "kms:EnableKeyRotation": WorstCase(
        effect="every key is rotated each year", remains="the price of rotations that were made"
    ),
    "logs:DeleteMetricFilter": WorstCase(
        effect="every metric filter is removed, and the alarms on their metrics say nothing",
        remains="the alarms that were missed meanwhile",
    ),
    "logs:PutMetricFilter": WorstCase(
        effect="every metric filter matches something else",
        remains="the alarms that were missed meanwhile",
    ),
    "rds:ModifyDBCluster": WorstCase(
        effect="every cluster gets a known master password and loses its deletion protection and all backups but "
        "those of a day, or is restarted: IAM has no condition key for any of it",
        remains="what was read or destroyed meanwhile, and the backups",
    ),
    "rds:ModifyDBClusterSnapshotAttribute": WorstCase(
        effect="every unencrypted snapshot of a cluster is shared with everybody, and every other one with any account",
        remains="the copies and databases that others made of it",
    ),
    "rds:ModifyDBInstance": WorstCase(
        effect="every database gets a known master password and a public address, loses its deletion protection and "
        "its automated backups, or is restarted: IAM has no condition key for any of it",
        remains="what was read or destroyed meanwhile, and the backups",
    ),
    "rds:ModifyDBSnapshotAttribute": WorstCase(
        effect="every unencrypted snapshot is shared with everybody, and every other one with any account",
        remains="the copies and databases that others made of it",
    ),
    "redshift:DisableLogging": WorstCase(
        effect="no cluster keeps audit logs any more",
        remains="what was not logged meanwhile",
    ),
    "redshift:EnableLogging": WorstCase(
        effect="the audit logs of every cluster go to somebody else's bucket",
        remains="the logs that were written there",
    ),
    "redshift:ModifyCluster": WorstCase(
        effect="every cluster gets a known administrator password and a public address, and loses its automated "
        "snapshots, or is resized for hours: IAM has no condition key for any of it",
        remains="what was read or destroyed meanwhile, and the snapshots",
    ),
    "s3:DeleteBucketPolicy": WorstCase(
        effect="what bucket policies deny, plain HTTP for one, is denied no more, and what they allow is denied",
        remains="what was read meanwhile; the policies themselves are in CloudTrail where they were put",
    ),
    "s3:PutAccountPublicAccessBlock": WorstCase(
        effect="the account's own setting blocks public access no more; the buckets' settings stay",
        remains="what was read meanwhile",
    ),
    "s3:PutBucketAcl": WorstCase(
        effect="every bucket that has access control lists may be listed and written to by everybody",
        remains="what was read or written meanwhile",
    ),
    "s3:PutBucketLogging": WorstCase(
        effect="no bucket's access is logged any more, or the logs go to another bucket of the account",
        remains="the logs that were not kept meanwhile",
    ),
    "s3:PutBucketOwnershipControls": WorstCase(
        effect="access control lists have effect in every bucket, or in none",
        remains="what was read meanwhile",
    ),
    "s3:PutBucketPolicy": WorstCase(
        effect="anybody, in any account, may read, change and delete every object of every bucket",
        remains="what was read, changed or deleted meanwhile",
    ),
    "s3:PutBucketPublicAccessBlock": WorstCase(
        effect="no bucket's own setting blocks public access any more; the account's own setting stays",
        remains="what was read meanwhile",
    ),
    "s3:PutBucketVersioning": WorstCase(
        effect="no bucket keeps former versions any more",
        remains="the versions that were not kept meanwhile",
    ),
    "s3:PutEncryptionConfiguration": WorstCase(
        effect="every bucket encrypts new objects with somebody else's key, and loses them with it",
        remains="the objects that were written meanwhile",
    ),
    "s3:PutLifecycleConfiguration": WorstCase(
        effect="every object of every bucket expires within a day: IAM has no condition key for the rules",
        remains="the objects",
    ),
    "secretsmanager:DeleteSecret": WorstCase(
        effect="every secret is deleted, at once where IAM's condition keys do not forbid it",
        remains="the secrets",
    ),
    "secretsmanager:RestoreSecret": WorstCase(
        effect="every secret that was to be deleted can be read again",
        remains="",
    ),
    "securityhub:DisableSecurityHub": WorstCase(
        effect="Security Hub is off in every region",
        remains="its settings and, after 90 days, its findings",
    ),
    "securityhub:EnableSecurityHub": WorstCase(
        effect="Security Hub is on in every region, with the standards that are on by default",
        remains="their price",
    ),
    "sns:SetTopicAttributes": WorstCase(
        effect="anybody, in any account, may read along and publish on every topic",
        remains="what was read or published meanwhile",
    ),
    "sqs:SetQueueAttributes": WorstCase(
        effect="anybody, in any account, may read, send and delete messages of every queue",
        remains="the messages that were read, sent or deleted meanwhile",
    ),
    "ssm:ModifyDocumentPermission": WorstCase(
        effect="every document is made public",
        remains="the copies that others made meanwhile",
    ),
    "ssm:ResetServiceSetting": WorstCase(
        effect="documents may be made public again; making one so takes another permission",
        remains="",
    ),
    "ssm:UpdateServiceSetting": WorstCase(
        effect="documents may be made public again; making one so takes another permission",
        remains="",
    ),
}
"""By action: each that a fix writes with, and no other."""
