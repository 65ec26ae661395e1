"""ARNs: which are read, what they name, and which are none."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import botocore.session
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.domain.errors import ArnInvalid
from runtime.domain.outcome import Reason
from runtime.domain.resource import (
    GLOBAL_SERVICE_REGION,
    REGIONS,
    Arn,
    identify,
    kind_of,
    parse_arn,
    parse_region,
)
from runtime.fixes.catalog import TYPES, types_by_name
from runtime.fixes.resource_type import ResourceType
from tests.unit.domain.cases import ACCOUNT_ID


def _identified(arn: Arn) -> tuple[str, str] | None:
    found = identify(arn, TYPES.get(arn.service, ()))
    return (found[0].name, found[1]) if found else None


KNOWN = [
    ("arn:aws:s3:::Ledger_of.2012", "AWS::S3::Bucket", "Ledger_of.2012", "", ""),
    ("arn:aws:s3:::" + "l" * 255, "AWS::S3::Bucket", "l" * 255, "", ""),
    ("arn:aws:s3:::ledger", "AWS::S3::Bucket", "ledger", "", ""),
    ("arn:aws-us-gov:s3:::ledger.logs-1", "AWS::S3::Bucket", "ledger.logs-1", "", ""),
    ("arn:aws-cn:s3:::ledger", "AWS::S3::Bucket", "ledger", "", ""),
    (
        f"arn:aws:ec2:us-east-1:{ACCOUNT_ID}:security-group/sg-0123456789abcdef0",
        "AWS::EC2::SecurityGroup",
        "sg-0123456789abcdef0",
        "us-east-1",
        ACCOUNT_ID,
    ),
    ("arn:aws:ec2:us-east-1::snapshot/snap-0123abcd", "AWS::EC2::Snapshot", "snap-0123abcd", "us-east-1", ""),
    (
        f"arn:aws:ec2:us-east-1:{ACCOUNT_ID}:snapshot/snap-0123abcd",
        "AWS::EC2::Snapshot",
        "snap-0123abcd",
        "us-east-1",
        ACCOUNT_ID,
    ),
    (
        f"arn:aws-us-gov:rds:us-gov-west-1:{ACCOUNT_ID}:db:Ledger-1",
        "AWS::RDS::DBInstance",
        "ledger-1",
        "us-gov-west-1",
        ACCOUNT_ID,
    ),
    (
        f"arn:aws-cn:kms:cn-north-1:{ACCOUNT_ID}:key/mrk-1234abcd12ab34cd56ef1234567890ab",
        "AWS::KMS::Key",
        "mrk-1234abcd12ab34cd56ef1234567890ab",
        "cn-north-1",
        ACCOUNT_ID,
    ),
    (f"arn:aws:iam::{ACCOUNT_ID}:user/alice", "AWS::IAM::User", "alice", "", ACCOUNT_ID),
    (f"arn:aws:iam::{ACCOUNT_ID}:user/finance/eu/al.ice@x,+=_-", "AWS::IAM::User", "al.ice@x,+=_-", "", ACCOUNT_ID),
    (
        f"arn:aws:cloudtrail:eu-west-1:{ACCOUNT_ID}:trail/Main_trail.1",
        "AWS::CloudTrail::Trail",
        "Main_trail.1",
        "eu-west-1",
        ACCOUNT_ID,
    ),
]


@pytest.mark.parametrize(("text", "type_name", "name", "region", "account_id"), KNOWN)
def test_an_arn_names_its_resource(text: str, type_name: str, name: str, region: str, account_id: str) -> None:
    arn = parse_arn(text)
    assert str(arn) == text
    assert (arn.region, arn.account_id) == (region, account_id)
    assert _identified(arn) == (type_name, name)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ledger",
        "arn:aws:s3:::",
        "arn:aws:s3::ledger",
        "arn:azure:s3:::ledger",
        "arn:aws-moon:s3:::ledger",
        "ARN:aws:s3:::ledger",
        " arn:aws:s3:::ledger",
    ],
)
def test_what_is_not_an_arn_is_not_read_as_one(text: str) -> None:
    with pytest.raises(ArnInvalid) as invalid:
        parse_arn(text)
    assert invalid.value.text == text
    assert str(invalid.value).startswith(f"{json.dumps(text)} is not an ARN")
    assert (invalid.value.reason, invalid.value.retryable) == (Reason.RESOURCE_NOT_IDENTIFIED, False)


@pytest.mark.parametrize(
    "text",
    [
        "arn:aws:s3:us east 1::ledger",
        "arn:aws:s3::2222:ledger",
        "arn:aws:s3::2222222222222:ledger",
        "arn:aws:s3::٢٢٢٢٢٢٢٢٢٢٢٢:ledger",
        "arn:aws:s3:::led ger",
        "arn:aws:s3:::lédger",
        "arn:aws:s3:::ledger\n",
        "arn:aws:s3:::ledger/a key",
        "arn:aws:iam::aws:policy/ReadOnlyAccess",
        "arn:aws:iam::*:user/alice",
        "arn:aws:ec2:*:222222222222:security-group/sg-0123abcd",
    ],
)
def test_an_arn_that_is_not_of_one_place_and_printable_cannot_be_acted_on(text: str) -> None:
    with pytest.raises(ArnInvalid) as invalid:
        parse_arn(text)
    assert str(invalid.value).startswith(f"{json.dumps(text)} is an unsupported ARN: it needs")
    assert (invalid.value.text, invalid.value.reason) == (text, Reason.RESOURCE_NOT_IDENTIFIED)


@pytest.mark.parametrize(
    "text",
    [
        f"arn:aws:s3:eu-west-1:{ACCOUNT_ID}:accesspoint/ledger",
        f"arn:aws:ec2:us-east-1:{ACCOUNT_ID}:instance-connect-endpoint/eice-1",
        f"arn:aws:ec2:us-east-1:{ACCOUNT_ID}:security-group-rule/sgr-1",
        f"arn:aws:rds:us-east-1:{ACCOUNT_ID}:og:ledger",
        f"arn:aws:kms:us-east-1:{ACCOUNT_ID}:alias/ledger",
        f"arn:aws:iam::{ACCOUNT_ID}:mfa/alice",
        f"arn:aws:s3::{ACCOUNT_ID}:user/alice",
    ],
)
def test_an_arn_of_something_else_is_no_known_resource(text: str) -> None:
    assert _identified(parse_arn(text)) is None


@pytest.mark.parametrize(
    ("text", "type_name"),
    [
        ("arn:aws:s3:::ledger/a-key", "AWS::S3::Bucket"),
        ("arn:aws:s3:::ledger##d41d8cd98f##a-key##version", "AWS::S3::Bucket"),
        ("arn:aws:s3:::*", "AWS::S3::Bucket"),
        ("arn:aws:s3:::ledger--use1-az4--x-s3", "AWS::S3::Bucket"),
        ("arn:aws:s3:::ledger-1234-s3alias", "AWS::S3::Bucket"),
        ("arn:aws:s3:::" + "l" * 256, "AWS::S3::Bucket"),
        (f"arn:aws:s3:eu-west-1:{ACCOUNT_ID}:ledger", "AWS::S3::Bucket"),
        (f"arn:aws:s3::{ACCOUNT_ID}:ledger", "AWS::S3::Bucket"),
        (f"arn:aws:ec2:us-east-1:{ACCOUNT_ID}:security-group/sg-*", "AWS::EC2::SecurityGroup"),
        (f"arn:aws:ec2:us-east-1:{ACCOUNT_ID}:security-group/sg-" + "0" * 18, "AWS::EC2::SecurityGroup"),
        (f"arn:aws:ec2::{ACCOUNT_ID}:security-group/sg-0123abcd", "AWS::EC2::SecurityGroup"),
        ("arn:aws:ec2:us-east-1::security-group/sg-0123abcd", "AWS::EC2::SecurityGroup"),
        ("arn:aws:ec2:us-east-1::snapshot/snap-0123", "AWS::EC2::Snapshot"),
        ("arn:aws:ec2:::snapshot/snap-0123abcd", "AWS::EC2::Snapshot"),
        (f"arn:aws:rds:us-east-1:{ACCOUNT_ID}:db:led/ger", "AWS::RDS::DBInstance"),
        (f"arn:aws:rds:us-east-1:{ACCOUNT_ID}:db:" + "l" * 64, "AWS::RDS::DBInstance"),
        (f"arn:aws:kms:us-east-1:{ACCOUNT_ID}:key/*", "AWS::KMS::Key"),
        (f"arn:aws:kms:us-east-1:{ACCOUNT_ID}:key/1234abcd", "AWS::KMS::Key"),
        (f"arn:aws:iam::{ACCOUNT_ID}:user/", "AWS::IAM::User"),
        (f"arn:aws:iam::{ACCOUNT_ID}:user/finance/", "AWS::IAM::User"),
        (f"arn:aws:iam::{ACCOUNT_ID}:user/" + "l" * 65, "AWS::IAM::User"),
        (f"arn:aws:iam:us-east-1:{ACCOUNT_ID}:user/alice", "AWS::IAM::User"),
        # IAM reads these in a policy's resource as wildcards and variables, so no policy could be for one user only.
        (f"arn:aws:iam::{ACCOUNT_ID}:user/*/alice", "AWS::IAM::User"),
        (f"arn:aws:iam::{ACCOUNT_ID}:user/financ?/alice", "AWS::IAM::User"),
        (f"arn:aws:iam::{ACCOUNT_ID}:user/${{aws:username}}/alice", "AWS::IAM::User"),
        (f"arn:aws:cloudtrail:eu-west-1:{ACCOUNT_ID}:trail/*", "AWS::CloudTrail::Trail"),
    ],
)
def test_an_arn_of_a_known_type_that_names_no_single_resource_cannot_be_acted_on(text: str, type_name: str) -> None:
    with pytest.raises(ArnInvalid) as invalid:
        _identified(parse_arn(text))
    assert "is an unsupported ARN" in str(invalid.value)
    assert type_name in str(invalid.value)
    assert (invalid.value.text, invalid.value.reason) == (text, Reason.RESOURCE_NOT_IDENTIFIED)


@pytest.mark.parametrize(
    ("resource", "kind"),
    [
        ("lambda:eu-west-1:222222222222:function:ledger", "lambda function"),
        ("dynamodb:eu-west-1:222222222222:table/ledger", "dynamodb table"),
        ("sqs:eu-west-1:222222222222:ledger", "sqs"),  # what stands there is its name, and not a type
        ("apigateway:eu-west-1::/restapis/1", "apigateway"),
        ("lambda:eu-west-1:222222222222:" + "f" * 2000 + ":ledger", "lambda " + "f" * 72 + "…"),
    ],
)
def test_the_kind_of_an_unknown_resource_is_its_service_and_the_type_that_its_arn_names(
    resource: str, kind: str
) -> None:
    assert kind_of(parse_arn(f"arn:aws:{resource}")) == kind


@given(
    known=st.sampled_from([*types_by_name().values()]).flatmap(
        lambda known: st.tuples(st.just(known), st.from_regex(known.id, fullmatch=True))
    )
)
def test_no_known_resource_s_arn_means_more_than_one_resource_to_iam(known: tuple[ResourceType, str]) -> None:
    assert not set(known[1]) & set("*?$")


def test_a_name_that_aws_keeps_in_one_spelling_has_that_spelling_however_it_is_written() -> None:
    arn = parse_arn(f"arn:aws:rds:us-east-1:{ACCOUNT_ID}:db:Ledger")
    found = identify(arn, TYPES["rds"])
    assert found is not None
    kind, name = found
    assert (kind.spelled(arn), name) == (f"arn:aws:rds:us-east-1:{ACCOUNT_ID}:db:ledger", "ledger")


@given(text=st.one_of(st.text(), st.text(alphabet="arn:aws3/*-2").map("arn:aws:s3:::".__add__)))
def test_a_text_is_an_arn_spelled_back_alike_or_none(text: str) -> None:
    try:
        arn = parse_arn(text)
    except ArnInvalid:
        return
    assert str(arn) == text
    with suppress(ArnInvalid):
        _identified(arn)


# -- Partitions and regions, by botocore's word -----------------------------------------------------------------------


def partitions() -> dict[str, dict[str, Any]]:
    """What botocore, as it is locked, knows of each partition."""
    data = botocore.session.Session().get_data("partitions")
    return {partition["id"]: partition for partition in data["partitions"]}


def test_the_regions_are_those_that_botocore_knows() -> None:
    # A failure after an update says which regions are new: add them.
    assert {
        name: frozenset(region for region in partition["regions"] if not region.endswith("-global"))
        for name, partition in partitions().items()
    } == REGIONS


def test_every_region_of_a_service_that_a_known_type_is_of_is_in_the_list() -> None:
    session = botocore.session.Session()
    for service in {known.service for known in types_by_name().values()}:
        for partition in session.get_available_partitions():
            assert set(session.get_available_regions(service, partition_name=partition)) <= REGIONS[partition]


def test_a_global_service_is_called_where_botocore_signs_for_it() -> None:
    endpoints = {one["partition"]: one for one in botocore.session.Session().get_data("endpoints")["partitions"]}
    signed = {}
    for partition, region in GLOBAL_SERVICE_REGION.items():
        iam = endpoints[partition]["services"].get("iam", {})
        if "partitionEndpoint" in iam:
            signed[partition] = iam["endpoints"][iam["partitionEndpoint"]]["credentialScope"]["region"]
            assert signed[partition] == region
        assert region in REGIONS[partition]
        assert parse_arn(f"arn:{partition}:s3:{region}::x").partition == partition
    assert {"aws", "aws-cn", "aws-us-gov"} <= set(signed)


@pytest.mark.parametrize(
    ("said", "meant"),
    [("", ""), ("Global", ""), ("GLOBAL", ""), ("EU", "eu-west-1"), ("eu", "eu"), ("eu-west-1", "eu-west-1")],
)
def test_a_region_may_have_wizs_word_for_none_and_s3s_old_word_for_ireland(said: str, meant: str) -> None:
    assert parse_region(said) == meant
