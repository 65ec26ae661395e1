"""Tags are read whole or not at all, and a resource that is gone is told from one without tags."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib import import_module
from typing import Any

import pytest
from moto import mock_aws

from runtime.domain.errors import AwsAccessDenied, AwsError, AwsNotFound
from runtime.domain.resource import Resource
from runtime.fixes.catalog import FIX_BY_ID, types_by_name
from runtime.fixes.contract import Reader
from tests.laws.cases import ACCOUNT_ID, REGION, resource_from
from tests.laws.customer_account import RecordingSession, client
from tests.unit.fixes.answers import defaults

TAGS = {"Owner": "reports", "Empty": ""}
AWS_TAGS = [{"Key": key, "Value": value} for key, value in TAGS.items()]


def _bucket() -> Resource:
    client("s3").create_bucket(Bucket="tagged-bucket")
    client("s3").put_bucket_tagging(Bucket="tagged-bucket", Tagging={"TagSet": AWS_TAGS})
    return resource_from("arn:aws:s3:::tagged-bucket")


def _ec2(kind: str, name: str) -> Resource:
    client("ec2").create_tags(Resources=[name], Tags=AWS_TAGS)
    return resource_from(f"arn:aws:ec2:{REGION}:{ACCOUNT_ID}:{kind}/{name}")


def _security_group() -> Resource:
    return _ec2(
        "security-group", client("ec2").create_security_group(GroupName="tagged", Description="tagged")["GroupId"]
    )


def _snapshot() -> Resource:
    volume = client("ec2").create_volume(AvailabilityZone=f"{REGION}a", Size=1)["VolumeId"]
    return _ec2("snapshot", client("ec2").create_snapshot(VolumeId=volume)["SnapshotId"])


def _db_instance() -> Resource:
    answer = client("rds").create_db_instance(
        DBInstanceIdentifier="tagged",
        DBInstanceClass="db.t4g.micro",
        Engine="postgres",
        MasterUsername="reports",
        MasterUserPassword="not-a-secret",
        AllocatedStorage=20,
        Tags=AWS_TAGS,
    )
    return resource_from(answer["DBInstance"]["DBInstanceArn"])


def _key() -> Resource:
    tags = [{"TagKey": key, "TagValue": value} for key, value in TAGS.items()]
    return resource_from(client("kms").create_key(Tags=tags)["KeyMetadata"]["Arn"])


def _user() -> Resource:
    return resource_from(client("iam").create_user(UserName="tagged", Path="/jobs/", Tags=AWS_TAGS)["User"]["Arn"])


def _trail() -> Resource:
    client("s3").create_bucket(Bucket="trail-logs")
    tags = [{"Key": "Owner", "Value": "reports"}, {"Key": "Empty"}]  # CloudTrail takes no empty value, but none
    answer = client("cloudtrail").create_trail(Name="tagged", S3BucketName="trail-logs", TagsList=tags)
    return resource_from(answer["TrailARN"])


CREATORS: dict[str, Callable[[], Resource]] = {
    "AWS::S3::Bucket": _bucket,
    "AWS::EC2::SecurityGroup": _security_group,
    "AWS::EC2::Snapshot": _snapshot,
    "AWS::RDS::DBInstance": _db_instance,
    "AWS::KMS::Key": _key,
    "AWS::IAM::User": _user,
    "AWS::CloudTrail::Trail": _trail,
}
NAMES_OF_NOTHING = {
    "AWS::S3::Bucket": "no-such-bucket",
    "AWS::EC2::SecurityGroup": "sg-00000000000000000",
    "AWS::EC2::Snapshot": "snap-00000000000000000",
    "AWS::RDS::DBInstance": "no-such-instance",
    "AWS::KMS::Key": "00000000-0000-0000-0000-000000000000",
    "AWS::IAM::User": "nobody",
    "AWS::CloudTrail::Trail": "no-such-trail",
}
EVERY_TYPE = [*CREATORS]


def read_tags(aws: Reader, resource: Resource) -> dict[str, str]:
    return types_by_name()[resource.type].read_tags(aws, resource)


@pytest.fixture
def account() -> Iterator[None]:
    with mock_aws():
        yield


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("resource_type", EVERY_TYPE)
def test_the_tags_of_every_resource_type_are_read_with_the_calls_that_are_declared(resource_type: str) -> None:
    resource = CREATORS[resource_type]()
    session = RecordingSession(resource.region)
    assert read_tags(session.reader(), resource) == TAGS
    assert set(session.calls) == {permission.operation for permission in types_by_name()[resource_type].tag_permissions}


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("resource_type", EVERY_TYPE)
def test_a_resource_that_is_gone_is_not_found(resource_type: str) -> None:
    name = NAMES_OF_NOTHING[resource_type]
    there = CREATORS[resource_type]()
    gone = replace(there, name=name, arn=there.arn.replace(there.name, name))
    with pytest.raises(AwsNotFound):
        read_tags(RecordingSession(gone.region).reader(), gone)


@pytest.mark.usefixtures("account")
def test_a_bucket_without_tags_has_none() -> None:
    client("s3").create_bucket(Bucket="untagged-bucket")
    assert read_tags(RecordingSession(REGION).reader(), resource_from("arn:aws:s3:::untagged-bucket")) == {}


@pytest.mark.usefixtures("account")
def test_tags_that_may_not_be_read_are_not_taken_for_none() -> None:
    resource = _bucket()
    session = RecordingSession(REGION, denied=frozenset({"s3:GetBucketTagging"}))
    with pytest.raises(AwsAccessDenied):
        read_tags(session.reader(), resource)


class ScriptedReader:
    """Answers each call with the next of its answers."""

    def __init__(self, *answers: dict[str, Any]) -> None:
        self._answers = list(answers)
        self.calls: list[dict[str, Any]] = []

    def read(self, _service: str, _operation: str, /, **parameters: Any) -> dict[str, Any]:
        self.calls.append(parameters)
        return self._answers.pop(0)

    def find(self, service: str, operation: str, _absent: str, /, **parameters: Any) -> dict[str, Any] | None:
        return self.read(service, operation, **parameters)


KEY = resource_from(f"arn:aws:kms:{REGION}:{ACCOUNT_ID}:key/1234abcd-12ab-34cd-56ef-1234567890ab")
USER = resource_from(f"arn:aws:iam::{ACCOUNT_ID}:user/tagged")
SNAPSHOT = resource_from(f"arn:aws:ec2:{REGION}::snapshot/snap-0123456789abcdef0")
BUCKET = resource_from("arn:aws:s3:::tagged-bucket")


@pytest.mark.parametrize(
    ("resource", "first", "second"),
    [
        (
            KEY,
            {"Tags": [{"TagKey": "a", "TagValue": "1"}], "Truncated": True, "NextMarker": "more"},
            {"Tags": [{"TagKey": "b", "TagValue": "2"}], "Truncated": False},
        ),
    ],
)
def test_an_answer_that_is_cut_short_is_read_to_its_end(
    resource: Resource, first: dict[str, Any], second: dict[str, Any]
) -> None:
    reader = ScriptedReader(first, second)
    assert read_tags(reader, resource) == {"a": "1", "b": "2"}
    assert reader.calls[1] == {**reader.calls[0], "Marker": "more"}


@pytest.mark.parametrize(
    ("resource", "answer"),
    [
        (KEY, {}),
        (KEY, {"Tags": [], "Truncated": True}),
        (USER, {}),
        (SNAPSHOT, {}),
        (BUCKET, {}),
    ],
)
def test_an_answer_with_a_part_missing_is_an_error(resource: Resource, answer: dict[str, Any]) -> None:
    with pytest.raises(AwsError) as raised:
        read_tags(ScriptedReader(answer), resource)
    assert raised.value.code == "IncompleteAnswer"


def test_an_empty_answer_means_that_there_is_no_such_resource() -> None:
    with pytest.raises(AwsNotFound):
        read_tags(ScriptedReader({"Snapshots": []}), SNAPSHOT)


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize(
    "fix_id",
    [
        "ec2-security-group-world-ingress",
        "ebs-snapshot-private",
        "rds-instance-not-public",
        "cloudtrail-log-file-validation",
    ],
)
def test_reading_the_tags_and_observing_make_the_call_they_share_once(fix_id: str) -> None:
    fix = FIX_BY_ID[fix_id]
    resource = CREATORS[fix.spec.resource_types[0]]()
    cases = import_module(f"tests.laws.cases.{fix_id.replace('-', '_')}")
    session = RecordingSession(resource.region, answers=getattr(cases, "ANSWERS", {}))
    reader = session.reader()
    read_tags(reader, resource)
    shared = session.calls[0]
    fix.observe(reader, resource, defaults(fix))
    assert session.calls.count(shared) == 1
