"""ARNs: which are read, what they name, and which are none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.domain.errors import ArnInvalid
from runtime.domain.outcome import Reason
from runtime.domain.resource import GLOBAL_SERVICE_REGION, RESOURCE_TYPES, parse_arn, resource_type_of
from tests.unit.domain.cases import ACCOUNT_ID

KNOWN = [
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
        "Ledger-1",
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
    assert resource_type_of(arn) == (type_name, name)


def test_every_resource_type_is_recognised_by_some_arn() -> None:
    assert {known.name for known in RESOURCE_TYPES} == {type_name for _, type_name, *_ in KNOWN}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ledger",
        "arn:aws:s3:::",
        "arn:aws:s3::ledger",
        "arn:azure:s3:::ledger",
        "ARN:aws:s3:::ledger",
        "arn:aws:s3:us east 1::ledger",
        "arn:aws:s3::2222:ledger",
        "arn:aws:s3::2222222222222:ledger",
        "arn:aws:s3::٢٢٢٢٢٢٢٢٢٢٢٢:ledger",
        "arn:aws:s3:::led ger",
        "arn:aws:s3:::lédger",
        "arn:aws:s3:::ledger\n",
        " arn:aws:s3:::ledger",
    ],
)
def test_what_is_not_an_arn_is_not_read_as_one(text: str) -> None:
    with pytest.raises(ArnInvalid) as invalid:
        parse_arn(text)
    assert invalid.value.text == text
    assert repr(text) in str(invalid.value)
    assert (invalid.value.reason, invalid.value.retryable) == (Reason.RESOURCE_NOT_IDENTIFIED, False)


@pytest.mark.parametrize(
    "text",
    [
        "arn:aws:s3:::ledger/a-key",
        "arn:aws:s3:::*",
        "arn:aws:s3:::Ledger",
        f"arn:aws:s3:eu-west-1:{ACCOUNT_ID}:accesspoint/ledger",
        f"arn:aws:ec2:us-east-1:{ACCOUNT_ID}:instance/i-1",
        f"arn:aws:ec2:us-east-1:{ACCOUNT_ID}:security-group/sg-*",
        f"arn:aws:ec2:us-east-1:{ACCOUNT_ID}:security-group-rule/sgr-1",
        f"arn:aws:rds:us-east-1:{ACCOUNT_ID}:cluster:ledger",
        f"arn:aws:rds:us-east-1:{ACCOUNT_ID}:db:led/ger",
        f"arn:aws:kms:us-east-1:{ACCOUNT_ID}:alias/ledger",
        f"arn:aws:iam::{ACCOUNT_ID}:role/alice",
        f"arn:aws:iam::{ACCOUNT_ID}:user/",
        f"arn:aws:iam::{ACCOUNT_ID}:user/finance/",
        # IAM reads these in a policy's resource as wildcards and variables, so no policy could be for one user only.
        f"arn:aws:iam::{ACCOUNT_ID}:user/*/alice",
        f"arn:aws:iam::{ACCOUNT_ID}:user/financ?/alice",
        f"arn:aws:iam::{ACCOUNT_ID}:user/${{aws:username}}/alice",
        f"arn:aws:s3::{ACCOUNT_ID}:user/alice",
    ],
)
def test_an_arn_of_something_else_is_no_known_resource(text: str) -> None:
    assert resource_type_of(parse_arn(text)) is None


@given(
    known=st.sampled_from(RESOURCE_TYPES).flatmap(
        lambda known: st.tuples(st.just(known), st.from_regex(known.resource, fullmatch=True))
    )
)
def test_no_known_resource_s_arn_means_more_than_one_resource_to_iam(known: tuple[object, str]) -> None:
    assert not set(known[1]) & set("*?$")


@given(text=st.one_of(st.text(), st.text(alphabet="arn:aws3/*-2").map("arn:aws:s3:::".__add__)))
def test_a_text_is_an_arn_spelled_back_alike_or_none(text: str) -> None:
    try:
        arn = parse_arn(text)
    except ArnInvalid:
        return
    assert str(arn) == text
    resource_type_of(arn)


def test_every_partition_has_a_region_for_global_services() -> None:
    for partition, region in GLOBAL_SERVICE_REGION.items():
        assert parse_arn(f"arn:{partition}:s3:{region}::x").partition == partition
