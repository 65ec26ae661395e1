"""Abort incomplete multipart uploads to an S3 bucket after some days.

What it does
------------
Adds one lifecycle rule to the bucket, ``suture-abort-incomplete-uploads``. It aborts multipart uploads that are not
completed within a number of days, and deletes their parts. Other rules, and the minimum object size for
transitions, do not change. A bucket with a rule that already does this for every upload, after any number of days, is
not changed. If the bucket has rules with the deprecated prefix and no filter, the new rule has this form too: S3 does
not accept both forms in one configuration.

It refuses a bucket with MFA delete, for which S3 accepts no lifecycle rules, and a bucket with a rule of the deprecated
form that does this for part of the uploads: S3 accepts no second rule for all uploads.

Why it matters
--------------
The parts of an incomplete upload are not listed as objects, and S3 charges for them until they are removed.

What can break
--------------
An upload that is kept open on purpose for longer than this number of days cannot be completed.

Undo
----
Restores the previous rules, or removes the lifecycle configuration if there was none. Parts that were deleted in the
meantime are lost; they were only useful to complete an upload.

References
----------
* Security Hub control S3.13: https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html#s3-13
* Aborting unfinished uploads:
  https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpu-abort-incomplete-mpu-lifecycle-config.html
* PutBucketLifecycleConfiguration:
  https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from runtime.domain.fix import Disruption, OptionSpec
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Read, Value, Write
from runtime.fixes.kinds.attributes import Exactly, SetAttributes
from runtime.fixes.kinds.declared import Guard, Look, none_of
from runtime.fixes.s3 import BUCKET, BY_BUCKET

_RULE = "suture-abort-incomplete-uploads"
_PUT = "s3:PutLifecycleConfiguration"
_LIMIT = 1000
_EVERYTHING: tuple[dict[str, str], ...] = ({}, {"Prefix": ""})


@dataclass(frozen=True, slots=True)
class _WithSuchARule(Exactly):
    """A lifecycle configuration with an enabled rule that aborts every upload; if none does, after ``value`` days."""

    def accepts(self, found: Any, look: Look) -> bool:  # noqa: ARG002  others need it
        return any(
            rule["Status"] == "Enabled"
            and "AbortIncompleteMultipartUpload" in rule
            and rule.get("Filter", {"Prefix": rule.get("Prefix", "")}) in _EVERYTHING
            for rule in (found or {"Rules": ()})["Rules"]
        )

    def instead_of(self, found: Any, look: Look) -> Any:
        before = found or {"Rules": [], "TransitionDefaultMinimumObjectSize": "all_storage_classes_128K"}
        rule = {
            "ID": _RULE,
            "Status": "Enabled",
            **({"Prefix": ""} if any(map(_is_old, before["Rules"])) else {"Filter": {"Prefix": ""}}),
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": look.option(self.value)},
        }
        return {**before, "Rules": [*before["Rules"], rule]}


def _is_old(rule: Mapping[str, Any]) -> bool:
    """Whether a rule has the deprecated form. S3 accepts no configuration that mixes both forms.

    https://docs.aws.amazon.com/AmazonS3/latest/API/API_LifecycleRule.html
    """
    return "Prefix" in rule


def _overlaps_with_none(look: Look) -> bool:
    rules = (look["configuration"] or {"Rules": ()})["Rules"]
    return not any(_is_old(rule) and "AbortIncompleteMultipartUpload" in rule for rule in rules)


def _has_room(look: Look) -> bool:
    rules = (look["configuration"] or {"Rules": ()})["Rules"]
    return len(rules) < _LIMIT and all(rule.get("ID") != _RULE for rule in rules)


FIX = SetAttributes(
    of=BUCKET,
    id="s3-abort-incomplete-uploads",
    title="Abort incomplete multipart uploads to an S3 bucket after some days",
    disruption=Disruption.NONE,
    hazard="An upload that is open for longer than the number of days fails.",
    undo_hazard="S3 keeps and charges for the parts of uploads that never end.",
    reads=(
        Read(
            call="s3:GetBucketLifecycleConfiguration",
            action="s3:GetLifecycleConfiguration",
            by=BY_BUCKET,
            keep={
                "configuration": "{Rules: Rules, "
                "TransitionDefaultMinimumObjectSize: TransitionDefaultMinimumObjectSize}"
            },
            absent="NoSuchLifecycleConfiguration",
        ),
        Read(call="s3:GetBucketVersioning", by=BY_BUCKET, keep=("MFADelete",), or_none=("MFADelete",)),
    ),
    wanted={"configuration": _WithSuchARule("days")},
    options={
        "days": OptionSpec(
            schema={"type": "integer", "minimum": 1},
            default=7,
            description="The number of days after which an incomplete upload is aborted.",
        )
    },
    guards=(
        Guard(
            holds=none_of("MFADelete", "Enabled"),
            because="${subject} has MFA delete on: S3 accepts no lifecycle rules for it.",
        ),
        Guard(
            # Omitting it would set the default, and change which objects the other rules transition.
            holds=lambda look: (
                look["configuration"] is None or look["configuration"]["TransitionDefaultMinimumObjectSize"] is not None
            ),
            because="The object size setting of the lifecycle rules of ${subject} could not be read.",
        ),
        Guard(
            holds=_overlaps_with_none,
            because=(
                "${subject} has a rule with the deprecated Prefix for part of the uploads, and S3 accepts no second "
                "rule."
            ),
        ),
        Guard(
            holds=_has_room,
            because=f"${{subject}} has {_LIMIT} lifecycle rules, or a rule {_RULE} with another content.",
        ),
    ),
    # It replaces all rules: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html
    write=Write(
        call="s3:PutBucketLifecycleConfiguration",
        action=_PUT,
        by={
            **BY_BUCKET,
            "LifecycleConfiguration": {"Rules": Value("configuration.Rules")},
            "TransitionDefaultMinimumObjectSize": Value("configuration.TransitionDefaultMinimumObjectSize"),
        },
    ),
    # Deletion has no IAM action of its own:
    # https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketLifecycle.html
    unset=Write(call="s3:DeleteBucketLifecycle", action=_PUT, by=BY_BUCKET),
    shows={"lifecycle_rules_that_stay": lambda look: len((look["configuration"] or {"Rules": ()})["Rules"])},
    template={
        TemplateTool.CLOUDFORMATION: "add a rule with AbortIncompleteMultipartUpload to LifecycleConfiguration of "
        "AWS::S3::Bucket",
        TemplateTool.CDK: "add a rule with abortIncompleteMultipartUploadAfter to lifecycleRules of Bucket",
        TemplateTool.TERRAFORM: "add a rule with abort_incomplete_multipart_upload to "
        "aws_s3_bucket_lifecycle_configuration",
    },
)
