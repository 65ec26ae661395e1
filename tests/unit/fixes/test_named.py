"""What a customer names: looked at, with permissions for just that, and refused where it does not fit."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from runtime.domain.access import session_policy
from runtime.domain.fix import Disruption, Options, Permission, narrowed, options_for
from runtime.domain.plan import Compliant, Plan, Refused
from runtime.domain.resource import Resource
from runtime.domain.template import TemplateTool
from runtime.fixes.calls import Read, Value, Write
from runtime.fixes.kinds.attributes import Anything
from runtime.fixes.kinds.destinations import LOG_GROUP, LogTo, Writer, log_bucket
from runtime.fixes.kinds.keys import EncryptWith, key_arn
from runtime.fixes.kinds.roles import pass_role, service_role
from runtime.fixes.resource_type import ResourceType
from tests.unit.fixes.answers import Answers

NOW = datetime(2030, 1, 1, tzinfo=UTC)
BOX = ResourceType(
    name="AWS::Test::Box",
    noun="box",
    arn="arn:${partition}:test:${region}:${account_id}:box/${name}",
    id="[a-z]+",
    longest="b",
    gone=(),
)
RESOURCE = Resource(
    type=BOX.name,
    arn="arn:aws:test:eu-west-1:123456789012:box/red",
    name="red",
    account_id="123456789012",
    region="eu-west-1",
    partition="aws",
)
KEY = "arn:aws:kms:eu-west-1:123456789012:key/1"
_USABLE = {
    "Arn": KEY,
    "KeyState": "Enabled",
    "KeySpec": "SYMMETRIC_DEFAULT",
    "KeyUsage": "ENCRYPT_DECRYPT",
    "KeyManager": "CUSTOMER",
}
_WORDS: dict[str, Any] = {
    "of": BOX,
    "title": "Close a box",
    "disruption": Disruption.NONE,
    "hazard": "It is closed.",
    "template": dict.fromkeys(TemplateTool, "set it"),
}


def _read(name: str) -> Read:
    return Read(call="test:GetBox", by={"Name": "${name}"}, keep=(name,), or_none=(name,))


ENCRYPT = EncryptWith(
    id="test-box-encryption",
    reads=(_read("Key"),),
    wanted={"Key": Anything(key_arn)},
    write=Write(call="test:SetBox", by={"Name": "${name}", "Key": Value("Key")}),
    unset=Write(call="test:SetBox", by={"Name": "${name}", "Key": ""}),
    **_WORDS,
)
LOG = LogTo(
    id="test-box-logs",
    reads=(_read("Logs"),),
    named=(
        log_bucket(
            Writer(service="box.amazonaws.com", object_name=lambda _: "b/"),
            location=lambda look: look.resource.region,
        ),
    ),
    wanted={"Logs": Anything(lambda look: look.option("target_bucket"))},
    write=Write(call="test:SetBox", by={"Name": "${name}", "Logs": Value("Logs")}),
    **_WORDS,
)


def _planned(fix: Any, answers: dict[str, Any], **chosen: Any) -> tuple[Any, Answers]:
    options, reader = options_for(fix.spec, chosen, NOW), Answers({"test:GetBox": {}, **answers})
    return fix.plan(RESOURCE, fix.observe(reader, RESOURCE, options), options), reader


def _key(**other: Any) -> dict[str, Any]:
    return {"kms:DescribeKey": {"KeyMetadata": {**_USABLE, **other}}}


def test_an_alias_is_followed_to_the_key_that_it_stands_for_in_the_account() -> None:
    plan, reader = _planned(ENCRYPT, _key(), kms_key="alias/mine")
    assert isinstance(plan, Plan)
    assert plan.changes[0].parameters == {"Name": "red", "Key": KEY}
    assert plan.undo[0].parameters == {"Name": "red", "Key": ""}
    assert ("kms:DescribeKey", {"KeyId": "alias/mine"}) in reader.asked


def test_nothing_is_looked_at_and_nothing_changed_while_the_customer_names_nothing() -> None:
    refused, reader = _planned(ENCRYPT, {})
    assert isinstance(refused, Refused)
    assert "option kms_key" in refused.sentence
    assert [name for name, _ in reader.asked] == ["test:GetBox"]


def test_what_is_encrypted_already_complies_even_if_nothing_is_named() -> None:
    planned, _ = _planned(ENCRYPT, {"test:GetBox": {"Key": "other"}})
    assert isinstance(planned, Compliant)


@pytest.mark.parametrize(
    "other",
    [
        {"KeyState": "Disabled"},
        {"KeySpec": "RSA_2048"},
        {"KeyUsage": "SIGN_VERIFY"},
        {"KeyManager": "AWS"},
        {"Arn": KEY.replace("eu-west-1", "us-east-1")},
        {"Arn": KEY.replace("123456789012", "222222222222")},
    ],
)
def test_a_key_that_does_not_fit_is_refused(other: dict[str, str]) -> None:
    planned, _ = _planned(ENCRYPT, _key(**other), kms_key="alias/mine")
    assert isinstance(planned, Refused)
    assert "alias/mine" in planned.sentence


def test_a_key_that_is_not_there_is_refused() -> None:
    planned, _ = _planned(ENCRYPT, {"kms:DescribeKey": None}, kms_key="alias/mine")
    assert isinstance(planned, Refused)
    assert planned.sentence.startswith("There is no key alias/mine")


_POLICY = (
    '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "box.amazonaws.com"},'
    ' "Action": "s3:PutObject", "Resource": "arn:aws:s3:::logs-123456789012/b/*"%s}]}'
)
TARGET = {
    "s3:GetBucketLocation": {"LocationConstraint": "EU"},
    "s3:GetBucketPolicy": {"Policy": _POLICY % ""},
    "s3:GetBucketEncryption": None,
    "s3:GetObjectLockConfiguration": None,
    "s3:GetBucketRequestPayment": {"Payer": "BucketOwner"},
}


def test_a_bucket_is_named_once_for_every_account() -> None:
    plan, reader = _planned(LOG, TARGET, target_bucket="logs-${account_id}")
    assert isinstance(plan, Plan)
    assert plan.changes[0].parameters["Logs"] == "logs-123456789012"
    assert all(asked["Bucket"] == "logs-123456789012" for name, asked in reader.asked if name.startswith("s3:"))


@pytest.mark.parametrize(
    "other",
    [
        {"s3:GetBucketLocation": {}},
        {"s3:GetBucketPolicy": None},
        {"s3:GetBucketPolicy": {"Policy": "{}"}},
        {"s3:GetBucketPolicy": {"Policy": _POLICY % ', "Condition": {"StringEquals": {"aws:SourceAccount": "2"}}'}},
        {"s3:GetObjectLockConfiguration": {"ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled"}}},
        {"s3:GetBucketRequestPayment": {"Payer": "Requester"}},
        {"s3:GetBucketRequestPayment": {}},
    ],
)
def test_a_bucket_in_which_logs_would_not_arrive_is_refused(other: dict[str, Any]) -> None:
    planned, _ = _planned(LOG, {**TARGET, **other}, target_bucket="logs-${account_id}")
    assert isinstance(planned, Refused)


def _options(**values: Any) -> Options:
    return Options(values=values, now=NOW)


def test_a_session_may_look_at_what_is_named_and_at_nothing_else() -> None:
    [reads] = (one.reads for one in LOG.named)
    permissions = [read.permission for read in reads]
    found = session_policy(narrowed(permissions, _options(target_bucket="logs-${region}"), RESOURCE), RESOURCE)
    assert [one["Resource"] for one in found["Statement"]] == ["arn:aws:s3:::logs-eu-west-1"]
    assert narrowed(permissions, _options(target_bucket=None), RESOURCE) == ()


def test_only_the_role_that_is_named_may_be_handed_on() -> None:
    [permission] = narrowed([pass_role("test:SetBox")], _options(role="box-logs"), RESOURCE)
    assert session_policy([permission], RESOURCE)["Statement"] == [
        {"Effect": "Allow", "Action": ["iam:PassRole"], "Resource": "arn:aws:iam::123456789012:role/box-logs"}
    ]


def test_the_customers_role_takes_any_value_of_an_option() -> None:
    anything = session_policy([Permission(action="iam:PassRole", operation="", resource="role/${role}")], RESOURCE)
    assert anything["Statement"][0]["Resource"] == "role/*"


@pytest.mark.parametrize(("service", "fits"), [("box.amazonaws.com", True), ("ec2.amazonaws.com", False)])
def test_a_role_must_trust_the_service(service: str, fits: bool) -> None:
    trust = {"Statement": [{"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}]}
    role = {"Arn": "arn:aws:iam::123456789012:role/box-logs", "AssumeRolePolicyDocument": trust}
    fix = LogTo(
        id="test-box-role",
        reads=(_read("Role"),),
        named=(service_role("box.amazonaws.com"),),
        wanted={"Role": Anything(lambda look: look["role_arn"])},
        write=Write(call="test:SetBox", by={"Role": Value("Role")}),
        **_WORDS,
    )
    planned, _ = _planned(fix, {"iam:GetRole": {"Role": role}}, role="box-logs")
    assert isinstance(planned, Plan if fits else Refused)


def test_a_log_group_of_a_longer_name_is_not_the_one_that_is_named() -> None:
    fix = LogTo(
        id="test-box-group",
        reads=(_read("Logs"),),
        named=(LOG_GROUP,),
        wanted={"Logs": Anything(lambda look: look.option("log_group"))},
        write=Write(call="test:SetBox", by={"Logs": Value("Logs")}),
        **_WORDS,
    )
    for name, kind in (("boxes", Plan), ("boxes-of-others", Refused)):
        groups = {"logGroups": [{"logGroupName": name, "retentionInDays": 30}]}
        planned, _ = _planned(fix, {"logs:DescribeLogGroups": groups}, log_group="boxes")
        assert isinstance(planned, kind)
