"""The policy, from AWS AppConfig."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from botocore.client import BaseClient

from runtime.aws.errors import platform_errors
from runtime.domain.errors import PlatformCallFailed, PolicyInvalid
from runtime.domain.fix_summary import FixSummary
from runtime.domain.policy import Policy, parse_policy
from runtime.domain.resource import ResourceForm

MAX_AGE_SECONDS = 20
"""How long a fetched policy is used before the function polls AppConfig again."""


class AppConfigPolicy:
    """Fetches, checks and caches the policy.

    ``profile`` names the AppConfig profile, ``seconds`` is a monotonic clock.
    """

    def __init__(
        self,
        *,
        client: BaseClient,
        profile: Mapping[str, str],
        fixes: Mapping[str, FixSummary],
        types: Mapping[str, Sequence[ResourceForm]],
        seconds: Callable[[], float],
    ) -> None:
        self._client = client
        self._profile = profile
        self._fixes = fixes
        self._types = types
        self._seconds = seconds
        self._ask_at = seconds()
        self._token = ""
        self._text = b""
        self._policy: Policy | None = None

    def current(self) -> Policy:
        """The policy in force.

        Raises ``PlatformCallFailed`` if it cannot be fetched, ``PolicyInvalid`` if it is invalid.

        An invalid policy never falls back to an older one: the policy would then depend on the function instance.
        """
        if self._seconds() >= self._ask_at:
            self._ask()
        if self._policy is None:
            self._policy = self._parse()
        return self._policy

    def _ask(self) -> None:
        # Forgotten before it is used: a token counts once, whatever becomes of the call, and a failed one never again.
        # https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_appconfigdata_GetLatestConfiguration.html
        token, self._token = self._token or self._start(), ""
        with platform_errors("appconfigdata", "GetLatestConfiguration"):
            answer = self._client.get_latest_configuration(ConfigurationToken=token)
            text: bytes = answer["Configuration"].read()
        self._token = answer["NextPollConfigurationToken"]
        if text and text != self._text:  # it is empty if nothing has changed since this session was last told
            self._text, self._policy = text, None
        if not self._text:
            raise PlatformCallFailed(
                service="appconfigdata",
                operation="GetLatestConfiguration",
                code="Empty",
                message="no policy has been deployed",
            )
        self._ask_at = self._seconds() + MAX_AGE_SECONDS

    def _start(self) -> str:
        with platform_errors("appconfigdata", "StartConfigurationSession"):
            return str(self._client.start_configuration_session(**self._profile)["InitialConfigurationToken"])

    def _parse(self) -> Policy:
        try:
            document: Any = json.loads(self._text)
        except (ValueError, RecursionError) as error:  # of JSON, of UTF-8, or nested without end
            raise PolicyInvalid((f"it is not JSON: {error}",)) from error
        return parse_policy(document, self._fixes, self._types)
