"""Amazon ECR: private repositories."""

from __future__ import annotations

from runtime.fixes.calls import Read
from runtime.fixes.resource_type import ResourceType

_DESCRIBE = Read(call="ecr:DescribeRepositories", by={"repositoryNames": ["${name}"]}, at="repositories[0]")

REPOSITORY = ResourceType(
    name="AWS::ECR::Repository",
    noun="repository",
    arn="arn:${partition}:ecr:${region}:${account_id}:repository/${name}",
    # https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html
    id="(?=.{2,256}$)(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*",
    longest="r" * 256,
    gone=("RepositoryNotFoundException",),
    describe=_DESCRIBE,
    identity="createdAt",
    tags=Read(call="ecr:ListTagsForResource", by={"resourceArn": "${arn}"}, at="tags"),
)


def repository(**kept: str) -> Read:
    """Parts of ECR's description of the repository."""
    return Read(call=_DESCRIBE.call, by=_DESCRIBE.by, at=_DESCRIBE.at, keep=kept)


TYPES = (REPOSITORY,)
