"""How the tags of each resource type are read. Reading them also proves that the resource exists.

The calls are those that the fixes make where they can be: a reader makes equal calls once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from runtime.domain.errors import AwsError, AwsNotFound
from runtime.domain.fix import Permission
from runtime.domain.resource import Resource
from runtime.fixes.contract import Call, Reader
from runtime.fixes.s3_bucket import bucket_parameters


@dataclass(frozen=True, slots=True, kw_only=True)
class TagReader:
    """How the tags of one resource type are read, and what that takes.

    ``calls`` are those that are made whatever the others answer.
    """

    permissions: tuple[Permission, ...]
    calls: Callable[[Resource], tuple[Call, ...]]
    read: Callable[[Reader, Resource], dict[str, str]]


def read_tags(aws: Reader, resource: Resource) -> dict[str, str]:
    """The tags of the resource, all of them.

    Raises ``AwsNotFound`` if there is no such resource, another ``AwsError`` where its tags cannot be read whole, and
    ``KeyError`` for a resource type that this platform does not know.
    """
    return TAG_READERS[resource.type].read(aws, resource)


def tag_permissions(resource_type: str) -> tuple[Permission, ...]:
    """What ``read_tags`` needs for a resource type. Raises ``KeyError`` for one that this platform does not know."""
    return TAG_READERS[resource_type].permissions


def tag_calls(resource: Resource) -> tuple[Call, ...]:
    """The calls of ``read_tags`` that can be made side by side. Raises ``KeyError`` as ``tag_permissions`` does."""
    return TAG_READERS[resource.type].calls(resource)


def _bucket_tags(aws: Reader, resource: Resource) -> dict[str, str]:
    answer = aws.find("s3", "GetBucketTagging", "NoSuchTagSet", **bucket_parameters(resource))
    return {} if answer is None else _tags(_part("s3", "GetBucketTagging", answer, "TagSet"))


def _security_group_tags(aws: Reader, resource: Resource) -> dict[str, str]:
    answer = aws.read("ec2", "DescribeSecurityGroups", GroupIds=[resource.name])
    # EC2 leaves Tags out where there are none.
    return _tags(_only("ec2", "DescribeSecurityGroups", answer, "SecurityGroups", resource).get("Tags", []))


def _snapshot_tags(aws: Reader, resource: Resource) -> dict[str, str]:
    answer = aws.read("ec2", "DescribeSnapshots", SnapshotIds=[resource.name], OwnerIds=["self"])
    return _tags(_only("ec2", "DescribeSnapshots", answer, "Snapshots", resource).get("Tags", []))


def _db_instance_tags(aws: Reader, resource: Resource) -> dict[str, str]:
    answer = aws.read("rds", "DescribeDBInstances", DBInstanceIdentifier=resource.name)
    entry = _only("rds", "DescribeDBInstances", answer, "DBInstances", resource)
    return _tags(_part("rds", "DescribeDBInstances", entry, "TagList"))


def _key_tags(aws: Reader, resource: Resource) -> dict[str, str]:
    pages = _pages(aws, "kms", "ListResourceTags", marker="NextMarker", KeyId=resource.name)
    return {tag["TagKey"]: tag["TagValue"] for page in pages for tag in page}


def _user_tags(aws: Reader, resource: Resource) -> dict[str, str]:
    pages = _pages(aws, "iam", "ListUserTags", marker="Marker", UserName=resource.name)
    return _tags(tag for page in pages for tag in page)


def _trail_tags(aws: Reader, resource: Resource) -> dict[str, str]:
    aws.read("cloudtrail", "GetTrail", Name=resource.arn)  # ListTags is not documented to miss a trail that is gone
    answer = aws.read("cloudtrail", "ListTags", ResourceIdList=[resource.arn])
    entry = _only("cloudtrail", "ListTags", answer, "ResourceTagList", resource)
    return _tags(_part("cloudtrail", "ListTags", entry, "TagsList"))


def _pages(
    aws: Reader, service: str, operation: str, /, *, marker: str, **parameters: str
) -> Iterator[list[Mapping[str, str]]]:
    """The tags, page by page. ``marker`` is where an answer that is cut short says how to go on."""
    page = aws.read(service, operation, **parameters)
    yield _part(service, operation, page, "Tags")
    while page.get("Truncated") or page.get("IsTruncated"):
        page = aws.read(service, operation, **parameters, Marker=_part(service, operation, page, marker))
        yield _part(service, operation, page, "Tags")


def _part(service: str, operation: str, answer: Mapping[str, Any], name: str) -> Any:
    """A part that every successful answer has. Raises ``AwsError`` without it: not shown is not the same as empty."""
    if name not in answer:
        raise AwsError(
            service=service, operation=operation, code="IncompleteAnswer", message=f"the answer has no {name}"
        )
    return answer[name]


def _only(service: str, operation: str, answer: Mapping[str, Any], name: str, resource: Resource) -> Mapping[str, Any]:
    """The one entry that was asked for. Raises ``AwsNotFound`` where the answer has none."""
    entries: list[Mapping[str, Any]] = _part(service, operation, answer, name)
    if not entries:
        raise AwsNotFound(
            service=service, operation=operation, code="EmptyAnswer", message=f"there is no {resource.arn}"
        )
    return entries[0]


def _tags(tags: Iterable[Mapping[str, str]]) -> dict[str, str]:
    # CloudTrail leaves out the value of a tag that has none.
    return {tag["Key"]: tag.get("Value", "") for tag in tags}


TAG_READERS: Mapping[str, TagReader] = {
    "AWS::S3::Bucket": TagReader(
        permissions=(Permission(action="s3:GetBucketTagging", operation="s3:GetBucketTagging"),),
        calls=lambda resource: (Call("s3", "GetBucketTagging", bucket_parameters(resource)),),
        read=_bucket_tags,
    ),
    "AWS::EC2::SecurityGroup": TagReader(
        permissions=(
            Permission(action="ec2:DescribeSecurityGroups", operation="ec2:DescribeSecurityGroups", resource="*"),
        ),
        calls=lambda resource: (Call("ec2", "DescribeSecurityGroups", {"GroupIds": [resource.name]}),),
        read=_security_group_tags,
    ),
    "AWS::EC2::Snapshot": TagReader(
        permissions=(Permission(action="ec2:DescribeSnapshots", operation="ec2:DescribeSnapshots", resource="*"),),
        calls=lambda resource: (
            Call("ec2", "DescribeSnapshots", {"SnapshotIds": [resource.name], "OwnerIds": ["self"]}),
        ),
        read=_snapshot_tags,
    ),
    "AWS::RDS::DBInstance": TagReader(
        permissions=(Permission(action="rds:DescribeDBInstances", operation="rds:DescribeDBInstances"),),
        calls=lambda resource: (Call("rds", "DescribeDBInstances", {"DBInstanceIdentifier": resource.name}),),
        read=_db_instance_tags,
    ),
    "AWS::KMS::Key": TagReader(
        permissions=(Permission(action="kms:ListResourceTags", operation="kms:ListResourceTags"),),
        calls=lambda resource: (Call("kms", "ListResourceTags", {"KeyId": resource.name}),),
        read=_key_tags,
    ),
    "AWS::IAM::User": TagReader(
        permissions=(Permission(action="iam:ListUserTags", operation="iam:ListUserTags"),),
        calls=lambda resource: (Call("iam", "ListUserTags", {"UserName": resource.name}),),
        read=_user_tags,
    ),
    "AWS::CloudTrail::Trail": TagReader(
        permissions=(
            Permission(action="cloudtrail:GetTrail", operation="cloudtrail:GetTrail"),
            Permission(action="cloudtrail:ListTags", operation="cloudtrail:ListTags"),
        ),
        calls=lambda resource: (
            Call("cloudtrail", "GetTrail", {"Name": resource.arn}),
            Call("cloudtrail", "ListTags", {"ResourceIdList": [resource.arn]}),
        ),
        read=_trail_tags,
    ),
}
