"""Deny requests to an S3 bucket that do not use TLS.

What it does
------------
Adds one statement, ``SutureDenyInsecureTransport``, to the bucket policy. It denies every S3 action on the bucket and
its objects, for all principals, if the request does not use TLS. Other statements do not change. A bucket without
a policy gets one with only this statement.

A policy that already denies the same, under any ``Sid``, is not changed. It refuses:

* a bucket that is configured as a website, because S3's website endpoints do not support TLS;
* a policy that would become longer than the 20 KB that S3 accepts;
* a policy that names a principal that no longer exists, because S3 would not accept it again;
* a policy with a statement ``SutureDenyInsecureTransport`` with different content;
* a policy that allows everybody, if Block Public Access, of the bucket or of its account, would refuse to store it
  again. If that is turned on afterwards, S3 refuses the undo, which then changes nothing.

Why it matters
--------------
S3 accepts plain HTTP as well as HTTPS. A misconfigured client sends its requests, signatures and data in clear text,
where they can be read and changed in transit without being noticed.

What can break
--------------
Clients that use ``http://`` addresses of the bucket are denied at once: old SDK configurations, appliances, links in
web pages. Clients that use the AWS SDKs or the AWS CLI use HTTPS unless they are configured not to.

Undo
----
Restores the policy exactly as it was. If the bucket had none, the policy is deleted.

References
----------
* Security Hub control S3.5: https://docs.aws.amazon.com/securityhub/latest/userguide/s3-controls.html#s3-5
* Bucket policies that demand TLS:
  https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-bucket-policies.html#example-bucket-policies-HTTP-HTTPS
* Website endpoints: https://docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteEndpoints.html
* Limits of a bucket policy: https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-bucket-policies.html
* PutBucketPolicy: https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from runtime.domain.fix import Disruption, Stage
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Read, Value, Write
from runtime.fixes.kinds.declared import Guard, Look
from runtime.fixes.kinds.policies import POLICY, DenyStatement
from runtime.fixes.policy_document import Statement, as_list, covers
from runtime.fixes.s3 import ACCOUNT_BLOCK, BLOCK, BUCKET, BY_BUCKET, POLICY_STATUS, WEBSITE, blocks

_PUBLIC = "public"
"""The part of the state that is set if the policy allows everybody: only then the account is read."""

_DENIAL = (
    "a statement that denies everybody every S3 action on the bucket and its objects where aws:SecureTransport is false"
)


def _statement(look: Look) -> Statement:
    arn = look.resource.arn
    return {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [arn, f"{arn}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def _denies_insecure_transport(statements: list[Statement], look: Look) -> bool:
    denied = [
        pattern
        for statement in statements
        if _denies_everything_without_tls(statement)
        for pattern in as_list(statement.get("Resource", []))
    ]
    arn = look.resource.arn
    return all(any(covers(pattern, target) for pattern in denied) for target in (arn, f"{arn}/*"))


def _denies_everything_without_tls(statement: Mapping[str, Any]) -> bool:
    """Whether the statement denies everybody all actions, with the only condition that TLS is missing."""
    return (
        statement.get("Effect") == "Deny"
        and statement.get("Principal") in ("*", {"AWS": "*"}, {"AWS": ["*"]})
        and not {"s3:*", "*"}.isdisjoint(str(action).lower() for action in as_list(statement.get("Action", [])))
        and _is_missing_tls(statement.get("Condition"))
    )


def _is_missing_tls(condition: Any) -> bool:
    match condition:
        case {"Bool": dict(keys)} | {"BoolIfExists": dict(keys)} if len(condition) == len(keys) == 1:
            [(key, value)] = keys.items()
            return key.lower() == "aws:securetransport" and [str(one).lower() for one in as_list(value)] == ["false"]
        case _:
            return False


FIX = DenyStatement(
    of=BUCKET,
    id="s3-deny-insecure-transport",
    title="Deny requests to an S3 bucket that do not use TLS",
    stage=Stage.STABLE,
    disruption=Disruption.DATA_PATH,
    hazard="Clients that use plain HTTP are denied.",
    undo_hazard="Allows plain HTTP again, which others can read in transit.",
    reads=(
        Read(call="s3:GetBucketPolicy", by=BY_BUCKET, keep={POLICY: "Policy"}, absent="NoSuchBucketPolicy"),
        BLOCK,
        replace(
            POLICY_STATUS,
            keep={**POLICY_STATUS.paths, _PUBLIC: "[PolicyStatus][?IsPublic] | [0] && 'yes'"},
            or_none=(_PUBLIC,),
        ),
        replace(ACCOUNT_BLOCK, of=_PUBLIC),
        WEBSITE,
    ),
    guards=(
        Guard(
            holds=lambda look: not (look["policy_is_public"] and blocks("BlockPublicPolicy", look)),
            because=(
                "The policy of ${subject} allows everybody, and Block Public Access would refuse to store it with the "
                "denial or, to undo it, without."
            ),
        ),
        Guard(
            holds=lambda look: look["website"] is None,
            because="${subject} is configured as a website, and website endpoints do not support TLS.",
        ),
    ),
    informs=("policy_is_public", _PUBLIC),  # the policy that is written may have another value
    sid="SutureDenyInsecureTransport",
    statement=_statement,
    denies=_denies_insecure_transport,
    put=Write(call="s3:PutBucketPolicy", by={**BY_BUCKET, "Policy": Value(POLICY)}),
    delete=Write(call="s3:DeleteBucketPolicy", by=BY_BUCKET),
    # https://docs.aws.amazon.com/AmazonS3/latest/userguide/example-bucket-policies.html
    limit_bytes=20 * 1024,
    template={
        TemplateTool.CLOUDFORMATION: f"add {_DENIAL} to PolicyDocument of AWS::S3::BucketPolicy",
        TemplateTool.CDK: "set enforceSSL of Bucket to true",
        TemplateTool.TERRAFORM: f"add {_DENIAL} to policy of aws_s3_bucket_policy",
    },
)
