"""AWS Secrets Manager."""

from __future__ import annotations

from runtime.fixes.calls import Read
from runtime.fixes.resource_type import ResourceType

SECRET = ResourceType(
    name="AWS::SecretsManager::Secret",
    noun="secret",
    arn="arn:${partition}:secretsmanager:${region}:${account_id}:secret:${name}",
    # With the six characters that distinguish it from a later one of the same name.
    id="[A-Za-z0-9/_+=.@-]{1,512}-[A-Za-z0-9]{6}",
    longest="s" * 512 + "-AbCdEf",
    gone=("ResourceNotFoundException",),
    describe=Read(call="secretsmanager:DescribeSecret", by={"SecretId": "${arn}"}),
    identity="ARN",
    tags=Read(call="secretsmanager:DescribeSecret", by={"SecretId": "${arn}"}, at="Tags || `[]`"),
)

TYPES = (SECRET,)
