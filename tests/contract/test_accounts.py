"""A customer's account: what each call answers there, and what a session keeps of it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Protocol

import pytest
from botocore.config import Config

from runtime.application.ports import Accounts, Session
from runtime.aws.accounts import CustomerAccounts
from runtime.domain.access import Access, session_request
from runtime.domain.errors import AwsAccessDenied, AwsError, AwsNotFound
from runtime.domain.resource import Resource
from runtime.entry.clients import new_session
from runtime.fixes.catalog import FIX_BY_ID
from tests.contract.over_moto import ACCOUNT_ID, REGION, client
from tests.memory import account
from tests.memory.account import MemoryAccounts
from tests.memory.calls import Watched

BUCKET, GROUP = "a-bucket-of-theirs", "a-group"
CLOSED = dict.fromkeys(("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets"), True)
HALF = {**CLOSED, "BlockPublicAcls": False}
OWNED = {"Bucket": BUCKET, "ExpectedBucketOwner": ACCOUNT_ID}
SSH, WEB = ("tcp", 22, 22), ("tcp", 443, 443)


class Stranger(Protocol):
    """Somebody else's hands in the customer's account, and the port that is tested."""

    accounts: Accounts

    def bucket(self, *, tags: Mapping[str, str], website: bool, public_policy: bool | None) -> None: ...

    def group(self, *, tags: Mapping[str, str], interfaces: int) -> str:
        """Returns the group's id."""
        ...


class StrangerInMemory:
    def __init__(self) -> None:
        self.accounts = self._there = MemoryAccounts(Watched())

    def bucket(self, *, tags: Mapping[str, str], website: bool, public_policy: bool | None) -> None:
        self._there.buckets[BUCKET] = account.Bucket(
            owner=ACCOUNT_ID, tags=dict(tags), website=website, public_policy=public_policy
        )

    def group(self, *, tags: Mapping[str, str], interfaces: int) -> str:
        self._there.groups["sg-00000000000000001"] = account.Group(tags=dict(tags), interfaces=interfaces)
        return "sg-00000000000000001"


class StrangerInMoto:
    def __init__(self) -> None:
        self.accounts = CustomerAccounts(
            session=new_session(Config(retries={"total_max_attempts": 1})), sts=client("sts")
        )

    def bucket(self, *, tags: Mapping[str, str], website: bool, public_policy: bool | None) -> None:
        s3 = client("s3")
        s3.create_bucket(Bucket=BUCKET)
        if tags:
            s3.put_bucket_tagging(Bucket=BUCKET, Tagging={"TagSet": _tags(tags)})
        if website:
            s3.put_bucket_website(Bucket=BUCKET, WebsiteConfiguration={"IndexDocument": {"Suffix": "index.html"}})
        if public_policy is not None:
            everybody = "*" if public_policy else {"AWS": f"arn:aws:iam::{ACCOUNT_ID}:root"}
            statement = {
                "Effect": "Allow",
                "Principal": everybody,
                "Action": "s3:GetObject",
                "Resource": f"arn:aws:s3:::{BUCKET}/*",
            }
            s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))

    def group(self, *, tags: Mapping[str, str], interfaces: int) -> str:
        ec2 = client("ec2")
        subnet = ec2.describe_subnets()["Subnets"][0]
        made = ec2.create_security_group(GroupName=GROUP, Description=GROUP, VpcId=subnet["VpcId"])
        group_id: str = made["GroupId"]
        if tags:
            ec2.create_tags(Resources=[group_id], Tags=_tags(tags))
        for _ in range(interfaces):
            ec2.create_network_interface(SubnetId=subnet["SubnetId"], Groups=[group_id])
        return group_id


@pytest.fixture
def stranger(port: str) -> Stranger:
    return StrangerInMemory() if port == "memory" else StrangerInMoto()


def _tags(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def session(stranger: Stranger, access: Access, fix_id: str = "s3-block-public-access") -> Session:
    resource = Resource(
        type="AWS::S3::Bucket",
        arn=f"arn:aws:s3:::{BUCKET}",
        name=BUCKET,
        account_id=ACCOUNT_ID,
        region=REGION,
        partition="aws",
    )
    fix = FIX_BY_ID[fix_id].spec
    request = session_request(
        access=access,
        resource=resource,
        external_id="an-external-id-of-theirs",
        issue_id="issue-1",
        correlation_id="c-1",
        fix_id=fix.id,
        permissions=fix.reads if access is Access.READ else fix.writes,
    )
    return stranger.accounts.open(request, resource)


def refused(session: Session, operation: str, parameters: Mapping[str, Any]) -> tuple[type[AwsError], str, bool]:
    """The kind of error, AWS's code, and whether it is sure that nothing was done."""
    service, _, name = operation.partition(":")
    with pytest.raises(AwsError) as error:
        session.call(service, name, parameters)
    assert (error.value.service, error.value.operation) == (service, name)
    return type(error.value), error.value.code, error.value.refused


# -- sessions ---------------------------------------------------------------------------------------------------------


def test_a_session_keeps_what_it_was_opened_for_and_each_call_that_was_answered(stranger: Stranger) -> None:
    stranger.bucket(tags={}, website=False, public_policy=None)
    opened = session(stranger, Access.READ)
    assert opened.record.calls == ()
    refused(opened, "s3:GetBucketTagging", OWNED)
    refused(opened, "s3:GetBucketWebsite", OWNED)
    record = opened.record
    assert [(call.service, call.operation) for call in record.calls] == [
        ("s3", "GetBucketTagging"),
        ("s3", "GetBucketWebsite"),
    ]
    assert all(call.request_id for call in record.calls)
    assert (record.role_arn, record.session_name, record.source_identity) == (
        f"arn:aws:iam::{ACCOUNT_ID}:role/suture-remediation-s3",
        "suture-issue-1",
        "suture-c-1",
    )
    assert record.tags["suture:access"] == "read"
    assert json.loads(record.policy)["Statement"]


def test_an_answer_is_the_callers_own(stranger: Stranger) -> None:
    stranger.bucket(tags={"owner": "reports"}, website=False, public_policy=None)
    opened = session(stranger, Access.READ)
    opened.call("s3", "GetBucketTagging", OWNED)["TagSet"].clear()
    assert opened.call("s3", "GetBucketTagging", OWNED)["TagSet"]


# -- buckets ----------------------------------------------------------------------------------------------------------


def test_what_a_bucket_has_is_answered(stranger: Stranger) -> None:
    stranger.bucket(tags={"owner": "reports", "team": "ledger"}, website=True, public_policy=True)
    opened = session(stranger, Access.READ)
    tags = opened.call("s3", "GetBucketTagging", OWNED)
    assert {tag["Key"]: tag["Value"] for tag in tags["TagSet"]} == {"owner": "reports", "team": "ledger"}
    assert opened.call("s3", "GetBucketPolicyStatus", OWNED) == {"PolicyStatus": {"IsPublic": True}}
    assert opened.call("s3", "GetBucketWebsite", OWNED) == {"IndexDocument": {"Suffix": "index.html"}}


def test_a_policy_that_is_not_public_is_told_from_none(stranger: Stranger) -> None:
    stranger.bucket(tags={}, website=False, public_policy=False)
    status = session(stranger, Access.READ).call("s3", "GetBucketPolicyStatus", OWNED)
    assert status == {"PolicyStatus": {"IsPublic": False}}


@pytest.mark.parametrize(
    ("operation", "code"),
    [
        ("s3:GetBucketTagging", "NoSuchTagSet"),
        ("s3:GetPublicAccessBlock", "NoSuchPublicAccessBlockConfiguration"),
        ("s3:GetBucketPolicyStatus", "NoSuchBucketPolicy"),
        ("s3:GetBucketWebsite", "NoSuchWebsiteConfiguration"),
    ],
)
def test_what_a_bucket_has_not_is_an_error_of_its_own(stranger: Stranger, operation: str, code: str) -> None:
    opened = session(stranger, Access.READ)
    assert refused(opened, operation, OWNED) == (AwsNotFound, "NoSuchBucket", True)
    stranger.bucket(tags={}, website=False, public_policy=None)
    assert refused(opened, operation, OWNED) == (AwsNotFound, code, True)


def test_a_public_access_block_is_as_it_was_put_until_it_is_deleted(stranger: Stranger) -> None:
    stranger.bucket(tags={}, website=False, public_policy=None)
    reading, writing = session(stranger, Access.READ), session(stranger, Access.WRITE)
    for block in (HALF, CLOSED):
        put = {**OWNED, "PublicAccessBlockConfiguration": block}
        assert writing.call("s3", "PutPublicAccessBlock", put) == {}
        found = reading.call("s3", "GetPublicAccessBlock", OWNED)
        assert found == {"PublicAccessBlockConfiguration": block}
    for _ in range(2):
        assert writing.call("s3", "DeletePublicAccessBlock", OWNED) == {}
        assert refused(reading, "s3:GetPublicAccessBlock", OWNED)[1] == "NoSuchPublicAccessBlockConfiguration"


def test_no_write_reaches_a_bucket_that_is_not_there(stranger: Stranger) -> None:
    writing = session(stranger, Access.WRITE)
    put = {**OWNED, "PublicAccessBlockConfiguration": CLOSED}
    assert refused(writing, "s3:PutPublicAccessBlock", put) == (AwsNotFound, "NoSuchBucket", True)
    assert refused(writing, "s3:DeletePublicAccessBlock", OWNED) == (AwsNotFound, "NoSuchBucket", True)


@pytest.mark.parametrize("operation", ["GetBucketTagging", "GetPublicAccessBlock", "GetBucketWebsite"])
def test_a_bucket_of_another_owner_is_denied(operation: str) -> None:
    """In memory only: moto does not look at the expected owner, and AWS does.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html
    """
    stranger = StrangerInMemory()
    stranger.bucket(tags={}, website=False, public_policy=None)
    opened = session(stranger, Access.READ)
    parameters = {"Bucket": BUCKET, "ExpectedBucketOwner": "999999999999"}
    assert refused(opened, f"s3:{operation}", parameters) == (AwsAccessDenied, "AccessDenied", True)


# -- security groups --------------------------------------------------------------------------------------------------


def permission(rule: tuple[str, int, int], *ranges: str) -> dict[str, Any]:
    protocol, first, last = rule
    return {
        "IpProtocol": protocol,
        "FromPort": first,
        "ToPort": last,
        "IpRanges": [{"CidrIp": one} for one in ranges if ":" not in one],
        "Ipv6Ranges": [{"CidrIpv6": one} for one in ranges if ":" in one],
    }


def rules_of(opened: Session, group_id: str) -> set[tuple[str, int, int, str]]:
    """What a group lets in: a rule for each range of addresses."""
    (group,) = opened.call("ec2", "DescribeSecurityGroups", {"GroupIds": [group_id]})["SecurityGroups"]
    assert group["GroupId"] == group_id
    rules = set()
    for one in group["IpPermissions"]:
        assert one["PrefixListIds"] == one["UserIdGroupPairs"] == []
        addresses = [each["CidrIp"] for each in one["IpRanges"]] + [each["CidrIpv6"] for each in one["Ipv6Ranges"]]
        rules |= {(one["IpProtocol"], one["FromPort"], one["ToPort"], address) for address in addresses}
    return rules


EC2_FIX = "ec2-security-group-world-ingress"


def test_rules_are_let_in_and_taken_away_range_by_range(stranger: Stranger) -> None:
    group_id = stranger.group(tags={}, interfaces=0)
    reading, writing = session(stranger, Access.READ, EC2_FIX), session(stranger, Access.WRITE, EC2_FIX)
    assert rules_of(reading, group_id) == set()
    given = {"GroupId": group_id, "IpPermissions": [permission(SSH, "0.0.0.0/0", "::/0"), permission(WEB, "0.0.0.0/0")]}
    assert writing.call("ec2", "AuthorizeSecurityGroupIngress", given)["Return"] is True
    assert rules_of(reading, group_id) == {(*SSH, "0.0.0.0/0"), (*SSH, "::/0"), (*WEB, "0.0.0.0/0")}
    taken = {"GroupId": group_id, "IpPermissions": [permission(SSH, "0.0.0.0/0")]}
    assert writing.call("ec2", "RevokeSecurityGroupIngress", taken)["Return"] is True
    assert rules_of(reading, group_id) == {(*SSH, "::/0"), (*WEB, "0.0.0.0/0")}


def test_a_rule_that_is_there_is_not_let_in_again(stranger: Stranger) -> None:
    group_id = stranger.group(tags={}, interfaces=0)
    reading, writing = session(stranger, Access.READ, EC2_FIX), session(stranger, Access.WRITE, EC2_FIX)
    there = {"GroupId": group_id, "IpPermissions": [permission(SSH, "0.0.0.0/0")]}
    writing.call("ec2", "AuthorizeSecurityGroupIngress", there)
    for again in (permission(SSH, "0.0.0.0/0"), permission(SSH, "0.0.0.0/0", "::/0")):
        given = {"GroupId": group_id, "IpPermissions": [again]}
        found = refused(writing, "ec2:AuthorizeSecurityGroupIngress", given)
        assert found == (AwsError, "InvalidPermission.Duplicate", True)
    assert rules_of(reading, group_id) == {(*SSH, "0.0.0.0/0")}


def test_a_rule_that_is_not_there_is_not_taken_away(stranger: Stranger) -> None:
    group_id = stranger.group(tags={}, interfaces=0)
    reading, writing = session(stranger, Access.READ, EC2_FIX), session(stranger, Access.WRITE, EC2_FIX)
    there = {"GroupId": group_id, "IpPermissions": [permission(SSH, "0.0.0.0/0")]}
    writing.call("ec2", "AuthorizeSecurityGroupIngress", there)
    taken = {"GroupId": group_id, "IpPermissions": [permission(WEB, "0.0.0.0/0")]}
    found = refused(writing, "ec2:RevokeSecurityGroupIngress", taken)
    assert found == (AwsNotFound, "InvalidPermission.NotFound", True)
    assert rules_of(reading, group_id) == {(*SSH, "0.0.0.0/0")}


def test_no_rule_is_taken_away_beside_one_that_is_not_there() -> None:
    """In memory only: moto takes away those before it. AWS does not, in a VPC that is not the default one.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RevokeSecurityGroupIngress.html
    """
    stranger = StrangerInMemory()
    group_id = stranger.group(tags={}, interfaces=0)
    reading, writing = session(stranger, Access.READ, EC2_FIX), session(stranger, Access.WRITE, EC2_FIX)
    there = {"GroupId": group_id, "IpPermissions": [permission(SSH, "0.0.0.0/0")]}
    writing.call("ec2", "AuthorizeSecurityGroupIngress", there)
    more = {"GroupId": group_id, "IpPermissions": [permission(SSH, "0.0.0.0/0"), permission(WEB, "0.0.0.0/0")]}
    assert refused(writing, "ec2:RevokeSecurityGroupIngress", more)[1] == "InvalidPermission.NotFound"
    assert rules_of(reading, group_id) == {(*SSH, "0.0.0.0/0")}


def test_a_group_that_is_not_there_is_not_found(stranger: Stranger) -> None:
    reading, writing = session(stranger, Access.READ, EC2_FIX), session(stranger, Access.WRITE, EC2_FIX)
    missing = "sg-0123456789abcdef0"
    not_found = (AwsNotFound, "InvalidGroup.NotFound", True)
    assert refused(reading, "ec2:DescribeSecurityGroups", {"GroupIds": [missing]}) == not_found
    for operation in ("AuthorizeSecurityGroupIngress", "RevokeSecurityGroupIngress"):
        given = {"GroupId": missing, "IpPermissions": [permission(SSH, "0.0.0.0/0")]}
        assert refused(writing, f"ec2:{operation}", given) == not_found


@pytest.mark.parametrize("interfaces", [0, 2])
def test_a_groups_interfaces_are_counted_and_its_tags_read(stranger: Stranger, interfaces: int) -> None:
    group_id = stranger.group(tags={"owner": "reports"}, interfaces=interfaces)
    opened = session(stranger, Access.READ, EC2_FIX)
    filters = [{"Name": "group-id", "Values": [group_id]}]
    found = opened.call("ec2", "DescribeNetworkInterfaces", {"Filters": filters})
    assert len(found["NetworkInterfaces"]) == interfaces
    (group,) = opened.call("ec2", "DescribeSecurityGroups", {"GroupIds": [group_id]})["SecurityGroups"]
    assert group["Tags"] == [{"Key": "owner", "Value": "reports"}]
