"""The policy as AWS AppConfig delivers it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from aws_lambda_powertools.utilities.parameters import AppConfigProvider
from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError

from runtime.domain.errors import PlatformCallFailed, PolicyInvalid
from runtime.domain.fix import FixSpec
from runtime.domain.policy import Policy, parse_policy

MAX_AGE_SECONDS = 20
"""How long a fetched policy is used before AppConfig is asked whether there is a newer one."""


class PolicySource:
    """Fetches, checks and remembers the policy.

    ``make_provider`` gives a new client of the configuration. One that failed is not used again: its token may have
    been used up or have expired, and it would fail for as long as this process lives.
    https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_appconfigdata_GetLatestConfiguration.html
    """

    def __init__(
        self, *, make_provider: Callable[[], AppConfigProvider], profile: str, specs: Mapping[str, FixSpec]
    ) -> None:
        self._make_provider = make_provider
        self._provider = make_provider()
        self._profile = profile
        self._specs = specs
        self._text: object = None
        self._policy: Policy | None = None

    def current(self) -> Policy:
        """The policy in force.

        Raises ``PlatformCallFailed`` if it cannot be fetched, ``PolicyInvalid`` if it cannot be used.

        A policy that cannot be used never falls back to an older one: which findings may be acted on would then
        depend on which container a message reaches.
        """
        try:
            text: Any = self._provider.get(self._profile, max_age=MAX_AGE_SECONDS)
        except GetParameterError as error:
            self._provider = self._make_provider()
            raise PlatformCallFailed(
                service="appconfigdata",
                operation="GetLatestConfiguration",
                code="GetParameterError",
                message=str(error),
            ) from error
        if self._policy is None or text != self._text:
            self._policy, self._text = self._parse(text), text
        return self._policy

    def _parse(self, text: bytes) -> Policy:
        try:
            document = json.loads(text)
        except (ValueError, RecursionError) as error:  # an error of the encoding is a ValueError too
            raise PolicyInvalid((f"it is not JSON: {error}",)) from error
        return parse_policy(document, self._specs)
