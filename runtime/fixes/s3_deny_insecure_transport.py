"""Deny requests to an S3 bucket that do not use TLS.

What it does
------------
Adds one statement, ``SutureDenyInsecureTransport``, to the bucket policy. It denies every S3 action on the bucket and
its objects, to everybody, where the request does not use TLS. All other statements stay as they are. A bucket without
a policy gets one that holds only this statement.

A policy that denies the same already, under whatever ``Sid``, is left alone. It refuses:

* a bucket that is set up as a website, because S3's website endpoints do not speak TLS;
* a policy that would become longer than the 20 KB that S3 takes;
* a policy that names a principal that no longer exists, because S3 would not take it back;
* a policy with a statement ``SutureDenyInsecureTransport`` that says something else.

Why it matters
--------------
S3 answers plain HTTP as well as HTTPS. A client that is set up wrongly sends its requests, signatures and data so that
everybody on the way can read and change them, and nobody notices.

What can break
--------------
Clients that use ``http://`` addresses of the bucket are denied at once: old SDK configurations, appliances, links in
web pages. Clients of the AWS SDKs and of the command line use HTTPS unless they were told not to.

Undo
----
Puts the policy back, to the letter. If the bucket had none, the policy is deleted.

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

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from runtime.domain.fix import Disruption, FixSpec, Options, Permission, Stage
from runtime.domain.plan import Change, Compliant, Plan, Planned, Refused, State
from runtime.domain.resource import Resource
from runtime.domain.template import TemplateTool
from runtime.fixes.contract import Call, Reader
from runtime.fixes.s3_bucket import WEBSITE_PERMISSION, bucket_parameters, hosts_website

_SID = "SutureDenyInsecureTransport"
_POLICY_LIMIT_BYTES = 20 * 1024
_DENIAL = (
    "a statement that denies everybody every S3 action on the bucket and its objects where aws:SecureTransport is false"
)

SPEC = FixSpec(
    id="s3-deny-insecure-transport",
    title="Deny requests to an S3 bucket that do not use TLS",
    resource_types=("AWS::S3::Bucket",),
    reads=(
        Permission(action="s3:GetBucketPolicy", operation="s3:GetBucketPolicy"),
        WEBSITE_PERMISSION,
    ),
    writes=(
        Permission(action="s3:PutBucketPolicy", operation="s3:PutBucketPolicy"),
        Permission(action="s3:DeleteBucketPolicy", operation="s3:DeleteBucketPolicy"),
    ),
    reversible=True,
    stage=Stage.STABLE,
    disruption=Disruption.DATA_PATH,
    hazard="Clients that use the bucket over plain HTTP are denied.",
    template_properties={
        TemplateTool.CLOUDFORMATION: f"add {_DENIAL} to PolicyDocument of AWS::S3::BucketPolicy",
        TemplateTool.CDK: "set enforceSSL of Bucket to true",
        TemplateTool.TERRAFORM: f"add {_DENIAL} to policy of aws_s3_bucket_policy",
    },
)


@dataclass(frozen=True, slots=True)
class S3DenyInsecureTransport:
    spec: FixSpec = SPEC

    def calls(self, resource: Resource) -> tuple[Call, ...]:
        operations = ("GetBucketPolicy", "GetBucketWebsite")
        return tuple(Call("s3", operation, bucket_parameters(resource)) for operation in operations)

    def observe(self, aws: Reader, resource: Resource) -> State:
        answer = aws.find("s3", "GetBucketPolicy", "NoSuchBucketPolicy", **bucket_parameters(resource))
        return {
            "policy": None if answer is None else answer.get("Policy", ""),
            "hosts_website": hosts_website(aws, resource),
        }

    def plan(self, resource: Resource, state: State, options: Options) -> Planned:  # noqa: ARG002  the contract's
        if "policy" not in state:
            return Refused(sentence=f"The policy of {resource.name} could not be read.")
        if "hosts_website" not in state:
            return Refused(sentence=f"Whether {resource.name} is set up as a website could not be read.")
        before = state["policy"]
        policy = {"Version": "2012-10-17", "Statement": []} if before is None else _parse(before)
        if policy is None:
            return Refused(sentence=f"The policy of {resource.name} cannot be understood.")
        statements = _as_list(policy["Statement"])
        if _denies_insecure_transport(statements, resource.arn):
            return Compliant(sentence=f"The policy of {resource.name} denies requests that do not use TLS.")
        if state["hosts_website"]:
            return Refused(sentence=f"{resource.name} is set up as a website, and website endpoints do not speak TLS.")
        if any(statement.get("Sid") == _SID for statement in statements):
            return Refused(sentence=f"The policy of {resource.name} has a statement {_SID} that says something else.")
        if gone := [name for statement in statements for name in _deleted_principals(statement)]:
            return Refused(
                sentence=f"The policy of {resource.name} names principals that no longer exist: {', '.join(gone)}."
            )
        after = json.dumps(
            {**policy, "Statement": [*statements, _statement(resource.arn)]}, separators=(",", ":"), ensure_ascii=False
        )
        if len(after.encode()) > _POLICY_LIMIT_BYTES:
            return Refused(sentence=f"The policy of {resource.name} would have more than {_POLICY_LIMIT_BYTES} bytes.")
        bucket = bucket_parameters(resource)
        if before is None:
            undo = Change(service="s3", operation="DeleteBucketPolicy", parameters=bucket)
        else:
            undo = _put(bucket, before)
        return Plan(
            fix_id=SPEC.id,
            resource_arn=resource.arn,
            summary=f"Deny requests to the bucket {resource.name} that do not use TLS.",
            before=state,
            changes=(_put(bucket, after),),
            undo=(undo,),
        )


def _put(bucket: dict[str, str], policy: str) -> Change:
    return Change(service="s3", operation="PutBucketPolicy", parameters={**bucket, "Policy": policy})


def _statement(arn: str) -> dict[str, Any]:
    return {
        "Sid": _SID,
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [arn, f"{arn}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }


def _parse(text: str) -> dict[str, Any] | None:
    """The policy document, or ``None`` if this is not one."""
    try:
        policy = json.loads(text)
    except ValueError:
        return None
    if not isinstance(policy, dict) or "Statement" not in policy:
        return None
    if not all(isinstance(statement, dict) for statement in _as_list(policy["Statement"])):
        return None
    return policy


def _as_list(value: Any) -> list[Any]:
    """IAM takes one thing without brackets wherever it takes several."""
    return value if isinstance(value, list) else [value]


def _denies_insecure_transport(statements: list[dict[str, Any]], arn: str) -> bool:
    denied = [
        pattern
        for statement in statements
        if _denies_everything_without_tls(statement)
        for pattern in _as_list(statement.get("Resource", []))
    ]
    return all(any(_covers(pattern, target) for pattern in denied) for target in (arn, f"{arn}/*"))


def _denies_everything_without_tls(statement: Mapping[str, Any]) -> bool:
    """Whether the statement denies all actions, to everybody, on no other condition than that TLS is missing."""
    return (
        statement.get("Effect") == "Deny"
        and statement.get("Principal") in ("*", {"AWS": "*"}, {"AWS": ["*"]})
        and not {"s3:*", "*"}.isdisjoint(str(action).lower() for action in _as_list(statement.get("Action", [])))
        and _is_missing_tls(statement.get("Condition"))
    )


def _is_missing_tls(condition: Any) -> bool:
    match condition:
        case {"Bool": dict(keys)} if len(condition) == len(keys) == 1:
            [(key, value)] = keys.items()
            return key.lower() == "aws:securetransport" and [str(one).lower() for one in _as_list(value)] == ["false"]
        case _:
            return False


def _covers(pattern: str, target: str) -> bool:
    """Whether an ARN pattern matches all that ``target`` matches. A ``?`` in it is taken literally."""
    return re.fullmatch(".*".join(re.escape(part) for part in pattern.split("*")), target) is not None


def _deleted_principals(statement: Mapping[str, Any]) -> list[str]:
    """The principals that S3 shows by their unique id, as it does once the user or role was deleted.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
    """
    named = [statement.get("Principal"), statement.get("NotPrincipal")]
    names = [name for principal in named if isinstance(principal, dict) for name in _as_list(principal.get("AWS", []))]
    return [name for name in names if re.fullmatch(r"A[A-Z]{3}[A-Z0-9]{12,}", str(name))]
