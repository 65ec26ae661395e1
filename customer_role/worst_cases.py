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
        effect=(
            "every workgroup's results go unencrypted to another bucket, and every workgroup is disabled or loses "
            "its limit of scanned bytes"
        ),
        remains=(
            "the results that were read meanwhile, the queries that were not run, and what was paid for larger ones"
        ),
    ),
    "cloudformation:UpdateTerminationProtection": WorstCase(
        effect=(
            "every stack may be deleted by whoever may delete stacks, and none that was protected from it is any more"
        ),
        remains="the stacks that somebody deleted meanwhile",
    ),
    "cloudfront:UpdateDistribution": WorstCase(
        effect=(
            "every distribution serves somebody else's origin under its own name and certificate, or is disabled: IAM "
            "has no condition key for any of it"
        ),
        remains="what viewers sent meanwhile, and what they were served",
    ),
    "cloudtrail:StartLogging": WorstCase(
        effect="every trail that was stopped on purpose records again",
        remains="the price of what was recorded",
    ),
    "cloudtrail:StopLogging": WorstCase(
        effect="no trail records any more",
        remains="the events that were not recorded meanwhile, beyond CloudTrail's own history of 90 days",
    ),
    "cloudtrail:UpdateTrail": WorstCase(
        effect="every trail delivers to somebody else's bucket, from one region only, unencrypted and unvalidated",
        remains="the events that were not kept meanwhile, beyond CloudTrail's own history of 90 days",
    ),
    "config:StartConfigurationRecorder": WorstCase(
        effect="a recorder that was stopped on purpose records again",
        remains="the price of what was recorded",
    ),
    "config:StopConfigurationRecorder": WorstCase(
        effect="AWS Config records no changes any more, and rules that wait for changes are not evaluated",
        remains="the changes that were not recorded meanwhile",
    ),
    "dynamodb:UpdateContinuousBackups": WorstCase(
        effect="no table can be restored to a point in time any more, or every one can",
        remains="the points in time before it is on again, for good; the price of what was kept",
    ),
    "dynamodb:UpdateTable": WorstCase(
        effect=(
            "every table loses its deletion protection, indexes and replicas, refuses requests above the lowest "
            "throughput, or is encrypted with another key"
        ),
        remains="the indexes and replicas, which have to be made again, and the requests that were refused meanwhile",
    ),
    "ec2:AssociateIamInstanceProfile": WorstCase(
        effect=(
            "an instance without a profile gets any that there is: with `iam:PassRole`, whoever uses the instance "
            "has the rights of its role"
        ),
        remains="what was done with those rights meanwhile",
    ),
    "ec2:AttachInternetGateway": WorstCase(
        effect="every internet gateway that is free is attached to a VPC without one, whose routes may then lead to it",
        remains="what an intruder did meanwhile",
    ),
    "ec2:AuthorizeSecurityGroupEgress": WorstCase(
        effect="everything that has a security group may reach every address and port",
        remains="what was sent out meanwhile",
    ),
    "ec2:AuthorizeSecurityGroupIngress": WorstCase(
        effect="every port of everything that has a security group is opened to everybody who can route to it",
        remains="what an intruder did meanwhile",
    ),
    "ec2:CreateFlowLogs": WorstCase(
        effect=(
            "what every VPC, subnet and interface sends and receives is recorded, in full, into a bucket of somebody "
            "else's"
        ),
        remains="what was recorded there, and the price of it",
    ),
    "ec2:CreateNetworkAclEntry": WorstCase(
        effect="every network ACL lets everything through, or nothing",
        remains="what an intruder did meanwhile, and the connections that were cut",
    ),
    "ec2:CreateTags": WorstCase(
        effect="a security group rule is made with any tags, and only while it is made",
        remains="what was allowed by its tags meanwhile",
    ),
    "ec2:DeleteFlowLogs": WorstCase(
        effect="no traffic is recorded any more",
        remains="the traffic that was not recorded meanwhile",
    ),
    "ec2:DeleteNetworkAclEntry": WorstCase(
        effect=(
            "every entry of every network ACL is removed: what none allows is denied, and what one denied may be "
            "allowed"
        ),
        remains=(
            "what an intruder did meanwhile, and the connections that were cut; the entries are in CloudTrail only "
            "where they were made"
        ),
    ),
    "ec2:DetachInternetGateway": WorstCase(
        effect=(
            "every internet gateway without a public address mapped behind it is detached: its VPC has no way to the "
            "internet"
        ),
        remains="the connections that were cut",
    ),
    "ec2:DisableEbsEncryptionByDefault": WorstCase(
        effect=(
            "new volumes and snapshot copies are unencrypted, in every region, unless whoever makes them says otherwise"
        ),
        remains="the volumes that were made meanwhile: they stay unencrypted",
    ),
    "ec2:DisassociateIamInstanceProfile": WorstCase(
        effect="no instance has the rights of its role any more",
        remains="what failed on the instances meanwhile",
    ),
    "ec2:EnableEbsEncryptionByDefault": WorstCase(
        effect="new volumes are encrypted, also where a shared snapshot or a launch cannot do with it",
        remains="the volumes that were made meanwhile: they stay encrypted",
    ),
    "ec2:ModifyImageAttribute": WorstCase(
        effect=(
            "every image of the account is shared with everybody, where blocking public access to images is off, or "
            "with any account; or with nobody"
        ),
        remains=(
            "the copies that others made and the instances that they launched meanwhile, and the launches that failed"
        ),
    ),
    "ec2:ModifyInstanceMetadataOptions": WorstCase(
        effect=(
            "every instance gives its role's credentials to whoever makes it send a plain request (IMDSv1), or gives "
            "its software none"
        ),
        remains="what was done with credentials that leaked, and what failed meanwhile",
    ),
    "ec2:ModifyNetworkInterfaceAttribute": WorstCase(
        effect="every network interface gets any security groups of its VPC, or forwards traffic that is not its own",
        remains="what an intruder did meanwhile, and the connections that were cut",
    ),
    "ec2:ModifySecurityGroupRules": WorstCase(
        effect="every rule lets in everybody who can route to it, or nobody",
        remains="what an intruder did meanwhile; the rules as they were, where CloudTrail has no call that made them",
    ),
    "ec2:ModifySnapshotAttribute": WorstCase(
        effect="every unencrypted snapshot is made public, and every public one private",
        remains="the copies that others made meanwhile",
    ),
    "ec2:ModifySubnetAttribute": WorstCase(
        effect="every instance that is launched in any subnet gets a public address, or resolves no names",
        remains="the addresses of instances that were launched meanwhile: they stay",
    ),
    "ec2:RevokeSecurityGroupEgress": WorstCase(
        effect="every egress rule is removed: nothing that has a security group reaches anything",
        remains="the rules' ids; the rules themselves are in CloudTrail",
    ),
    "ec2:RevokeSecurityGroupIngress": WorstCase(
        effect="every ingress rule is removed: nothing that has a security group can be reached",
        remains="the rules' ids; the rules themselves are in CloudTrail",
    ),
    "ec2:MonitorInstances": WorstCase(
        effect="every instance is measured every minute",
        remains="the price of its metrics",
    ),
    "ec2:StartInstances": WorstCase(
        effect="every stopped instance runs again, one that was stopped because it was broken into as well",
        remains="what it did meanwhile, and its price",
    ),
    "ec2:StopInstances": WorstCase(
        effect="every instance is stopped or, if it hibernates, put to sleep",
        remains=(
            "what was in memory or on instance store volumes, public addresses that are not elastic, and what was "
            "not served meanwhile"
        ),
    ),
    "elasticache:ModifyReplicationGroup": WorstCase(
        effect=(
            "every group loses its automatic backups and failover, its passwords and encryption in transit, or gets "
            "other nodes: IAM's condition keys have defaults that do not tell what was asked for"
        ),
        remains="what was read meanwhile, and the backups",
    ),
    "elasticfilesystem:PutBackupPolicy": WorstCase(
        effect="no file system is backed up any more, or every one is",
        remains="the backups that were not made meanwhile; the price of those that were",
    ),
    "elasticfilesystem:PutFileSystemPolicy": WorstCase(
        effect="every file system lets in everybody that can reach it, as root, or nobody at all",
        remains="what was read, written and refused meanwhile",
    ),
    "elasticloadbalancing:ModifyLoadBalancerAttributes": WorstCase(
        effect=(
            "every load balancer loses its deletion protection, logs and cross-zone balancing, or passes on invalid "
            "headers; connections are cut after a second"
        ),
        remains="what was not logged meanwhile, what an intruder did, and the requests that failed",
    ),
    "es:UpdateDomainConfig": WorstCase(
        effect=(
            "every domain lets in everybody over plain HTTP, gets another master user, or other nodes: IAM has no "
            "condition key for any of it"
        ),
        remains="what was read or destroyed meanwhile",
    ),
    "firehose:StartDeliveryStreamEncryption": WorstCase(
        effect="every stream is encrypted with another key, that of another account as well, and fails without it",
        remains="the records that were refused meanwhile",
    ),
    "firehose:StopDeliveryStreamEncryption": WorstCase(
        effect="no stream is encrypted any more while it holds records",
        remains="what was kept unencrypted meanwhile",
    ),
    "guardduty:CreateDetector": WorstCase(
        effect="GuardDuty is enabled in every region, with every protection plan that has its price",
        remains="the price of what it looked at",
    ),
    "guardduty:DeleteDetector": WorstCase(
        effect="GuardDuty watches no region any more",
        remains="every finding, filter and list of the detector, for good, and what it did not see meanwhile",
    ),
    "guardduty:UpdateDetector": WorstCase(
        effect=(
            "every detector is suspended, or reports every six hours at most; none looks at logs of S3, EKS, RDS or "
            "Lambda"
        ),
        remains="what it did not see meanwhile",
    ),
    "iam:CreateServiceLinkedRole": WorstCase(
        effect="the roles that GuardDuty and Security Hub need are made, whose rights AWS sets",
        remains="nothing but the roles themselves, which go with the services",
    ),
    "iam:DeleteAccountPasswordPolicy": WorstCase(
        effect="users may choose passwords by AWS's default policy alone",
        remains=(
            "the weak passwords that were chosen meanwhile; the policy itself is in CloudTrail only where it was put"
        ),
    ),
    "iam:PassRole": WorstCase(
        effect=(
            "any role but Suture's own goes to EC2, CloudTrail, RDS or VPC flow logs, if it trusts them: with the "
            "profile of an administrator on an instance, whoever uses the instance is one"
        ),
        remains="what was done with its rights meanwhile",
    ),
    "iam:UpdateAccessKey": WorstCase(
        effect="every access key of every user stops working, or a leaked one that was deactivated works again",
        remains="what was done with a key that was activated",
    ),
    "iam:UpdateAccountPasswordPolicy": WorstCase(
        effect="users may choose weak passwords that never expire, or passwords expire within a day",
        remains="the passwords that were chosen meanwhile, and who could not sign in",
    ),
    "kinesis:StartStreamEncryption": WorstCase(
        effect=(
            "every stream is encrypted with another key, that of another account as well, and nobody without it "
            "reads or writes"
        ),
        remains="the records that were refused meanwhile",
    ),
    "kinesis:StopStreamEncryption": WorstCase(
        effect="no stream is encrypted any more",
        remains="the records that were put meanwhile: they stay unencrypted",
    ),
    "kms:CancelKeyDeletion": WorstCase(
        effect="no key is deleted that somebody scheduled for it; it is left disabled",
        remains="the waiting time, which starts anew",
    ),
    "kms:DisableKeyRotation": WorstCase(
        effect="no key is rotated any more",
        remains="",
    ),
    "kms:EnableKeyRotation": WorstCase(
        effect="every key is rotated each year",
        remains="the price of rotations that were made",
    ),
    "logs:CreateLogDelivery": WorstCase(
        effect="AWS services deliver logs to any bucket or log group that takes them, if other actions ask them to",
        remains="what was delivered there, and the price of it",
    ),
    "logs:DeleteLogDelivery": WorstCase(
        effect="no flow logs and no other logs of AWS services are delivered any more",
        remains="the logs that were not delivered meanwhile",
    ),
    "rds:ModifyDBCluster": WorstCase(
        effect=(
            "every cluster gets a known master password, loses its deletion protection and most of its automated "
            "backups, or is restarted: IAM has no condition key for any of it"
        ),
        remains="what was read or destroyed meanwhile, and the backups",
    ),
    "rds:ModifyDBClusterSnapshotAttribute": WorstCase(
        effect=(
            "every unencrypted snapshot of a cluster may be restored by everybody, and any other by any account that "
            "may use its key"
        ),
        remains="the copies that others made meanwhile",
    ),
    "rds:ModifyDBInstance": WorstCase(
        effect=(
            "every database gets a known master password and a public address, loses its deletion protection and its "
            "automated backups, or is restarted: IAM has no condition key for any of it"
        ),
        remains="what was read or destroyed meanwhile, and the backups",
    ),
    "rds:ModifyDBParameterGroup": WorstCase(
        effect="every database takes connections without TLS and without a log, or is starved by its own settings",
        remains="what was read on the way and not logged meanwhile, and the requests that failed",
    ),
    "rds:ModifyDBSnapshotAttribute": WorstCase(
        effect=(
            "every unencrypted snapshot may be restored by everybody, and any other by any account that may use its key"
        ),
        remains="the copies that others made meanwhile",
    ),
    "rds:ResetDBParameterGroup": WorstCase(
        effect="every parameter is as AWS has it: databases take connections without TLS, and log less",
        remains="the values, but for those in templates, and what was not logged meanwhile",
    ),
    "redshift:DisableLogging": WorstCase(
        effect="no cluster logs any more who connects and what is asked",
        remains="what was not logged meanwhile",
    ),
    "redshift:EnableLogging": WorstCase(
        effect="every cluster's logs go to another bucket",
        remains="the logs that were read or lost meanwhile",
    ),
    "redshift:ModifyCluster": WorstCase(
        effect=(
            "every cluster gets a known administrator password and a public address, is encrypted anew, resized or "
            "upgraded, or loses its automated snapshots: IAM has no condition key for any of it"
        ),
        remains="what was read or destroyed meanwhile, and the snapshots",
    ),
    "s3:DeleteBucketPolicy": WorstCase(
        effect="what bucket policies deny, plain HTTP for one, is denied no more, and what they allow is denied",
        remains="what was read meanwhile; the policies themselves are in CloudTrail where they were put",
    ),
    "s3:PutAccountPublicAccessBlock": WorstCase(
        effect="the account's own setting blocks no public access any more; each bucket's own stays",
        remains="what was read meanwhile",
    ),
    "s3:PutBucketAcl": WorstCase(
        effect=(
            "where nothing blocks public access, anybody may list every object of every bucket that has ACLs, write "
            "objects into it and set its ACL"
        ),
        remains="what was listed, and the objects that were written or overwritten, meanwhile",
    ),
    "s3:PutBucketLogging": WorstCase(
        effect="no bucket's requests are logged, or they go to another bucket of the account",
        remains="the requests that were not logged meanwhile",
    ),
    "s3:PutBucketOwnershipControls": WorstCase(
        effect="every bucket takes ACLs again, or none does and what they allowed is denied",
        remains="what was read or refused meanwhile",
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
        effect="no bucket keeps the versions that are overwritten or deleted; or every one does",
        remains="the versions that were lost meanwhile, and the price of those kept",
    ),
    "s3:PutEncryptionConfiguration": WorstCase(
        effect=(
            "new objects are encrypted with another key, that of another account as well, which then decides who "
            "reads them"
        ),
        remains="the objects that were written meanwhile: they stay so",
    ),
    "s3:PutLifecycleConfiguration": WorstCase(
        effect="every object and every version of every bucket expires, and S3 deletes them within days",
        remains="all that was deleted, for good",
    ),
    "secretsmanager:DeleteSecret": WorstCase(
        effect="every secret is gone for what reads it, and deleted in 30 days",
        remains="what failed meanwhile; a secret can be restored within the 30 days only",
    ),
    "secretsmanager:RestoreSecret": WorstCase(
        effect="no secret is deleted that somebody scheduled for it",
        remains="the waiting time, which starts anew",
    ),
    "securityhub:DisableSecurityHub": WorstCase(
        effect="Security Hub is disabled in every region",
        remains=(
            "its findings, after 90 days, and what it did not check meanwhile; its standards, which have to be "
            "enabled again"
        ),
    ),
    "securityhub:EnableSecurityHub": WorstCase(
        effect="Security Hub is enabled in every region, with standards that are paid for by check",
        remains="the price of its checks",
    ),
    "sns:SetTopicAttributes": WorstCase(
        effect=(
            "anybody, in any account, may publish to and subscribe to every topic, none of which is encrypted; or "
            "nobody may"
        ),
        remains="what was read, forged or refused meanwhile",
    ),
    "sqs:SetQueueAttributes": WorstCase(
        effect=(
            "anybody, in any account, may send to, read from and purge every queue, none of which is encrypted; or "
            "messages are dropped after a minute"
        ),
        remains="what was read, forged, deleted or refused meanwhile",
    ),
    "ssm:ModifyDocumentPermission": WorstCase(
        effect=(
            "every document of the account is shared with everybody, where blocking public sharing is off, or with "
            "any account; or with nobody"
        ),
        remains="the copies that others made meanwhile",
    ),
    "ssm:ResetServiceSetting": WorstCase(
        effect="documents may be shared with everybody again",
        remains="the copies of what was shared that others made meanwhile",
    ),
    "ssm:UpdateServiceSetting": WorstCase(
        effect="documents may be shared with everybody again, or not any more",
        remains="the copies of what was shared that others made meanwhile",
    ),
    "ec2:UnmonitorInstances": WorstCase(
        effect="every instance is measured every five minutes only, and alarms see things later",
        remains="what was not measured meanwhile",
    ),
    "wafv2:DeleteLoggingConfiguration": WorstCase(
        effect="no web ACL logs its requests any more",
        remains="the requests that were not logged meanwhile",
    ),
    "wafv2:PutLoggingConfiguration": WorstCase(
        effect="the logs of every web ACL, cookies and passwords in them included, go to a bucket of somebody else's",
        remains="what was logged there",
    ),
}
"""By action: each that a fix writes with, and no other."""
