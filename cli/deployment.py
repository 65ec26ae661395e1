"""The platform that was deployed for one environment: its table names, and clients to reach it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cli.errors import Unusable
from runtime.domain.access import execution_role_name

if TYPE_CHECKING:
    from botocore.client import BaseClient

_NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")


@dataclass(frozen=True, slots=True)
class Deployment:
    """``environment`` is the name that the platform was deployed under (``cdk deploy -c env=…``)."""

    environment: str

    def __post_init__(self) -> None:
        """Raises ``Unusable`` for what cannot be the name of an environment."""
        if not self.environment:
            raise Unusable(
                "Which environment? Say `suture --environment NAME …` or set SUTURE_ENVIRONMENT; "
                "NAME is the one given to `cdk deploy -c env=NAME`."
            )
        if _NAME.fullmatch(self.environment) is None:
            raise Unusable(
                f"{self.environment!r} cannot be the name of an environment: small letters, digits and hyphens only, "
                "a letter first."
            )

    @property
    def audit_table(self) -> str:
        return f"suture-{self.environment}-audit"

    @property
    def registry_table(self) -> str:
        return f"suture-{self.environment}-registry"

    def execution_role_arn(self) -> str:
        """The role that customers trust, in the account of the caller's credentials. Raises ``PlatformCallFailed``."""
        from runtime.aws.errors import platform_errors  # noqa: PLC0415  brings botocore

        with platform_errors("sts", "GetCallerIdentity"):
            caller = self.client("sts").get_caller_identity()
        partition = caller["Arn"].split(":")[1]
        return f"arn:{partition}:iam::{caller['Account']}:role/{execution_role_name(self.environment)}"

    def client(self, service: str) -> BaseClient:
        """A client with AWS's own chain of credentials and region. Raises ``PlatformCallFailed`` without them."""
        import boto3  # noqa: PLC0415  slow
        from botocore.config import Config  # noqa: PLC0415  slow

        from runtime.aws.errors import platform_errors  # noqa: PLC0415  brings botocore

        retries = Config(connect_timeout=5, read_timeout=20, retries={"mode": "standard", "total_max_attempts": 3})
        with platform_errors(service, "client"):
            return boto3.Session().client(service, config=retries)
