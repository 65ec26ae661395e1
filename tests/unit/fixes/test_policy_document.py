"""Which statements let in everybody, and which a service principal."""

from __future__ import annotations

from typing import Any

import pytest

from runtime.fixes.policy_document import allows, is_nearly_open, is_open, without_everybody


def allow(principal: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Principal": principal, "Action": "s3:GetObject", "Resource": "*", **more}


def only(operator: str, key: str, value: Any) -> dict[str, Any]:
    return {"Condition": {operator: {key: value}}}


@pytest.mark.parametrize(
    "statement",
    [
        allow(),
        allow({"AWS": "*"}),
        allow({"AWS": ["arn:aws:iam::1:root", "*"]}),
        allow(**only("Bool", "aws:SecureTransport", "true")),
    ],
)
def test_a_statement_for_everybody_on_no_condition_of_who_is_open(statement: dict[str, Any]) -> None:
    assert is_open(statement)
    assert not is_nearly_open(statement)


@pytest.mark.parametrize(
    "statement",
    [
        allow(**only("StringLike", "aws:Referer", "https://example.com/*")),
        allow(**only("ArnLike", "aws:SourceArn", "arn:aws:sns:*")),
        allow(**only("StringEquals", "aws:PrincipalOrgID", "${aws:ResourceOrgID}")),
        allow(**only("StringEqualsIfExists", "aws:PrincipalOrgID", "o-1")),
        allow(**only("StringNotEquals", "aws:SourceAccount", "123456789012")),
        allow(**only("IpAddress", "aws:SourceIp", ["10.0.0.0/8", "0.0.0.0/0"])),
        allow(**only("IpAddress", "aws:SourceIp", "not an address")),
        {"Effect": "Allow", "NotPrincipal": {"AWS": "1"}, "Action": "*", "Resource": "*"},
    ],
)
def test_a_statement_that_does_not_limit_to_fixed_values_is_nearly_open(statement: dict[str, Any]) -> None:
    assert is_nearly_open(statement)
    assert not is_open(statement)


@pytest.mark.parametrize(
    "statement",
    [
        allow({"AWS": "arn:aws:iam::123456789012:root"}),
        allow(**only("StringEquals", "aws:PrincipalOrgID", "o-1")),
        allow(**only("StringEquals", "AWS:SourceOwner", "123456789012")),
        allow(**only("ArnEquals", "aws:SourceArn", "arn:aws:sns:eu-west-1:1:a")),
        allow(**only("IpAddress", "aws:SourceIp", "203.0.113.0/24")),
        {**allow(), "Effect": "Deny"},
    ],
)
def test_a_statement_that_limits_to_fixed_values_is_neither(statement: dict[str, Any]) -> None:
    assert not is_open(statement)
    assert not is_nearly_open(statement)


def test_those_who_are_named_besides_everybody_stay() -> None:
    assert without_everybody(allow()) is None
    assert without_everybody(allow({"AWS": "*"})) is None
    assert without_everybody(allow({"AWS": ["*", "a"], "Service": "b"})) == allow({"AWS": ["a"], "Service": ["b"]})


def may(*statements: dict[str, Any]) -> bool:
    return allows(statements, "logs.example.com", "s3:PutObject", "arn:aws:s3:::b/p*", {"aws:sourceaccount": "1"})


SERVICE = {**allow({"Service": "logs.example.com"}), "Action": "s3:Put*", "Resource": "arn:aws:s3:::b/*"}


def test_a_service_is_let_in_only_by_what_is_understood() -> None:
    assert may(SERVICE)
    assert may({**SERVICE, **only("StringEquals", "aws:SourceAccount", "1")})
    assert not may()
    assert not may({**SERVICE, "Action": "s3:GetObject"})
    assert not may({**SERVICE, "Resource": "arn:aws:s3:::b/other/*"})
    assert not may({**SERVICE, "Principal": {"Service": "other.example.com"}})
    assert not may({**SERVICE, **only("StringEquals", "aws:SourceAccount", "2")})
    assert not may({**SERVICE, **only("StringEquals", "aws:SourceArn", "unknown here")})
    assert not may({**SERVICE, **only("DateLessThan", "aws:CurrentTime", "2020-01-01")})


def test_a_service_is_not_let_in_by_a_statement_about_all_but_something() -> None:
    but_something = {name: SERVICE[name] for name in ("Effect", "Principal", "Action")}
    assert not may({**but_something, "NotResource": "arn:aws:s3:::b/*"})
    assert not may({**but_something, "NotResource": "arn:aws:s3:::other/*"})


DENIAL = {**SERVICE, "Effect": "Deny", "Principal": "*"}
NOT_OURS = {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}}


@pytest.mark.parametrize(
    "denial",
    [
        DENIAL,
        {**DENIAL, **only("StringEquals", "aws:SourceAccount", "1")},
        {**DENIAL, **only("StringNotEquals", "s3:x-amz-server-side-encryption", "aws:kms")},
        {**DENIAL, **only("Null", "aws:TokenIssueTime", "true")},
        {**DENIAL, "Condition": NOT_OURS},
        {**DENIAL, **only("StringNotEquals", "aws:SourceAccount", "*")},
        {**DENIAL, **only("StringEquals", "aws:SourceAccount", "${aws:PrincipalAccount}")},
        {**SERVICE, "Effect": "Deny", "Action": "*", "NotPrincipal": {"AWS": "arn:aws:iam::1:root"}, "Principal": None},
        {"Effect": "Deny", "Principal": "*", "NotAction": "s3:GetObject", "Resource": "*"},
        {"Effect": "Deny", "Principal": "*", "Action": "*", "NotResource": "arn:aws:s3:::other/*"},
    ],
)
def test_a_denial_counts_if_it_may_be_meant_for_the_service(denial: dict[str, Any]) -> None:
    assert not may(SERVICE, {name: value for name, value in denial.items() if value is not None})


@pytest.mark.parametrize(
    "denial",
    [
        {**DENIAL, **only("Bool", "aws:SecureTransport", "false")},
        {**DENIAL, **only("NumericLessThan", "s3:TlsVersion", ["1.2"])},
        {**DENIAL, **only("StringNotEquals", "aws:SourceAccount", ["1", "2"])},
        {**DENIAL, **only("StringEquals", "aws:SourceAccount", "2")},
        {**DENIAL, "Condition": {**NOT_OURS, "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}},
        {**DENIAL, "Principal": {"AWS": "arn:aws:iam::1:role/one"}},
        {**DENIAL, "Action": "s3:DeleteObject"},
        {"Effect": "Deny", "NotPrincipal": {"Service": "logs.example.com"}, "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Principal": "*", "NotAction": "s3:Put*", "Resource": "*"},
    ],
)
def test_a_denial_that_cannot_be_meant_for_the_service_is_left_aside(denial: dict[str, Any]) -> None:
    assert may(SERVICE, denial)
