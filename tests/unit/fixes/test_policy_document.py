"""Which statements let in everybody, and which a service principal."""

from __future__ import annotations

import json
from typing import Any

import pytest

from runtime.fixes.policy_document import (
    NOT_UNDERSTOOD,
    allows,
    is_nearly_open,
    is_open,
    meaning,
    meaning_or_none,
    without_everybody,
)


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
        {"Effect": "Allow", "Principal": "*", "NotAction": "s3:Put*", "NotResource": "x", **only("Null", "a", "true")},
        allow(**only("ForAllValues:StringEquals", "aws:PrincipalOrgID", "o-1")),
        allow(**only("ForAnyValue:StringLike", "aws:PrincipalOrgPaths", "o-1/*")),
        allow(**only("IpAddress", "aws:SourceIp", [f"{first}.0.0.0/8" for first in range(256)])),
        allow({"AWS": "arn:aws:iam::*:root"}),
        allow({"AWS": "arn:aws:iam::12345678901?:root"}),
        allow({"AWS": ["*", "arn:aws:iam::*:root"]}),
        allow({"Service": "*"}),
        allow({"Federated": "*"}),
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
        allow(**only("ForAnyValue:StringEquals", "aws:PrincipalOrgPaths", "o-1/r-1/ou-1/")),
        allow(**only("StringEquals", "aws:SourceVpce", ["vpce-1", "vpce-2"])),
        allow({"Service": "sns.amazonaws.com"}),
        {**allow(), "Effect": "Deny"},
    ],
)
def test_a_statement_that_limits_to_fixed_values_is_neither(statement: dict[str, Any]) -> None:
    assert not is_open(statement)
    assert not is_nearly_open(statement)


def test_those_who_are_named_besides_everybody_stay() -> None:
    assert without_everybody(allow()) is None
    assert without_everybody(allow({"AWS": "*"})) is None
    assert without_everybody(allow({"AWS": ["*", "a"], "Service": "b"})) == allow({"AWS": "a", "Service": "b"})


def document(**statement: Any) -> str:
    return json.dumps({"Statement": {**allow(), **statement}})


def test_a_policy_is_read_in_one_spelling() -> None:
    spelled = document(
        Principal={"Service": ["b"], "AWS": ["z", "a"]},
        Action=["s3:GetObject"],
        Condition={"Bool": {"b": False, "a": [True]}, "NumericLessThan": {"s3:TlsVersion": [1.2, 2]}},
    )
    (statement,) = meaning(spelled)["Statement"]
    assert statement == {
        **allow({"AWS": ["a", "z"], "Service": "b"}),
        "Condition": {"Bool": {"a": "true", "b": "false"}, "NumericLessThan": {"s3:TlsVersion": ["1.2", "2"]}},
    }
    assert meaning(json.dumps({"Statement": [statement, statement]}))["Statement"] == [statement, statement]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"Statement": null}',
        '{"Statement": [], "Statements": []}',
        '{"Statement": [{"Effect": "Allow", "Principal": "*", "Principal": {"AWS": "1"}, "Action": "*"}]}',
        document(Effect="allow"),
        document(Sid=1),
        document(Principals="*"),
        document(Principal=["*"]),
        document(Principal=None),
        document(Principal={"aws": "*"}),
        document(Principal={"AWS": 123456789012}),
        document(NotPrincipal=["*"]),
        document(Action={"s3": "*"}),
        document(NotResource=[None]),
        document(Condition=None),
        document(Condition=[]),
        document(Condition={"Bool": "aws:SecureTransport"}),
        document(Condition={"StringEquals": {"aws:PrincipalOrgID": None}}),
        document(Condition={"StringEquals": {"aws:PrincipalOrgID": [["o-1"]]}}),
    ],
)
def test_a_policy_of_which_a_part_has_an_unknown_form_is_not_understood(text: str) -> None:
    assert meaning_or_none(text) == NOT_UNDERSTOOD


def may(*statements: dict[str, Any]) -> bool:
    return allows(
        statements,
        "logs.example.com",
        "s3:PutObject",
        "arn:aws:s3:::b/p*",
        {"aws:sourceaccount": "1", "aws:sourcearn": "arn:aws:logs:r:1:*"},
    )


SERVICE = {**allow({"Service": "logs.example.com"}), "Action": "s3:Put*", "Resource": "arn:aws:s3:::b/*"}


def test_a_service_is_let_in_only_by_what_is_understood() -> None:
    assert may(SERVICE)
    assert may({**SERVICE, **only("StringEquals", "aws:SourceAccount", "1")})
    assert not may()
    assert not may({**SERVICE, "Action": "s3:GetObject"})
    assert not may({**SERVICE, "Resource": "arn:aws:s3:::b/other/*"})
    assert not may({**SERVICE, "Principal": {"Service": "other.example.com"}})
    assert not may({**SERVICE, **only("StringEquals", "aws:SourceAccount", "2")})
    assert not may({**SERVICE, **only("StringEquals", "s3:prefix", "unknown here")})
    assert not may({**SERVICE, **only("DateLessThan", "aws:CurrentTime", "2020-01-01")})
    assert not may({"Effect": "Allow", "NotPrincipal": {"AWS": "2"}, "Action": "*", "Resource": "*"})
    assert not may({"Effect": "Allow", "Principal": "*", "NotAction": "s3:Get*", "Resource": "*"})
    assert not may({"Effect": "Allow", "Principal": "*", "Action": "*", "NotResource": "arn:aws:s3:::b/p*"})
    assert may({**SERVICE, **only("Bool", "aws:SecureTransport", "true")})


DENIAL: dict[str, Any] = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*"}
NOT_OURS = {"StringNotEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}}


def without(statement: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in statement.items() if name not in names}


@pytest.mark.parametrize(
    "denial",
    [
        DENIAL,
        {**DENIAL, "Principal": {"Service": "logs.example.com"}, "Action": "s3:Put?bject"},
        {**DENIAL, "Resource": "arn:aws:s3:::b/p/deeper/*"},
        {**without(DENIAL, "Principal"), "NotPrincipal": {"AWS": "arn:aws:iam::1:root"}},
        {**without(DENIAL, "Action"), "NotAction": "s3:Get*"},
        {**without(DENIAL, "Resource"), "NotResource": "arn:aws:s3:::b/p/deeper/*"},
        {**DENIAL, **only("StringNotEquals", "aws:SourceVpce", "vpce-1")},
        {**DENIAL, **only("StringNotEquals", "aws:SourceAccount", "2")},
        {**DENIAL, **only("StringNotEquals", "s3:x-amz-server-side-encryption", "aws:kms")},
        {**DENIAL, **only("Null", "s3:x-amz-server-side-encryption", "true")},
        {**DENIAL, **only("NumericLessThan", "s3:TlsVersion", "1.3")},
        {**DENIAL, **only("Bool", "aws:SecureTransport", "true")},
        {**DENIAL, **only("ForAllValues:StringEquals", "aws:SourceAccount", "2")},
        {**DENIAL, "Condition": NOT_OURS},
        {**DENIAL, **only("StringNotEquals", "aws:SourceAccount", "*")},
        {**DENIAL, **only("StringEquals", "aws:SourceAccount", "${aws:PrincipalAccount}")},
    ],
)
def test_a_denial_counts_unless_it_is_certainly_about_something_else(denial: dict[str, Any]) -> None:
    assert not may(SERVICE, denial)


@pytest.mark.parametrize(
    "denial",
    [
        {**DENIAL, "Principal": {"AWS": "arn:aws:iam::1:role/r"}},
        {**DENIAL, "Action": ["s3:Get*", "s3:Delete*"]},
        {**DENIAL, "Resource": ["arn:aws:s3:::b", "arn:aws:s3:::b/other/*"]},
        {**without(DENIAL, "Action"), "NotAction": "s3:Put*"},
        {**without(DENIAL, "Resource"), "NotResource": "arn:aws:s3:::b/*"},
        {**DENIAL, **only("Bool", "aws:SecureTransport", "false")},
        {**DENIAL, **only("NumericLessThan", "s3:TlsVersion", ["1.1", "1.2"])},
        {**DENIAL, **only("Bool", "aws:PrincipalIsAWSService", "false"), "Action": "*"},
        {**DENIAL, **only("StringNotEqualsIfExists", "aws:SourceAccount", ["1", "2"])},
        {**DENIAL, **only("StringEquals", "aws:SourceAccount", "2")},
        {**DENIAL, **only("ArnNotLike", "aws:SourceArn", "arn:aws:logs:*:1:*")},
        {**DENIAL, "Condition": {**NOT_OURS, "BoolIfExists": {"aws:PrincipalIsAWSService": "false"}}},
    ],
)
def test_a_denial_of_something_else_is_left_aside(denial: dict[str, Any]) -> None:
    assert may(SERVICE, denial)


def test_a_service_acts_as_itself_or_as_its_account_and_one_of_them_is_enough() -> None:
    account, denied = "arn:aws:iam::9:root", {**DENIAL, "Principal": {"Service": "logs.example.com"}}
    statements = [{**SERVICE, "Principal": {"AWS": account}}, denied]
    assert allows(statements, "logs.example.com", "s3:PutObject", "arn:aws:s3:::b/p*", {}, account=account)
    assert not allows(statements, "logs.example.com", "s3:PutObject", "arn:aws:s3:::b/p*", {})
