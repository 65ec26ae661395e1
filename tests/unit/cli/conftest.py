"""A platform's account in moto, with its tables and queues, and people who are logged in to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import boto3
import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError
from moto import mock_aws

from cli.policy import deployments
from runtime.application.ports import Store
from runtime.domain.principal import Principal
from tests.unit.cli.live_platform import AUDIT, REGISTRY, LivePlatform, Trail, deploy, store_of

__all__ = ["AUDIT", "REGISTRY"]

STACK = "Suture-test"

type LogIn = Callable[[str], Principal]


class CloudFormation:
    """Has one stack. moto's needs more than it comes with."""

    def __init__(self) -> None:
        self.stack: dict[str, Any] | None = None

    def describe_stacks(self, *, StackName: str) -> dict[str, Any]:  # noqa: N803  as boto3 has it
        assert StackName == STACK
        if self.stack is None:
            error = {"Code": "ValidationError", "Message": f"Stack with id {StackName} does not exist"}
            raise ClientError({"Error": error}, "DescribeStacks")
        return {"Stacks": [self.stack]}


class Session:
    """Stands in for boto3's: makes each client once for all tests, which costs more than most of them."""

    def __init__(self) -> None:
        self._session = boto3.session.Session()
        self._make = cache(self._session.client)
        self.credentials: dict[str, str] = {}
        """Those of whoever is logged in, as options of a client; of nobody in particular if there are none."""
        self.fakes: dict[str, Any] = {}
        """Clients of services that moto does not have, or not like this."""

    def client(self, service: str, **options: Any) -> BaseClient:
        options.pop("config", None)
        if service in self.fakes:
            fake: BaseClient = self.fakes[service]
            return fake
        if options.get("region_name") is None:
            options.pop("region_name", None)
        return self._make(service, **{**self.credentials, **options})

    def get_available_regions(self, service: str, **options: Any) -> list[str]:
        """moto asks for them."""
        return self._session.get_available_regions(service, **options)


@pytest.fixture(autouse=True)
def plain_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SUTURE_ENVIRONMENT", "COLUMNS", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def configured_environments(monkeypatch: pytest.MonkeyPatch) -> None:
    """This checkout's, and ``test``, under which everything is deployed here."""
    monkeypatch.setattr("cli.deployment.deployments", lambda: [*deployments(), "test"])


@cache
def _session() -> Session:
    return Session()


@pytest.fixture
def session(monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    """An account in which nothing was deployed, and an operator who is logged in to it."""
    with mock_aws():
        monkeypatch.setattr(boto3, "Session", _session)
        monkeypatch.setattr(_session(), "credentials", {})
        monkeypatch.setattr(_session(), "fakes", {})
        yield _session()


@pytest.fixture
def account(session: Session) -> None:
    """The same, for tests that need nothing of it."""


@pytest.fixture
def dynamodb(session: Session) -> BaseClient:
    """A client of the account, in which the tables and queues of the environment ``test`` were deployed."""
    deploy(session.client)
    return session.client("dynamodb")


@pytest.fixture
def store(dynamodb: BaseClient, session: Session) -> Store:
    """The tables of the environment ``test``."""
    return store_of(session.client)


@pytest.fixture
def trail(store: Store) -> Trail:
    """The audit trail of the environment ``test``."""
    return Trail(store)


@pytest.fixture
def log_in(session: Session) -> LogIn:
    """Somebody, by name, is logged in from now on."""
    role = session.client("iam").create_role(RoleName="people", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
    sts = session.client("sts")

    def log_in(name: str) -> Principal:
        answer = sts.assume_role(RoleArn=role, RoleSessionName=name)
        key, user = answer["Credentials"], answer["AssumedRoleUser"]
        session.credentials = {
            "aws_access_key_id": key["AccessKeyId"],
            "aws_secret_access_key": key["SecretAccessKey"],
            "aws_session_token": key["SessionToken"],
        }
        return Principal(arn=user["Arn"], user_id=user["AssumedRoleId"])

    return log_in


@dataclass
class Clock:
    """What a waiting command waits by. It stands still but for sleep, and ``meanwhile`` happens in each sleep."""

    seconds: float = 0.0
    meanwhile: Callable[[], None] = lambda: None

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        self.meanwhile()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("cli.orders.monotonic", lambda: clock.seconds)
    monkeypatch.setattr("cli.orders.sleep", clock.sleep)
    return clock


@pytest.fixture
def platform(dynamodb: BaseClient, session: Session, log_in: LogIn, clock: Clock) -> LivePlatform:
    """A platform that works while a command waits, and ann, who is logged in."""
    live = LivePlatform(session.client)
    clock.meanwhile = live.work
    log_in("ann")
    return live


@pytest.fixture
def no_stack(session: Session) -> None:
    """CloudFormation answers, and has no stack of the platform's."""
    session.fakes["cloudformation"] = CloudFormation()


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody sits at a terminal, and can be asked."""
    monkeypatch.setattr("cli.confirmation.can_ask", lambda: True)
