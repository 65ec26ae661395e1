"""Which statements deny what this fix would deny, and which only look like it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.domain.fix import Options
from runtime.domain.plan import Compliant, Plan, Planned, Refused, resolve
from runtime.domain.resource import Resource
from runtime.fixes.s3.deny_insecure_transport import FIX
from tests.unit.fixes.answers import Answers, defaults

ARN = "arn:aws:s3:::reports"
BUCKET = Resource(
    type="AWS::S3::Bucket", arn=ARN, name="reports", account_id="123456789012", region="eu-west-1", partition="aws"
)
DENIAL = {
    "Sid": "OnlyTls",
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": [ARN, f"{ARN}/*"],
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}


def _planned(text: str | None) -> Planned:
    policy = None if text is None else {"Policy": text}
    answers = {"s3:GetBucketPolicy": policy, "s3:GetBucketWebsite": None}
    blocks = {"s3:GetPublicAccessBlock": None, "s3:GetBucketPolicyStatus": None}
    state = FIX.observe(Answers(answers | blocks), BUCKET, defaults(FIX))
    return FIX.plan(BUCKET, state, Options(values={}, now=datetime(2030, 1, 1, tzinfo=UTC)))


def _planned_for(*statements: dict[str, Any]) -> Planned:
    return _planned(json.dumps({"Version": "2012-10-17", "Statement": statements}))


@pytest.mark.parametrize(
    "other",
    [
        {},
        {"Principal": {"AWS": "*"}},
        {"Principal": {"AWS": ["*"]}},
        {"Action": "*"},
        {"Action": ["s3:GetObject", "S3:*"]},
        {"Resource": "*"},
        {"Resource": "arn:aws:s3:::*"},
        {"Resource": f"{ARN}*"},
        {"Condition": {"Bool": {"AWS:securetransport": False}}},
        # It denies more where the key is missing, which it never is.
        {"Condition": {"BoolIfExists": {"aws:SecureTransport": "false"}}},
    ],
)
def test_a_statement_that_denies_the_same_is_recognised(other: dict[str, Any]) -> None:
    assert isinstance(_planned_for({**DENIAL, **other}), Compliant)


@pytest.mark.parametrize(
    "other",
    [
        {"Effect": "Allow"},
        {"Principal": {"AWS": "arn:aws:iam::123456789012:root"}},
        {"Principal": {"Service": "*"}},
        {"Action": "s3:GetObject"},
        {"Resource": ARN},
        {"Resource": f"{ARN}/*"},
        {"Resource": [ARN, f"{ARN}/public/*"]},
        {"Resource": [ARN, f"{ARN}/?"]},
        {"Resource": ["arn:aws:s3:::other", "arn:aws:s3:::other/*"]},
        {"Condition": {"Bool": {"aws:SecureTransport": "true"}}},
        {"Condition": {"Bool": {"aws:SecureTransport": ["true", "false"]}}},
        {"Condition": {"Bool": {"aws:SecureTransport": "false", "aws:ViaAWSService": "false"}}},
        {"Condition": {"Bool": {"aws:SecureTransport": "false"}, "IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}},
        {"Condition": {"NumericLessThan": {"s3:TlsVersion": "1.2"}}},  # plain HTTP has no such key
        {"Condition": {}},
    ],
)
def test_a_statement_that_denies_less_is_not_taken_for_the_denial(other: dict[str, Any]) -> None:
    assert isinstance(_planned_for({**DENIAL, **other}), Plan)


@pytest.mark.parametrize("element", ["Principal", "Action", "Resource", "Condition"])
def test_a_statement_with_an_element_missing_is_not_taken_for_the_denial(element: str) -> None:
    statement = {name: value for name, value in DENIAL.items() if name != element}
    assert isinstance(_planned_for(statement), Plan)


@pytest.mark.parametrize("text", ["", "no JSON", "[]", "{}", '{"Statement": ["Deny"]}', "null"])
def test_a_policy_that_cannot_be_understood_is_refused(text: str) -> None:
    assert isinstance(_planned(text), Refused)


@given(
    st.dictionaries(st.sampled_from(["Version", "Id"]), st.text(max_size=20)),
    st.lists(
        st.fixed_dictionaries(
            {"Sid": st.text(max_size=20), "Effect": st.sampled_from(["Allow", "Deny"]), "Action": st.text(max_size=9)}
        ),
        max_size=4,
    ),
)
def test_everything_else_in_the_policy_stays_as_it_is(head: dict[str, str], statements: list[dict[str, str]]) -> None:
    text = json.dumps({**head, "Statement": statements})
    plan = _planned(text)
    assert isinstance(plan, Plan)
    after = json.loads(plan.changes[0].parameters["Policy"])
    added = after["Statement"].pop()
    assert after == json.loads(text)
    assert added["Sid"] == "SutureDenyInsecureTransport"
    assert resolve(plan.undo[0].parameters, (), plan.before)["Policy"] == text


def test_a_policy_that_fills_the_limit_exactly_is_planned_and_one_byte_more_is_refused() -> None:
    def policy(length: int) -> str:
        return json.dumps({"Statement": [], "Id": "i" * length}, separators=(",", ":"))

    shortest = _planned(policy(0))
    assert isinstance(shortest, Plan)
    room = 20 * 1024 - len(shortest.changes[0].parameters["Policy"])
    assert isinstance(_planned(policy(room)), Plan)
    assert isinstance(_planned(policy(room + 1)), Refused)
