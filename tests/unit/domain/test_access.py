"""What is said to STS: legal for any issue, and never more than one fix on one resource.

Patterns and limits: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.domain.access import (
    SESSION_NAME_PREFIX,
    SESSION_TAGS,
    Access,
    SessionRequest,
    execution_role_name,
    service_of,
    services_of,
    session_policy,
    session_request,
)
from runtime.domain.fix import Permission
from runtime.domain.resource import Resource
from tests.unit.domain.cases import ACCOUNT_ID, BUCKET_ARN, FIX, REGION

NAME = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)
# STS takes letters and digits of any script in a tag; fewer are used, so that no two texts look alike.
TAG_KEY = re.compile(r"[\w .:/=+@-]{1,128}", re.ASCII)
TAG_VALUE = re.compile(r"[\w .:/=+@-]{0,256}", re.ASCII)
POLICY = re.compile("[\t\n\r\x20-\xff]{1,2048}")

BUCKET = Resource(
    type="AWS::S3::Bucket", arn=BUCKET_ARN, name="ledger", account_id=ACCOUNT_ID, region=REGION, partition="aws"
)
any_text = st.one_of(st.text(max_size=80), st.uuids().map(str), st.sampled_from(["", "x" * 57, "x" * 58, "é" * 300]))


def request(**fields: Any) -> SessionRequest:
    return session_request(
        **{
            "access": Access.READ,
            "resource": BUCKET,
            "external_id": "an-external-id",
            "issue_id": "5e1c0ffe-0000-4000-8000-000000000001",
            "correlation_id": "c0441a70-0000-4000-8000-000000000001",
            "fix_id": FIX.id,
            "permissions": FIX.reads,
            **fields,
        }
    )


@given(issue_id=any_text, correlation_id=any_text, access=st.sampled_from(Access))
def test_a_session_s_name_tags_and_policy_are_legal_for_any_issue(
    issue_id: str, correlation_id: str, access: Access
) -> None:
    made = request(issue_id=issue_id, correlation_id=correlation_id, access=access)
    assert NAME.fullmatch(made.name)
    assert NAME.fullmatch(made.source_identity)
    assert made.name.startswith(SESSION_NAME_PREFIX)
    assert tuple(made.tags) == SESSION_TAGS
    for key, value in made.tags.items():
        assert TAG_KEY.fullmatch(key)
        assert not key.lower().startswith("aws:")
        assert TAG_VALUE.fullmatch(value)
    assert POLICY.fullmatch(made.policy)


@given(issue_id=st.uuids().map(str), correlation_id=st.uuids().map(str))
def test_the_usual_ids_stand_whole_in_the_session_s_name_and_tags(issue_id: str, correlation_id: str) -> None:
    made = request(issue_id=issue_id, correlation_id=correlation_id, access=Access.WRITE)
    assert made.name == f"suture-{issue_id}"
    assert made.source_identity == f"suture-{correlation_id}"
    assert dict(made.tags) == {
        "suture:finding": issue_id,
        "suture:correlation": correlation_id,
        "suture:fix": FIX.id,
        "suture:access": "write",
    }


@pytest.mark.parametrize("partition", ["aws", "aws-us-gov", "aws-cn"])
def test_the_role_is_that_of_the_resource_s_service_in_its_account_and_partition(partition: str) -> None:
    resource = Resource(
        type="AWS::S3::Bucket",
        arn=f"arn:{partition}:s3:::ledger",
        name="ledger",
        account_id=ACCOUNT_ID,
        region=REGION,
        partition=partition,
    )
    made = request(resource=resource, external_id="another")
    assert made.role_arn == f"arn:{partition}:iam::{ACCOUNT_ID}:role/suture-remediation-s3"
    assert (made.account_id, made.external_id) == (ACCOUNT_ID, "another")


def test_a_session_policy_allows_the_permissions_on_the_resource_and_nothing_else() -> None:
    permissions = (
        Permission(action="s3:PutBucketPolicy", operation="s3:PutBucketPolicy"),
        Permission(action="s3:GetBucketPolicy", operation="s3:GetBucketPolicy"),
        Permission(action="s3:GetBucketPolicy", operation="s3:GetBucketPolicyStatus"),
        Permission(action="s3:ListAllMyBuckets", operation="s3:ListBuckets", resource="*"),
        Permission(
            action="kms:DescribeKey",
            operation="kms:DescribeKey",
            resource="arn:${partition}:kms:${region}:${account_id}:key/${name}",
        ),
    )
    assert session_policy(permissions, BUCKET) == {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": ["s3:ListAllMyBuckets"], "Resource": "*"},
            {
                "Effect": "Allow",
                "Action": ["kms:DescribeKey"],
                "Resource": f"arn:aws:kms:{REGION}:{ACCOUNT_ID}:key/ledger",
            },
            {"Effect": "Allow", "Action": ["s3:GetBucketPolicy", "s3:PutBucketPolicy"], "Resource": BUCKET_ARN},
        ],
    }


def test_the_session_carries_its_policy_without_blanks() -> None:
    made = request(permissions=FIX.writes)
    assert json.loads(made.policy) == session_policy(FIX.writes, BUCKET)
    assert " " not in made.policy


def many(count: int) -> list[Permission]:
    return [
        Permission(action=f"s3:Action{number:04d}", operation="s3:GetBucketPolicy", resource="${arn}")
        for number in range(count)
    ]


def test_a_session_policy_longer_than_sts_takes_is_refused_before_it_is_sent() -> None:
    longest = max(
        count
        for count in range(200)
        if len(json.dumps(session_policy(many(count), BUCKET), separators=(",", ":"))) <= 2048
    )
    assert len(request(permissions=many(longest)).policy) <= 2048
    with pytest.raises(ValueError, match=r"the session policy of fake-fix has 2\d\d\d characters, 2048 at most"):
        request(permissions=many(longest + 1))


def test_the_execution_role_has_a_fixed_name_per_environment() -> None:
    assert execution_role_name("production") == "suture-production-execution"


def test_a_service_is_the_second_part_of_its_resource_types_in_lower_case() -> None:
    assert service_of("AWS::S3::Bucket") == "s3"
    assert service_of("AWS::ElasticLoadBalancingV2::LoadBalancer") == "elasticloadbalancingv2"
    assert services_of([FIX, replace(FIX, resource_types=("AWS::KMS::Key",))]) == ("ec2", "kms", "rds", "s3")
