"""The policy as AppConfig delivers it: fetched, checked, remembered, and no older one in place of a broken one."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest
from aws_lambda_powertools.utilities.parameters import AppConfigProvider
from botocore.client import BaseClient
from botocore.response import StreamingBody
from botocore.stub import Stubber

from runtime.aws.policy_source import PolicySource
from runtime.domain.errors import PlatformCallFailed, PolicyInvalid
from tests.unit.domain.cases import SPECS
from tests.unit.domain.test_policy import document


@dataclass
class AppConfig:
    """AppConfig, and the providers over it as the function makes them."""

    client: BaseClient
    stub: Stubber
    providers: list[AppConfigProvider] = field(default_factory=list)

    def starts(self) -> None:
        self.stub.add_response("start_configuration_session", {"InitialConfigurationToken": "t-0" * 9})

    def delivers(self, content: Any) -> None:
        """The next poll's answer. Empty where nothing has changed since the last."""
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.stub.add_response(
            "get_latest_configuration",
            {
                "NextPollConfigurationToken": "t-1" * 9,
                "ContentType": "application/json",
                "Configuration": StreamingBody(io.BytesIO(body), len(body)),
            },
        )

    def grows_old(self) -> None:
        """What was fetched has reached its greatest age."""
        self.providers[-1].store.clear()

    def source(self) -> PolicySource:
        return PolicySource(make_provider=self._make_provider, profile="policy", specs=SPECS)

    def _make_provider(self) -> AppConfigProvider:
        self.providers.append(AppConfigProvider(environment="test", application="suture", boto3_client=self.client))
        return self.providers[-1]


@pytest.fixture
def appconfig() -> Iterator[AppConfig]:
    client = boto3.client("appconfigdata")
    with Stubber(client) as stub:
        yield AppConfig(client, stub)
        stub.assert_no_pending_responses()


def test_the_policy_is_fetched_once_and_remembered(appconfig: AppConfig) -> None:
    appconfig.starts()
    appconfig.delivers(document())
    source = appconfig.source()
    policy = source.current()
    assert policy.version == document()["version"]
    assert source.current() is policy


def test_a_policy_that_has_not_changed_is_not_parsed_again(appconfig: AppConfig) -> None:
    appconfig.starts()
    appconfig.delivers(document())
    appconfig.delivers(b"")
    source = appconfig.source()
    policy = source.current()
    appconfig.grows_old()
    assert source.current() is policy


def test_a_policy_that_is_delivered_again_with_the_same_text_is_not_even_read_again(
    appconfig: AppConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    appconfig.starts()
    appconfig.delivers(document())
    appconfig.delivers(document())
    source = appconfig.source()
    policy = source.current()
    appconfig.grows_old()
    monkeypatch.delattr("json.loads")
    assert source.current() is policy


def test_a_policy_that_has_changed_is_in_force_at_once(appconfig: AppConfig) -> None:
    appconfig.starts()
    appconfig.delivers(document())
    appconfig.delivers({**document(), "version": "next"})
    source = appconfig.source()
    source.current()
    appconfig.grows_old()
    assert source.current().version == "next"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"{", "it is not JSON"),
        (b"\xff", "it is not JSON"),
        (b"[" * 100_000, "it is not JSON"),
        ({}, "it does not have the form of the schema"),
        ([], "it does not have the form of the schema"),
        ({**document(), "severity_floor": "SEVERE"}, "severity_floor: 'SEVERE' is unknown"),
    ],
)
def test_a_policy_that_cannot_be_used_is_refused_and_no_older_one_taken(
    appconfig: AppConfig, content: Any, problem: str
) -> None:
    appconfig.starts()
    appconfig.delivers(document())
    appconfig.delivers(content)
    appconfig.delivers(content)
    source = appconfig.source()
    source.current()
    for _ in range(2):
        appconfig.grows_old()
        with pytest.raises(PolicyInvalid, match=problem):
            source.current()


def test_a_policy_that_cannot_be_fetched_is_not_replaced_by_an_older_one(appconfig: AppConfig) -> None:
    appconfig.starts()
    appconfig.delivers(document())
    appconfig.stub.add_client_error("get_latest_configuration", "InternalServerException", "out of order", 500)
    appconfig.starts()
    appconfig.delivers(document())
    source = appconfig.source()
    policy = source.current()
    appconfig.grows_old()
    with pytest.raises(PlatformCallFailed) as failed:
        source.current()
    assert failed.value.service == "appconfigdata"
    assert "out of order" in failed.value.message
    assert failed.value.retryable
    assert source.current() is policy


def test_a_token_that_was_used_up_is_not_used_again(appconfig: AppConfig) -> None:
    """AppConfig refuses a token for good once it was used or is a day old; only a new session helps."""
    appconfig.starts()
    appconfig.delivers(document())
    appconfig.stub.add_client_error("get_latest_configuration", "BadRequestException", "token", 400)
    appconfig.starts()
    appconfig.delivers({**document(), "version": "next"})
    source = appconfig.source()
    source.current()
    appconfig.grows_old()
    with pytest.raises(PlatformCallFailed):
        source.current()
    assert source.current().version == "next"
    assert len(appconfig.providers) == 2


def test_a_policy_that_was_never_deployed_cannot_be_fetched(appconfig: AppConfig) -> None:
    appconfig.starts()
    appconfig.delivers(b"")
    with pytest.raises(PlatformCallFailed):
        appconfig.source().current()
