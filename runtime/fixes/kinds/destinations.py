"""Send the logs of a resource to a destination that the customer names: a bucket, a log group."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from runtime.domain.fix import OptionSpec
from runtime.domain.resource import parse_region
from runtime.fixes import policy_document
from runtime.fixes.calls import Pages, Read
from runtime.fixes.kinds.attributes import SetAttributes
from runtime.fixes.kinds.declared import Guard, Look, Named, one_of

PLACEHOLDERS = "${account_id}, ${region} and ${name} are replaced by those of the resource."

_NO_BUCKET = "NoSuchBucket"
_TARGET = {"Bucket": "${target_bucket}", "ExpectedBucketOwner": "${account_id}"}
_ON_TARGET = "arn:${partition}:s3:::${target_bucket}"


@dataclass(frozen=True, kw_only=True)
class LogTo(SetAttributes):
    """Attributes of a log destination, one of which the customer has ``named``. Another destination is kept."""


def _arn(look: Look) -> str:
    return look.resource.arn


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """The service principal that puts logs into a bucket, as objects whose names begin with ``object_name``.

    ``source_arn`` is the source of the logs that it sends, and ``account`` the ARN by which policies named it before.
    ``reads_acl`` if it first checks whether it may write. ``writes``: the resources that it writes the logs of.
    """

    service: str
    object_name: Callable[[Look], str]
    source_arn: Callable[[Look], str] = _arn
    account: Callable[[Look], str] = lambda _: ""
    reads_acl: bool = False
    writes: Callable[[Look], bool] = lambda _: True

    def _may(self, look: Look, action: str, resource: str) -> bool:
        found = policy_document.statements(look["target_policy"])
        context = {
            "aws:sourceaccount": look.resource.account_id,
            "aws:sourcearn": self.source_arn(look),
            "s3:x-amz-acl": "bucket-owner-full-control",
        }
        return found is not None and policy_document.allows(
            found, self.service, action, resource, context, account=self.account(look)
        )

    @property
    def guard(self) -> Guard:
        def is_let_in(look: Look) -> bool:
            bucket = f"arn:{look.resource.partition}:s3:::{look.option('target_bucket')}"
            return not self.writes(look) or (
                self._may(look, "s3:PutObject", f"{bucket}/{self.object_name(look)}*")
                and (not self.reads_acl or self._may(look, "s3:GetBucketAcl", bucket))
            )

        return Guard(
            holds=is_let_in,
            because=f"The policy of the bucket ${{target_bucket}} does not allow {self.service} to write logs.",
        )


def delivered(look: Look) -> str:
    """The source that ``delivery.logs.amazonaws.com`` sends: CloudWatch Logs of the account and region.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-V2-S3.html
    """
    return f"arn:{look.resource.partition}:logs:{look.resource.region}:{look.resource.account_id}:*"


def log_bucket(*writers: Writer, location: Callable[[Look], str]) -> Named:
    """A bucket into which one of the ``writers`` puts logs.

    It belongs to the resource's account, is in the region ``location``, encrypts with S3's own key (otherwise logs of
    S3 and load balancers do not arrive, and others only if the policy of the key allows them), and its policy allows
    the writer. The policy is not changed: it is that of another resource.
    """
    return Named(
        option="target_bucket",
        spec=OptionSpec(
            schema={
                "anyOf": [
                    {"type": "null"},
                    {"type": "string", "pattern": r"^([a-z0-9.-]|\$\{(account_id|region|name)\})+$"},
                ]
            },
            default=None,
            description=f"The bucket for the logs. {PLACEHOLDERS} If null, every resource is refused.",
        ),
        reads=(
            Read(
                call="s3:GetBucketLocation",
                by=_TARGET,
                on=_ON_TARGET,
                keep={"target_location": "LocationConstraint || 'us-east-1'"},
                absent=_NO_BUCKET,
            ),
            Read(
                call="s3:GetBucketPolicy",
                by=_TARGET,
                on=_ON_TARGET,
                keep={"target_policy": "Policy"},
                policies=("target_policy",),
                absent=("NoSuchBucketPolicy", _NO_BUCKET),
            ),
            Read(
                call="s3:GetBucketEncryption",
                action="s3:GetEncryptionConfiguration",
                by=_TARGET,
                on=_ON_TARGET,
                keep={
                    "target_encryption": "ServerSideEncryptionConfiguration.Rules[0]"
                    ".ApplyServerSideEncryptionByDefault.SSEAlgorithm"
                },
                absent=("ServerSideEncryptionConfigurationNotFoundError", _NO_BUCKET),
            ),
            Read(
                call="s3:GetObjectLockConfiguration",
                action="s3:GetBucketObjectLockConfiguration",
                by=_TARGET,
                on=_ON_TARGET,
                keep={"target_object_lock": "ObjectLockConfiguration.ObjectLockEnabled"},
                absent=("ObjectLockConfigurationNotFoundError", _NO_BUCKET),
            ),
            Read(
                call="s3:GetBucketRequestPayment",
                by=_TARGET,
                on=_ON_TARGET,
                keep={"target_payer": "Payer"},
                absent=_NO_BUCKET,
            ),
        ),
        guards=(
            Guard(
                holds=lambda look: look["target_location"] is not None, because="There is no bucket ${target_bucket}."
            ),
            Guard(
                holds=lambda look: parse_region(look["target_location"]) == location(look),
                because="The bucket ${target_bucket} is in another region, ${target_location}.",
            ),
            Guard(
                holds=one_of("target_encryption", None, "AES256"),
                because=(
                    "The bucket ${target_bucket} encrypts with a KMS key; logs need encryption with S3 managed keys."
                ),
            ),
            Guard(
                holds=one_of("target_object_lock", None),
                because="The bucket ${target_bucket} has Object Lock, and cannot receive logs.",
            ),
            Guard(
                holds=one_of("target_payer", "BucketOwner"),
                because="The bucket ${target_bucket} has Requester Pays, and cannot receive logs.",
            ),
            *(writer.guard for writer in writers),
        ),
    )


LOG_GROUP = Named(
    option="log_group",
    spec=OptionSpec(
        schema={
            "anyOf": [
                {"type": "null"},
                {"type": "string", "pattern": r"^([\w./#-]|\$\{(account_id|region|name)\})+$"},
            ]
        },
        default=None,
        description=f"The name of the CloudWatch Logs group. {PLACEHOLDERS} If null, every resource is refused.",
    ),
    reads=(
        Read(
            call="logs:DescribeLogGroups",
            by={"logGroupNamePrefix": "${log_group}"},
            on="*",
            # Sorted by name: the one with exactly this name comes first.
            # https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeLogGroups.html
            keep={
                "log_group_found": "logGroups[0].logGroupName || ''",
                "log_group_retention_days": "logGroups[0].retentionInDays",
            },
            or_none=("log_group_retention_days",),
        ),
    ),
    guards=(
        Guard(
            holds=lambda look: bool(look["log_group_found"] == look.option("log_group")),
            because="There is no log group ${log_group} where ${subject} is.",
        ),
        Guard(
            holds=lambda look: look["log_group_retention_days"] is not None,
            because="The log group ${log_group} has no retention period: set one first.",
        ),
    ),
)


def log_group_arn(look: Look) -> str:
    """The ARN of the named log group, without its streams. Raises ``Unset``."""
    resource = look.resource
    return f"arn:{resource.partition}:logs:{resource.region}:{resource.account_id}:log-group:{look.option('log_group')}"


def log_group_for(service: str) -> Named:
    """As ``LOG_GROUP``, to which the service principal ``service`` writes.

    A resource policy of CloudWatch Logs, of which an account has ten in a region, allows it. None is changed: they also
    apply to other log groups. https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutResourcePolicy.html
    """

    def lets_it_write(look: Look) -> bool:
        policies = [policy_document.statements(policy_document.meaning_or_none(one)) for one in look["log_policies"]]
        if None in policies:  # what is not understood may be a denial
            return False
        statements = [statement for policy in policies for statement in policy or ()]
        known = {"aws:sourceaccount": look.resource.account_id, "aws:sourcearn": look.resource.arn}
        # All of its streams, as the service's documentation has it.
        streams = f"{log_group_arn(look)}:*"
        return all(
            policy_document.allows(statements, service, action, streams, known)
            for action in ("logs:CreateLogStream", "logs:PutLogEvents")
        )

    return replace(
        LOG_GROUP,
        reads=(
            *LOG_GROUP.reads,
            Read(
                call="logs:DescribeResourcePolicies",
                by={},
                on="*",
                at=f"resourcePolicies[?contains(policyDocument, '{service}') || contains(policyDocument, 'Deny')]"
                ".policyDocument",
                keep={"log_policies": "@"},
                sets=("log_policies",),
                pages=Pages(more="nextToken", sent_as="nextToken"),
            ),
        ),
        guards=(
            *LOG_GROUP.guards,
            Guard(
                holds=lets_it_write,
                because=(
                    f"No resource policy of CloudWatch Logs allows {service} to write to the log group ${{log_group}}."
                ),
            ),
        ),
    )
