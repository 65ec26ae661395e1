"""The policy as AWS AppConfig delivers it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aws_lambda_powertools.utilities.parameters import AppConfigProvider
from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError, TransformParameterError

from runtime.domain.errors import PlatformCallFailed, PolicyInvalid
from runtime.domain.fix import FixSpec
from runtime.domain.policy import Policy, parse_policy

MAX_AGE_SECONDS = 20
"""How long a fetched policy is used before AppConfig is asked whether there is a newer one."""


class PolicySource:
    """Fetches, checks and remembers the policy."""

    def __init__(self, *, provider: AppConfigProvider, profile: str, specs: Mapping[str, FixSpec]) -> None:
        self._provider = provider
        self._profile = profile
        self._specs = specs
        self._document: Mapping[str, Any] | None = None
        self._policy: Policy | None = None

    def current(self) -> Policy:
        """The policy in force.

        Raises ``PlatformCallFailed`` if it cannot be fetched, ``PolicyInvalid`` if it cannot be used.

        A policy that cannot be used never falls back to an older one: which findings may be acted on would then
        depend on which container a message reaches.
        """
        try:
            document: Any = self._provider.get(self._profile, transform="json", max_age=MAX_AGE_SECONDS)
        except (TransformParameterError, UnicodeDecodeError) as error:
            raise PolicyInvalid((f"it is not JSON: {error}",)) from error
        except GetParameterError as error:
            raise PlatformCallFailed(
                service="appconfigdata",
                operation="GetLatestConfiguration",
                code="GetParameterError",
                message=str(error),
            ) from error
        if self._policy is None or document != self._document:
            self._policy = parse_policy(document, self._specs)
            self._document = document
        return self._policy
