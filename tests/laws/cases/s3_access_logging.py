"""An S3 bucket and its server access logging."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from runtime.domain.resource import Resource
from tests.laws.cases import ACCOUNT_ID, AlreadyCompliant, Bad, Clients, Refusal
from tests.laws.cases.buckets import bucket, put_policy

LOGS = f"access-logs-{ACCOUNT_ID}-us-east-1"
ANSWERS = {"s3:GetBucketRequestPayment": {"Payer": "BucketOwner"}}
OPTIONS = {"target_bucket": "access-logs-${account_id}-${region}"}


def _allow_logs(name: str, **more: Any) -> dict[str, Any]:
    return {
        "Effect": "Allow",
        "Principal": {"Service": "logging.s3.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": f"arn:aws:s3:::{name}/*",
        "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT_ID}},
        **more,
    }


def _logs(clients: Clients, *, region: str | None = None, **policy: Any) -> None:
    s3 = clients("s3")
    if LOGS not in [one["Name"] for one in s3.list_buckets()["Buckets"]]:
        place = {"CreateBucketConfiguration": {"LocationConstraint": region}} if region else {}
        s3.create_bucket(Bucket=LOGS, ObjectLockEnabledForBucket=bool(policy.pop("object_lock", False)), **place)
    taking = Resource(type="", arn=f"arn:aws:s3:::{LOGS}", name=LOGS, account_id="", region="", partition="")
    put_policy(clients, taking, _allow_logs(LOGS, **policy))


def _bucket(**logs: Any) -> Callable[[Clients], Resource]:
    def create(clients: Clients) -> Resource:
        _logs(clients, **logs)
        return bucket(clients)

    return create


def _log_to(target: str, prefix: str) -> Callable[[Clients, Resource], None]:
    def change(clients: Clients, resource: Resource) -> None:
        clients("s3").put_bucket_logging(
            Bucket=resource.name,
            BucketLoggingStatus={"LoggingEnabled": {"TargetBucket": target, "TargetPrefix": prefix}},
        )

    return change


def _logging_elsewhere(clients: Clients) -> Resource:
    resource = _bucket()(clients)
    _log_to(LOGS, "elsewhere/")(clients, resource)
    return resource


def _forbid_plain_http(clients: Clients, resource: Resource) -> None:
    denial = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": resource.arn}
    put_policy(clients, resource, {**denial, "Condition": {"Bool": {"aws:SecureTransport": "false"}}})


def _taking_logs(clients: Clients) -> Resource:
    resource = _bucket()(clients)
    put_policy(clients, resource, _allow_logs(resource.name))
    return resource


def _the_target(clients: Clients) -> Resource:
    resource = _bucket()(clients)
    return Resource(
        type=resource.type,
        arn=f"arn:aws:s3:::{LOGS}",
        name=LOGS,
        account_id=resource.account_id,
        region=resource.region,
        partition=resource.partition,
    )


def _with_a_key(clients: Clients) -> Resource:
    resource = _bucket()(clients)
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}
    clients("s3").put_bucket_encryption(Bucket=LOGS, ServerSideEncryptionConfiguration={"Rules": [rule]})
    return resource


def read_back(clients: Clients, resource: Resource) -> Any:
    """Where the logs go; with the bucket's own name left out of the prefix, which is made up anew."""
    logging = clients("s3").get_bucket_logging(Bucket=resource.name).get("LoggingEnabled")
    return logging and {**logging, "TargetPrefix": logging["TargetPrefix"].replace(resource.name, "<bucket>")}


CASES = (
    Bad(
        name="without logging",
        create=_bucket(),
        options=OPTIONS,
        fixed={"TargetBucket": LOGS, "TargetPrefix": "<bucket>/"},
        disturb=_forbid_plain_http,
    ),
    AlreadyCompliant(name="logging elsewhere", create=_logging_elsewhere, options=OPTIONS),
    AlreadyCompliant(name="logging, and no bucket is named", create=_logging_elsewhere),
    Refusal(name="one for which no bucket is named", create=_bucket(), because="option target_bucket"),
    Refusal(
        name="one for which a bucket is named that is not there",
        create=bucket,
        options=OPTIONS,
        because=f"no bucket {LOGS}",
    ),
    Refusal(
        name="in another region than the logs",
        create=_bucket(region="eu-west-1"),
        options=OPTIONS,
        because="another region, eu-west-1",
    ),
    Refusal(
        name="one whose logs S3 may not write",
        create=_bucket(Action="s3:GetObject"),
        options=OPTIONS,
        because="does not allow logging.s3.amazonaws.com",
    ),
    Refusal(
        name="one whose logs S3 may write for another account only",
        create=_bucket(Condition={"StringEquals": {"aws:SourceAccount": "222222222222"}}),
        options=OPTIONS,
        because="does not allow logging.s3.amazonaws.com",
    ),
    Refusal(name="one whose logs would be encrypted", create=_with_a_key, options=OPTIONS, because="KMS key"),
    Refusal(
        name="one whose logs would be locked",
        create=_bucket(object_lock=True),
        options=OPTIONS,
        because="Object Lock",
    ),
    Refusal(
        name="one whose logs the requester would pay",
        create=_bucket(),
        answers={"s3:GetBucketRequestPayment": {"Payer": "Requester"}},
        options=OPTIONS,
        because="Requester Pays",
    ),
    Refusal(name="the one that takes the logs", create=_the_target, options=OPTIONS, because="would be logged"),
    Refusal(
        name="one that takes others' logs",
        create=_taking_logs,
        options=OPTIONS,
        because="receives logs itself: each log would be logged",
    ),
)
