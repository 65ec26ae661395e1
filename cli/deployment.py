"""The platform that was deployed for one environment: the names of its parts, and clients to reach it."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cli.errors import NOTHING_SENT, Unusable
from cli.policy import deployments, deployments_folder, meant_by

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from botocore.client import BaseClient

    from cli.audit_reader import AuditReader
    from runtime.application.ports import Store
    from runtime.domain.people import People
    from runtime.domain.principal import Principal

_NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")
_CREDENTIALS = {
    "aws_access_key_id": "AccessKeyId",
    "aws_secret_access_key": "SecretAccessKey",
    "aws_session_token": "SessionToken",
}
"""A client's options, and what STS calls them."""


@dataclass(frozen=True, slots=True)
class Deployment:
    """``environment`` is the name that the platform was deployed under (``cdk deploy -c env=…``)."""

    environment: str
    tell: Callable[[str], None] = lambda _: None
    """Is told how far what is read from here has come. Who asks in the background does not want to know."""

    def __post_init__(self) -> None:
        """Raises ``Unusable`` for what cannot be an environment's name, and for one that there is no file of.

        An environment is deployed from its file. So whoever mistypes it learns so without credentials, too.
        """
        if not self.environment:
            raise Unusable(
                "Which environment? Say `suture --environment NAME …` or set SUTURE_ENVIRONMENT; "
                "NAME is the one given to `cdk deploy -c env=NAME`: "
                f"{deployments_folder()} has {', '.join(deployments()) or 'none'}."
            )
        if _NAME.fullmatch(self.environment) is None:
            raise Unusable(
                f"{self.environment!r} cannot be the name of an environment: small letters, digits and hyphens only, "
                "a letter first."
            )
        known = deployments()
        if known and self.environment not in known:
            raise Unusable(
                f"There is not an environment {self.environment!r}.{meant_by(self.environment)} {NOTHING_SENT}\nIf it "
                "was deployed with `-c config=FOLDER`, set SUTURE_CONFIG to that folder."
            )

    @property
    def audit_table(self) -> str:
        return self._name("audit")

    @property
    def registry_table(self) -> str:
        return self._name("registry")

    @property
    def ledger_table(self) -> str:
        return self._name("ledger")

    @property
    def holds_table(self) -> str:
        return self._name("holds")

    @property
    def commands_queue(self) -> str:
        """Takes what operators ask for."""
        return self._name("commands")

    @property
    def approvals_queue(self) -> str:
        """Takes what only approvers may say."""
        return self._name("approvals")

    def audit_reader(self) -> AuditReader:
        from cli.audit_reader import AuditReader  # noqa: PLC0415  brings botocore

        return AuditReader(client=self.client("dynamodb"), table=self.audit_table, store=self.store(), tell=self.tell)

    def store(self) -> Store:
        """The tables that people may read. Leases on resources are none of theirs."""
        from runtime.application.ports import Table  # noqa: PLC0415  not needed for its types alone
        from runtime.aws.store import DynamoStore  # noqa: PLC0415  brings botocore
        from runtime.aws.threads import together  # noqa: PLC0415  brings threads

        tables = {
            Table.AUDIT: self.audit_table,
            Table.REGISTRY: self.registry_table,
            Table.LEDGER: self.ledger_table,
            Table.HOLDS: self.holds_table,
        }
        return DynamoStore(client=self.client("dynamodb"), tables=tables, together=together)

    def caller(self) -> Principal:
        """Whose credentials are used. Raises ``PlatformCallFailed``."""
        from runtime.aws.errors import platform_errors  # noqa: PLC0415  brings botocore
        from runtime.domain.principal import Principal  # noqa: PLC0415  not needed for a deployment's name

        with platform_errors("sts", "GetCallerIdentity"):
            identity = self.client("sts").get_caller_identity()
        return Principal(arn=identity["Arn"], user_id=identity["UserId"])

    def people(self) -> People:
        """Whose commands the deployment takes. Raises ``PlatformCallFailed``."""
        import json  # noqa: PLC0415  only for this, as what follows

        from runtime.aws.errors import platform_errors  # noqa: PLC0415  brings botocore
        from runtime.domain.document import from_json  # noqa: PLC0415
        from runtime.domain.people import People  # noqa: PLC0415

        with platform_errors("ssm", "GetParameter"):
            answer = self.client("ssm").get_parameter(Name=f"/suture/{self.environment}/people")
        return from_json(People, json.loads(answer["Parameter"]["Value"]))

    def execution_role_arn(self) -> str:
        """The role that customers trust, in the account of the caller's credentials. Raises ``PlatformCallFailed``."""
        from runtime.domain.access import execution_role_name  # noqa: PLC0415  brings what a session is made of

        _, partition, _, _, account_id, _ = self.caller().arn.split(":", 5)
        return f"arn:{partition}:iam::{account_id}:role/{execution_role_name(self.environment)}"

    def client(self, service: str) -> BaseClient:
        """A client with AWS's own chain of credentials and region. Raises ``PlatformCallFailed`` without them."""
        return _client(service)

    def client_as(self, credentials: Mapping[str, str], service: str) -> BaseClient:
        """A patient client with the credentials that STS gave: it is asked much at once. Raises the same."""
        return _client(service, attempts=10, **{option: credentials[key] for option, key in _CREDENTIALS.items()})

    def _name(self, part: str) -> str:
        return f"suture-{self.environment}-{part}"


def _client(service: str, *, attempts: int = 3, **credentials: str) -> BaseClient:
    import boto3  # noqa: PLC0415  slow
    from botocore.config import Config  # noqa: PLC0415  slow

    from runtime.aws.errors import platform_errors  # noqa: PLC0415  brings botocore

    retries = Config(connect_timeout=5, read_timeout=20, retries={"mode": "standard", "total_max_attempts": attempts})
    with platform_errors(service, "client"):
        # The AWS command line's variable comes first, as there; boto3 knows only the other.
        # https://docs.aws.amazon.com/sdkref/latest/guide/feature-region.html
        region = os.environ.get("AWS_REGION") or None
        return boto3.Session().client(service, region_name=region, config=retries, **credentials)
