"""The function's AWS clients: alike, with one copy of botocore's data, and trusting no more than they have to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import pytest
from botocore.awsrequest import AWSResponse
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import ParamValidationError, UnknownServiceError
from botocore.httpsession import URLLib3Session
from botocore.session import Session

from runtime.entry import clients
from runtime.entry.clients import CONFIG, new_session


@pytest.fixture
def roots(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The file that the bundle has, and an environment that names no other."""
    file = tmp_path / "amazon_roots.pem"
    file.write_text("")
    monkeypatch.setattr(clients, "AMAZON_ROOTS", file)
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    return file


class Answer:
    """An empty document."""

    def stream(self) -> Iterator[bytes]:
        yield b"{}"


def trusted_by(client: BaseClient) -> object:
    session = client._endpoint.http_session
    assert isinstance(session, URLLib3Session)
    return session._verify


def test_every_client_trusts_amazons_own_roots_only(roots: Path) -> None:
    assert trusted_by(new_session().create_client("sts")) == str(roots)
    assert trusted_by(new_session().create_client("s3", region_name="eu-west-1")) == str(roots)


@pytest.mark.parametrize("variable", ["AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"])
def test_whoever_names_a_bundle_of_their_own_is_believed(
    roots: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "/proxy.pem")
    assert trusted_by(new_session().create_client("sts")) == "/proxy.pem"


@pytest.mark.parametrize("region", ["us-gov-west-1", "cn-north-1", "eusc-de-east-1"])
def test_in_another_partition_every_root_of_botocore_is_trusted(
    roots: Path, monkeypatch: pytest.MonkeyPatch, region: str
) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", region)
    assert trusted_by(new_session().create_client("sts")) is True


def test_without_the_bundles_file_every_root_of_botocore_is_trusted(roots: Path) -> None:
    roots.unlink()
    assert trusted_by(new_session().create_client("sts")) is True


def test_sessions_share_the_data_and_nothing_else() -> None:
    one, other = new_session(), new_session()
    assert one.get_component("data_loader") is other.get_component("data_loader")
    assert one.get_component("credential_provider") is not other.get_component("credential_provider")


def test_every_service_that_botocore_knows_is_found_at_once() -> None:
    assert set(Session().get_available_services()) <= set(new_session().get_available_services())
    with pytest.raises(UnknownServiceError):
        new_session().create_client("s4")


def test_every_client_has_the_timeouts_the_retries_and_the_one_user_agent() -> None:
    config = new_session().create_client("sts").meta.config
    assert (config.connect_timeout, config.read_timeout) == (CONFIG.connect_timeout, CONFIG.read_timeout) == (3, 10)
    assert config.retries == {"mode": "standard", "total_max_attempts": 3}
    assert config.user_agent.startswith("suture ")


def test_the_function_leaves_validation_to_aws_and_to_the_tests() -> None:
    for session, validates in ((Session(), True), (new_session(Config()), True), (new_session(), False)):
        client = session.create_client("dynamodb")
        client.meta.events.register("before-send", lambda **_: AWSResponse("", 200, {}, Answer()))
        with pytest.raises(ParamValidationError) if validates else nullcontext():
            client.get_item(TableName="without a key")
