"""The registry: what is known of an account, what is stopped, and nothing halfway."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import boto3
import pytest
from botocore.client import BaseClient
from botocore.stub import Stubber

from runtime.aws.registry import SWITCHES, Registry, Resumption, Switch, account_from_item, account_to_item
from runtime.aws.table import Table
from runtime.domain.errors import ConditionalWriteConflict, PlatformCallFailed, RegistryInvalid
from runtime.domain.guardrails import Stop, StopScope
from tests.unit.domain.cases import ACCOUNT, ACCOUNT_ID, NOW, OTHER_ACCOUNT_ID

STOP = Stop(
    id="STOP-1", scope=StopScope.FIX, value="fake-fix", reason="it broke a website", stopped_by="arn:ann", at=NOW
)
RESUMED = Resumption(by="arn:bob", reason="it did not", at=NOW + timedelta(minutes=5))


@pytest.fixture
def table(dynamodb: BaseClient) -> Table:
    return Table(client=dynamodb, name="registry")


@pytest.fixture
def registry(dynamodb: BaseClient) -> Registry:
    return Registry(client=dynamodb, table="registry")


def test_an_account_that_was_never_registered_is_none(registry: Registry) -> None:
    assert registry.account(ACCOUNT_ID) is None


def test_each_account_is_read_by_its_id(registry: Registry, table: Table) -> None:
    other = replace(ACCOUNT, id=OTHER_ACCOUNT_ID, external_id="another", environment="", owner="")
    for account in (ACCOUNT, other):
        table.put(account_to_item(account))
    assert registry.account(ACCOUNT_ID) == ACCOUNT
    assert registry.account(OTHER_ACCOUNT_ID) == other


@pytest.mark.parametrize("missing", ["id", "name", "environment", "owner", "external_id"])
def test_half_an_account_is_not_an_account(missing: str) -> None:
    item = {**account_to_item(ACCOUNT)}
    del item[missing]
    with pytest.raises(RegistryInvalid) as invalid:
        account_from_item(item)
    assert (invalid.value.partition, invalid.value.item) == (f"account#{ACCOUNT_ID}", "account")
    assert invalid.value.problem == f"{missing!r} is missing"
    assert invalid.value.retryable


def test_a_stop_is_in_effect_until_somebody_ends_it(registry: Registry) -> None:
    assert registry.stops() == ()
    registry.stop(STOP)
    assert registry.stops() == (STOP,)
    registry.resume("STOP-1", RESUMED)
    assert registry.stops() == ()
    assert registry.switches() == (Switch(stop=STOP, resumed=RESUMED),)


def test_a_stop_is_never_written_over_and_ended_once(registry: Registry) -> None:
    registry.stop(STOP)
    with pytest.raises(ConditionalWriteConflict):
        registry.stop(replace(STOP, value="another"))
    registry.resume("STOP-1", RESUMED)
    with pytest.raises(ConditionalWriteConflict):
        registry.resume("STOP-1", replace(RESUMED, reason="again"))
    assert registry.switches() == (Switch(stop=STOP, resumed=RESUMED),)


def test_stops_are_read_oldest_first(registry: Registry) -> None:
    later = replace(STOP, id="STOP-0", at=NOW + timedelta(hours=1))
    for stop in (later, STOP):
        registry.stop(stop)
    assert registry.stops() == (STOP, later)


@pytest.mark.parametrize("missing", ["scope", "value", "reason", "stopped_by", "at"])
def test_half_a_stop_is_an_error_and_not_no_stop(registry: Registry, table: Table, missing: str) -> None:
    registry.stop(STOP)
    (item,) = table.read(SWITCHES)
    table.put({name: value for name, value in item.items() if name != missing})
    with pytest.raises(RegistryInvalid, match=f"'STOP-1#1-stop' in partition 'switches'.*{missing}"):
        registry.stops()


def test_the_end_of_a_stop_that_is_not_there_ends_nothing(registry: Registry) -> None:
    registry.resume("STOP-9", RESUMED)
    registry.stop(STOP)
    assert registry.stops() == (STOP,)


def test_the_wrong_kind_of_attribute_names_the_item(registry: Registry, table: Table, dynamodb: BaseClient) -> None:
    table.put(account_to_item(ACCOUNT))
    (item,) = dynamodb.scan(TableName="registry")["Items"]
    dynamodb.put_item(TableName="registry", Item={**item, "owner": {"N": "7"}})
    with pytest.raises(RegistryInvalid, match=r"'account'.*'owner' is not a text"):
        registry.account(ACCOUNT_ID)


def test_the_registry_is_read_consistently() -> None:
    client = boto3.client("dynamodb")
    consistent: list[bool] = []
    client.meta.events.register(
        "provide-client-params.dynamodb.Query", lambda params, **_: consistent.append(params["ConsistentRead"])
    )
    registry = Registry(client=client, table="registry")
    with Stubber(client) as stub:
        for read in (registry.switches, lambda: registry.account(ACCOUNT_ID)):
            stub.add_response("query", {"Items": []})
            read()
    assert consistent == [True, True]


def test_a_registry_that_cannot_be_read_raises() -> None:
    client = boto3.client("dynamodb")
    with Stubber(client) as stub:
        stub.add_client_error("query", "AccessDeniedException")
        with pytest.raises(PlatformCallFailed, match="dynamodb:Query"):
            Registry(client=client, table="registry").stops()
