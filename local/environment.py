"""What was deployed to the local AWS, and clients of its accounts. Kept as a file that a shell can read too."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from functools import cache
from pathlib import Path
from typing import Any, Self

import boto3
from botocore.config import Config

from runtime.application.ports import Store, Table
from runtime.aws.store import DynamoStore
from runtime.aws.threads import together

_PREFIX = "SUTURE_"
_WORD = re.compile(r"(?<!^)(?=[A-Z])")


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalEnvironment:
    """Fields from ``findings_topic_arn`` to ``key_arn`` are the platform stack's outputs of those names.

    ``wiz_account`` stands for Wiz's own: it holds the role that may assume the publisher role.
    """

    endpoint: str
    authority: str
    region: str
    environment: str
    platform_account: str
    customer_account: str
    wiz_account: str
    wiz_delegator_role_arn: str
    wiz_tenant_id: str
    findings_topic_arn: str
    publisher_role_arn: str
    execution_role_arn: str
    code_version: str
    function_name: str
    findings_queue_url: str
    findings_dead_letter_queue_url: str
    follow_up_queue_url: str
    follow_up_dead_letter_queue_url: str
    commands_queue_url: str
    commands_dead_letter_queue_url: str
    approvals_queue_url: str
    approvals_dead_letter_queue_url: str
    runs_queue_url: str
    runs_dead_letter_queue_url: str
    review_queue_url: str
    security_topic_arn: str
    reviewers_topic_arn: str
    owners_topic_arn: str
    event_bus_name: str
    audit_table_name: str
    registry_table_name: str
    ledger_table_name: str
    holds_table_name: str
    lock_table_name: str
    operator_policy_arn: str
    approver_policy_arn: str
    policy_application_id: str
    policy_environment_id: str
    policy_profile_id: str
    key_arn: str
    external_id: str

    def platform(self, service: str) -> Any:
        """A client with every right in the platform account."""
        return self._client(service, root_of(self.platform_account))

    def customer(self, service: str) -> Any:
        """A client with every right in the customer account."""
        return self._client(service, root_of(self.customer_account))

    def publisher(self, service: str) -> Any:
        """A client with the rights that Wiz has: its delegator role has assumed the publisher role. For one hour."""
        delegator = self._client("sts", root_of(self.wiz_account)).assume_role(
            RoleArn=self.wiz_delegator_role_arn, RoleSessionName="wiz"
        )["Credentials"]
        publisher = self._client("sts", delegator).assume_role(
            RoleArn=self.publisher_role_arn, RoleSessionName="wiz", ExternalId=self.wiz_tenant_id
        )["Credentials"]
        return self._client(service, publisher)

    def store(self) -> Store:
        """The platform's tables, with every right."""
        tables = {
            Table.AUDIT: self.audit_table_name,
            Table.REGISTRY: self.registry_table_name,
            Table.LEDGER: self.ledger_table_name,
            Table.HOLDS: self.holds_table_name,
            Table.LOCKS: self.lock_table_name,
        }
        return DynamoStore(client=self.platform("dynamodb"), tables=tables, together=together)

    def _client(self, service: str, credentials: Mapping[str, str]) -> Any:
        return local_client(
            service, endpoint=self.endpoint, authority=self.authority, region=self.region, credentials=credentials
        )

    def variables(self) -> dict[str, str]:
        """For programs that are to find this AWS, with the platform account's rights: the ``suture`` command, say."""
        root = root_of(self.platform_account)
        ours = {_PREFIX + name.upper(): value for name, value in asdict(self).items()}
        return ours | {
            "AWS_ACCESS_KEY_ID": root["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": root["SecretAccessKey"],
            "AWS_CA_BUNDLE": self.authority,
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ENDPOINT_URL_S3": self.endpoint,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_REGION": self.region,
        }

    def write(self, file: Path) -> None:
        """As lines for a shell to read with ``. FILE``. The policy that was deployed is in ``config`` beside it."""
        lines = ["# The local AWS, for a shell: `. .local/env`", "unset AWS_PROFILE AWS_SESSION_TOKEN"]
        lines += [f"export {name}={shlex.quote(value)}" for name, value in sorted(self.variables().items())]
        lines.append(f"export SUTURE_CONFIG={shlex.quote(str(file.absolute().parent / 'config'))}")
        lines.append(f'export PATH={shlex.quote(str(Path(sys.executable).parent))}:"$PATH"')  # for `suture`
        file.write_text("\n".join([*lines, ""]), encoding="utf-8")

    @classmethod
    def read(cls, file: Path) -> Self:
        """Raises ``FileNotFoundError`` if nothing is deployed, and ``KeyError`` for another version's file."""
        exported = [line.removeprefix("export ") for line in file.read_text(encoding="utf-8").splitlines()]
        pairs = (shlex.split(line)[0].partition("=") for line in exported if line.startswith(_PREFIX))
        values = {name: value for name, _, value in pairs}
        return cls(**{field.name: values[_PREFIX + field.name.upper()] for field in fields(cls)})


def root_of(account: str) -> Mapping[str, str]:
    """Credentials of an account's root user: the emulator takes the account's number as the access key id."""
    return {"AccessKeyId": account, "SecretAccessKey": "test"}


def local_client(service: str, *, endpoint: str, authority: str, region: str, credentials: Mapping[str, str]) -> Any:
    """A client of the local AWS, whatever AWS the shell is set up for. ``credentials`` are named as STS names them."""
    key, secret = credentials["AccessKeyId"], credentials["SecretAccessKey"]
    return _client(service, endpoint, authority, region, key, secret, credentials.get("SessionToken"))


_session = cache(boto3.Session)


@cache
def _client(  # kept, because making one and its connection takes longer than most calls
    service: str, endpoint: str, authority: str, region: str, key: str, secret: str, token: str | None
) -> Any:
    return _session().client(
        service,
        endpoint_url=endpoint,
        verify=authority,
        region_name=region,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        aws_session_token=token,
        config=Config(retries={"total_max_attempts": 1}, proxies={}),
    )


def outputs_as_fields(outputs: Mapping[str, str]) -> dict[str, str]:
    """A stack's outputs under the names of fields: ``FindingsTopicArn`` is ``findings_topic_arn``."""
    return {_WORD.sub("_", name).lower(): value for name, value in outputs.items()}
