"""Turn on server access logging of an S3 bucket.

What it does
------------
Sends the bucket's server access logs to the log bucket that the catalog entry names, under a prefix. A bucket that
already sends its logs anywhere is not changed. The log bucket is checked and not changed: it must be in the same
account and region, use no KMS key, Object Lock or Requester Pays, and its policy must allow
``logging.s3.amazonaws.com`` to put objects there. Otherwise S3 loses the logs without an error.

It refuses to let a bucket log to itself, and to log a bucket that receives server access logs: each log would be
logged.

Why it matters
--------------
Only these logs show who read which object. Without them it is not possible to determine what was stolen.

What can break
--------------
Nothing. S3 charges for the logs until a lifecycle rule of the log bucket removes them. The first logs arrive after
hours, and S3 does not guarantee that they are complete.

Undo
----
Turns logging off again. Delivered logs are kept.

References
----------
* Security Hub control S3.9: https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html#s3-9
* Server access logging: https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerLogs.html
* What the bucket that takes the logs must be like:
  https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
* PutBucketLogging: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLogging.html
"""

from __future__ import annotations

from runtime.domain.fix import Disruption, OptionSpec
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Read, Value, Write
from runtime.fixes.kinds.attributes import Anything
from runtime.fixes.kinds.declared import Guard, Look
from runtime.fixes.kinds.destinations import PLACEHOLDERS, LogTo, Writer, log_bucket
from runtime.fixes.policy_document import principals, statements
from runtime.fixes.s3 import BUCKET, BY_BUCKET, LOCATION, POLICY_MEANING, region_of

_WRITER = "logging.s3.amazonaws.com"


def _takes_logs(look: Look) -> bool:
    found = statements(look["bucket_policy"])
    return found is None or any(name == _WRITER for one in found for _, name in principals(one))


FIX = LogTo(
    of=BUCKET,
    id="s3-access-logging",
    title="Turn on server access logging of an S3 bucket",
    disruption=Disruption.NONE,
    hazard="S3 charges for the logs until a lifecycle rule removes them.",
    undo_hazard="Later requests to the bucket are not logged.",
    reads=(
        Read(
            call="s3:GetBucketLogging",
            by=BY_BUCKET,
            keep={"logging": "LoggingEnabled.{TargetBucket: TargetBucket, TargetPrefix: TargetPrefix}"},
            or_none=("logging",),
        ),
        LOCATION,
        POLICY_MEANING,
    ),
    named=(
        log_bucket(
            Writer(service=_WRITER, object_name=lambda look: str(look.option("target_prefix"))), location=region_of
        ),
    ),
    options={
        "target_prefix": OptionSpec(
            schema={"type": "string", "pattern": r"^([\w!.*'()/-]|\$\{(account_id|region|name)\})*$"},
            default="${name}/",
            description=f"The prefix of the log objects. {PLACEHOLDERS}",
        )
    },
    wanted={
        "logging": Anything(
            lambda look: {
                "TargetBucket": look.option("target_bucket"),
                "TargetPrefix": look.option("target_prefix"),
            }
        )
    },
    guards=(
        Guard(
            holds=lambda look: bool(look.option("target_bucket") != look.resource.name),
            because="${subject} is the log bucket: its logs would be logged.",
        ),
        Guard(
            holds=lambda look: not _takes_logs(look),
            because="${subject} receives logs itself: each log would be logged.",
        ),
    ),
    write=Write(
        call="s3:PutBucketLogging", by={**BY_BUCKET, "BucketLoggingStatus": {"LoggingEnabled": Value("logging")}}
    ),
    unset=Write(call="s3:PutBucketLogging", by={**BY_BUCKET, "BucketLoggingStatus": {}}),
    template={
        TemplateTool.CLOUDFORMATION: "set DestinationBucketName and LogFilePrefix in LoggingConfiguration of "
        "AWS::S3::Bucket",
        TemplateTool.CDK: "set serverAccessLogsBucket and serverAccessLogsPrefix of Bucket",
        TemplateTool.TERRAFORM: "set target_bucket and target_prefix of aws_s3_bucket_logging",
    },
)
