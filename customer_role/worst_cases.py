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
    "access-analyzer:CreateAnalyzer": WorstCase(
        effect="analyzers are made in every region, those of unused and internal access as well, which are paid for",
        remains="the price of what they looked at",
    ),
    "access-analyzer:DeleteAnalyzer": WorstCase(
        effect="the analyzer suture-external-access is deleted in every region; no other can be",
        remains="its findings and archive rules, and what it did not see meanwhile",
    ),
    "apigateway:PATCH": WorstCase(
        effect=(
            "every stage of a REST API has another deployment, other variables, which may lead to other functions, and "
            "no logs, throttling, cache or client certificate: IAM has a condition key only for where access is logged"
        ),
        remains="what was served by others, failed or was not logged meanwhile",
    ),
    "athena:UpdateWorkGroup": WorstCase(
        effect=(
            "every workgroup's results go unencrypted to another bucket, and every workgroup is disabled or loses "
            "its limit of scanned bytes"
        ),
        remains=(
            "the results that were read meanwhile, the queries that were not run, and what was paid for larger ones"
        ),
    ),
    "autoscaling:UpdateAutoScalingGroup": WorstCase(
        effect=(
            "every Auto Scaling group replaces instances as its load balancer says, or no longer does, at once or "
            "after hours"
        ),
        remains="the instances that were terminated, and what was on them",
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
    "cloudtrail:CreateTrail": WorstCase(
        effect="Suture's trail sends the events of all regions to somebody else's bucket",
        remains="what was recorded there, and the price of it",
    ),
    "cloudtrail:DeleteTrail": WorstCase(
        effect="the trail that Suture made is deleted, and no other",
        remains="the events that were not recorded meanwhile, beyond CloudTrail's own history of 90 days",
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
    "cloudwatch:DeleteAlarms": WorstCase(
        effect="every alarm whose name begins with suture- is deleted",
        remains="the alarms that were missed meanwhile",
    ),
    "cloudwatch:PutMetricAlarm": WorstCase(
        effect="alarms whose names begin with suture- say nothing, or tell somebody else",
        remains="the alarms that were missed meanwhile",
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
    "ec2:DisableSnapshotBlockPublicAccess": WorstCase(
        effect="every snapshot that is shared with everybody is public again, and any may be made so",
        remains="the copies that others made meanwhile",
    ),
    "ec2:DisassociateIamInstanceProfile": WorstCase(
        effect="no instance has the rights of its role any more",
        remains="what failed on the instances meanwhile",
    ),
    "ec2:EnableEbsEncryptionByDefault": WorstCase(
        effect="new volumes are encrypted, also where a shared snapshot or a launch cannot do with it",
        remains="the volumes that were made meanwhile: they stay encrypted",
    ),
    "ec2:EnableSnapshotBlockPublicAccess": WorstCase(
        effect="no snapshot is public, in any region, or only no more become so",
        remains="what failed for those who use public snapshots meanwhile",
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
    "ec2:ModifyInstanceMetadataDefaults": WorstCase(
        effect=(
            "new instances take requests without a token (IMDSv1), have no metadata service, or do not start, in every "
            "region, where their launch does not say otherwise"
        ),
        remains="the instances that were launched meanwhile: they stay so; credentials that leaked, and what failed",
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
        effect="every rule allows everybody who can route to it, or nobody",
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
    "ec2:ModifyTransitGateway": WorstCase(
        effect=(
            "whoever a transit gateway is shared with connects to the networks behind it unasked, and its routes and "
            "address ranges are others"
        ),
        remains="the attachments that were accepted meanwhile, and what went through them",
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
        effect="every file system allows everybody that can reach it, as root, or nobody at all",
        remains="what was read, written and refused meanwhile",
    ),
    "elasticloadbalancing:ModifyListener": WorstCase(
        effect="every listener of a load balancer sends its clients to somebody else's address, or answers nothing",
        remains="what clients sent there meanwhile",
    ),
    "ecr:DeleteRepositoryPolicy": WorstCase(
        effect="no repository is open to other accounts or to services any more, and what policies denied is allowed",
        remains="the pulls that failed meanwhile; the policies are in CloudTrail only where they were set",
    ),
    "ecr:PutImageScanningConfiguration": WorstCase(
        effect="no repository is scanned on push any more, where no rule of the registry has it scanned",
        remains="the vulnerabilities that nobody heard of meanwhile",
    ),
    "ecr:PutImageTagMutability": WorstCase(
        effect="tags of every repository may be moved to other images, or none may and pipelines that push again fail",
        remains="the tags that were moved and the pushes that failed meanwhile",
    ),
    "ecr:SetRepositoryPolicy": WorstCase(
        effect="anybody, in any account, may pull, push and delete images in every repository",
        remains="what was pulled, what ran of what was pushed, and the images that were deleted, meanwhile",
    ),
    "eks:UpdateClusterConfig": WorstCase(
        effect=(
            "the endpoint of every cluster is open to the internet, nothing logs what is done there, clusters lose "
            "their deletion protection, and subnets and security groups are others: IAM has no condition key for these"
        ),
        remains="what was done over the endpoint and what was not logged meanwhile",
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
            "every domain allows everybody over plain HTTP, gets another master user, or other nodes: IAM has no "
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
    "iam:AttachRolePolicy": WorstCase(
        effect=(
            "every role but Suture's own is denied everything: the policy `AWSDenyAll` is the only one that the role "
            "lets it attach"
        ),
        remains="what failed meanwhile, or could not be done by whoever has to take it back",
    ),
    "iam:AttachUserPolicy": WorstCase(
        effect="every user is denied everything: the policy `AWSDenyAll` is the only one that the role lets it attach",
        remains="what failed meanwhile, or could not be done by whoever has to take it back",
    ),
    "iam:CreateServiceLinkedRole": WorstCase(
        effect="the roles that Access Analyzer, GuardDuty and Security Hub need are made, whose rights AWS sets",
        remains="nothing but the roles themselves, which go with the services",
    ),
    "iam:DeleteAccountPasswordPolicy": WorstCase(
        effect="users may choose passwords by AWS's default policy alone",
        remains=(
            "the weak passwords that were chosen meanwhile; the policy itself is in CloudTrail only where it was put"
        ),
    ),
    "iam:DetachGroupPolicy": WorstCase(
        effect=(
            "no group gives the rights of an administrator any more: `AdministratorAccess` is the only policy that the "
            "role lets it detach"
        ),
        remains="what could not be done meanwhile, by whoever has to take it back as well",
    ),
    "iam:DetachRolePolicy": WorstCase(
        effect=(
            "every role that was quarantined with `AWSDenyAll` works again, and none but Suture's own keeps "
            "`AdministratorAccess`; no other policy can be detached"
        ),
        remains="what was done with it or failed meanwhile, or could not be done by whoever has to take it back",
    ),
    "iam:DetachUserPolicy": WorstCase(
        effect=(
            "every user loses the policies that are attached to it alone: those that allow, and those that deny, "
            "`AWSDenyAll` among them"
        ),
        remains=(
            "what was done without the denials or failed meanwhile; which policies they were is in CloudTrail only "
            "where they were attached"
        ),
    ),
    "iam:PassRole": WorstCase(
        effect=(
            "any role but Suture's own goes to EC2, S3, CloudTrail, RDS or VPC flow logs, if it trusts them: with the "
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
    "lambda:AddPermission": WorstCase(
        effect=(
            "anybody, in any account, may invoke, change and delete every function, and so has the rights of its role; "
            "nobody can be let in by name"
        ),
        remains="what was done with those rights meanwhile, and the functions that were changed or deleted",
    ),
    "lambda:RemovePermission": WorstCase(
        effect="what invokes functions by their policies is denied: buckets, APIs, rules and other accounts",
        remains="the invocations that failed meanwhile; the statements are in CloudTrail only where they were added",
    ),
    "lambda:UpdateFunctionConfiguration": WorstCase(
        effect=(
            "every function gets other environment variables, another handler, runtime, memory and timeout, and fails; "
            "no layer, and no other role without `iam:PassRole`"
        ),
        remains="the invocations that failed meanwhile, and the environment variables that nobody wrote down",
    ),
    "lambda:UpdateFunctionUrlConfig": WorstCase(
        effect="every function's URL whose policy allows everybody is open to the internet, or to nobody unsigned",
        remains="what was called or refused meanwhile",
    ),
    "logs:DeleteMetricFilter": WorstCase(
        effect="every metric filter is removed, and the alarms on their metrics say nothing",
        remains="the alarms that were missed meanwhile",
    ),
    "logs:PutMetricFilter": WorstCase(
        effect="every metric filter matches something else",
        remains="the alarms that were missed meanwhile",
    ),
    "logs:PutRetentionPolicy": WorstCase(
        effect="every log group keeps its events for a day, and CloudWatch Logs deletes what is older",
        remains="all events that were deleted, for good",
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
    "route53:CreateQueryLoggingConfig": WorstCase(
        effect="the queries of every public hosted zone are logged to a log group that Route 53 may write to",
        remains="the price of what was logged meanwhile",
    ),
    "route53:DeleteQueryLoggingConfig": WorstCase(
        effect="the queries of no hosted zone are logged any more",
        remains="what was not logged meanwhile",
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
    "s3:PutReplicationConfiguration": WorstCase(
        effect=(
            "all that is written from then on to a bucket with versioning is copied into a bucket of somebody else's, "
            "with a role that may read it, or is copied nowhere any more"
        ),
        remains="what was copied there, and the copies that were not made",
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
    "xray:PutEncryptionConfig": WorstCase(
        effect="X-Ray encrypts traces with another key, that of another account as well, or stores none without it",
        remains="the traces that were lost meanwhile, and those that need the other key for the 30 days they are kept",
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
