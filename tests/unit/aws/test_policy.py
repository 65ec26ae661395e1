"""The policy as AppConfig delivers it: fetched, checked, remembered, and no older one in place of a broken one."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from botocore.client import BaseClient
from botocore.response import StreamingBody
from botocore.stub import Stubber

from runtime.aws.policy import MAX_AGE_SECONDS, AppConfigPolicy
from runtime.domain.errors import PlatformCallFailed, PolicyInvalid
from tests.unit.domain.cases import FIXES, TYPES
from tests.unit.domain.test_policy import document

PROFILE = {
    "ApplicationIdentifier": "suture",
    "EnvironmentIdentifier": "test",
    "ConfigurationProfileIdentifier": "policy",
}


@dataclass
class AppConfig:
    """AppConfig, and the clock of whoever asks it."""

    client: BaseClient
    stub: Stubber
    seconds: float = 1000.0

    def starts(self) -> None:
        self.stub.add_response("start_configuration_session", {"InitialConfigurationToken": token(0)}, PROFILE)

    def delivers(self, content: Any, *, asked_with: int) -> None:
        """The answer to a poll with one token, which comes with the next. Empty where nothing has changed."""
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.stub.add_response(
            "get_latest_configuration",
            {
                "NextPollConfigurationToken": token(asked_with + 1),
                "ContentType": "application/json",
                "Configuration": StreamingBody(io.BytesIO(body), len(body)),
            },
            {"ConfigurationToken": token(asked_with)},
        )

    def fails(self, code: str, *, asked_with: int) -> None:
        self.stub.add_client_error(
            "get_latest_configuration",
            code,
            "said AppConfig",
            http_status_code=500,
            expected_params={"ConfigurationToken": token(asked_with)},
        )

    def grows_old(self) -> None:
        """What was fetched has reached its greatest age."""
        self.seconds += MAX_AGE_SECONDS

    def source(self) -> AppConfigPolicy:
        return AppConfigPolicy(
            client=self.client, profile=PROFILE, fixes=FIXES, types=TYPES, seconds=lambda: self.seconds
        )


def token(number: int) -> str:
    """As long as AppConfig's are at least."""
    return f"token-{number}".ljust(20, "-")


@pytest.fixture
def appconfig() -> Iterator[AppConfig]:
    client = boto3.client("appconfigdata")
    with Stubber(client) as stub:
        yield AppConfig(client, stub)
        stub.assert_no_pending_responses()


def test_the_policy_is_fetched_once_and_remembered(appconfig: AppConfig) -> None:
    appconfig.starts()
    appconfig.delivers(document(), asked_with=0)
    source = appconfig.source()
    policy = source.current()
    assert policy.version == document()["version"]
    appconfig.seconds += MAX_AGE_SECONDS - 1
    assert source.current() is policy


def test_a_policy_that_has_not_changed_is_not_parsed_again(appconfig: AppConfig) -> None:
    appconfig.starts()
    appconfig.delivers(document(), asked_with=0)
    appconfig.delivers(b"", asked_with=1)
    appconfig.delivers(document(), asked_with=2)
    source = appconfig.source()
    policy = source.current()
    for _ in range(2):
        appconfig.grows_old()
        assert source.current() is policy


def test_a_policy_that_is_delivered_again_with_the_same_text_is_not_even_read_again(
    appconfig: AppConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    appconfig.starts()
    appconfig.delivers(document(), asked_with=0)
    appconfig.delivers(document(), asked_with=1)
    source = appconfig.source()
    policy = source.current()
    appconfig.grows_old()
    monkeypatch.delattr("json.loads")
    assert source.current() is policy


def test_a_policy_that_has_changed_is_in_force_at_once(appconfig: AppConfig) -> None:
    appconfig.starts()
    appconfig.delivers(document(), asked_with=0)
    appconfig.delivers({**document(), "version": "next"}, asked_with=1)
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
        ({}, "it does not match the schema"),
        ([], "it does not match the schema"),
        ({**document(), "severity_floor": "SEVERE"}, "severity_floor: 'SEVERE' is unknown"),
    ],
)
def test_a_policy_that_cannot_be_used_is_refused_and_no_older_one_taken(
    appconfig: AppConfig, content: Any, problem: str
) -> None:
    appconfig.starts()
    appconfig.delivers(document(), asked_with=0)
    appconfig.delivers(content, asked_with=1)
    source = appconfig.source()
    source.current()
    appconfig.grows_old()
    for _ in range(2):
        with pytest.raises(PolicyInvalid, match=problem):
            source.current()


def test_a_policy_that_cannot_be_used_is_refused_until_another_is_delivered(appconfig: AppConfig) -> None:
    appconfig.starts()
    appconfig.delivers(b"{", asked_with=0)
    appconfig.delivers(b"", asked_with=1)
    appconfig.delivers(document(), asked_with=2)
    source = appconfig.source()
    for _ in range(2):
        with pytest.raises(PolicyInvalid):
            source.current()
        appconfig.grows_old()
    assert source.current().version == document()["version"]


def test_a_policy_that_cannot_be_fetched_is_not_replaced_by_an_older_one(appconfig: AppConfig) -> None:
    appconfig.starts()
    appconfig.delivers(document(), asked_with=0)
    appconfig.fails("InternalServerException", asked_with=1)
    appconfig.starts()
    appconfig.delivers(document(), asked_with=0)
    source = appconfig.source()
    policy = source.current()
    appconfig.grows_old()
    with pytest.raises(PlatformCallFailed) as failed:
        source.current()
    assert (failed.value.service, failed.value.code) == ("appconfigdata", "InternalServerException")
    assert "said AppConfig" in failed.value.message
    assert failed.value.retryable
    assert source.current() is policy


def test_a_token_that_was_used_up_is_not_used_again(appconfig: AppConfig) -> None:
    """AppConfig refuses a token for good once it was used or is a day old; only a new session helps."""
    appconfig.starts()
    appconfig.delivers(document(), asked_with=0)
    appconfig.fails("BadRequestException", asked_with=1)
    appconfig.starts()
    appconfig.delivers({**document(), "version": "next"}, asked_with=0)
    source = appconfig.source()
    source.current()
    appconfig.grows_old()
    with pytest.raises(PlatformCallFailed):
        source.current()
    assert source.current().version == "next"


def test_a_session_that_cannot_be_started_is_started_again(appconfig: AppConfig) -> None:
    appconfig.stub.add_client_error("start_configuration_session", "ResourceNotFoundException", "no such profile", 404)
    appconfig.starts()
    appconfig.delivers(document(), asked_with=0)
    source = appconfig.source()
    with pytest.raises(PlatformCallFailed) as failed:
        source.current()
    assert failed.value.operation == "StartConfigurationSession"
    assert source.current().version == document()["version"]


def test_a_policy_that_was_never_deployed_cannot_be_fetched_but_is_asked_for_each_time(appconfig: AppConfig) -> None:
    appconfig.starts()
    appconfig.delivers(b"", asked_with=0)
    appconfig.delivers(document(), asked_with=1)
    source = appconfig.source()
    with pytest.raises(PlatformCallFailed):
        source.current()
    assert source.current().version == document()["version"]
