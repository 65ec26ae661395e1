"""The registry: what is known of an account, and nothing halfway."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import boto3
import pytest
from botocore.client import BaseClient
from botocore.stub import Stubber

from runtime.aws.registry import (
    Registry,
    account_from_item,
    account_to_item,
    waiver_from_item,
    waiver_to_item,
)
from runtime.domain.errors import PlatformCallFailed, RegistryInvalid
from runtime.domain.facts import Facts, NotRead, WaiverStatus
from tests.unit.domain.cases import ACCOUNT, ACCOUNT_ID, OTHER_ACCOUNT_ID, WAIVER


def put(client: BaseClient, *items: Mapping[str, Any]) -> None:
    for item in items:
        client.put_item(TableName="registry", Item=item)


@pytest.fixture
def registry(dynamodb: BaseClient) -> Registry:
    return Registry(client=dynamodb, table="registry")


def test_an_account_that_was_never_registered_is_none(registry: Registry) -> None:
    assert registry.read_facts(ACCOUNT_ID) == Facts(account=None, waivers=(), live=NotRead())


def test_the_facts_are_the_account_its_own_exceptions_and_those_for_every_account(
    registry: Registry, dynamodb: BaseClient
) -> None:
    own = replace(WAIVER, id="W-1", account_id=ACCOUNT_ID, status=WaiverStatus.REVOKED)
    every = replace(WAIVER, id="W-2", account_id="")
    foreign = replace(WAIVER, id="W-3", account_id=OTHER_ACCOUNT_ID)
    other = replace(ACCOUNT, id=OTHER_ACCOUNT_ID, external_id="another")
    put(dynamodb, *map(account_to_item, (ACCOUNT, other)), *map(waiver_to_item, (own, every, foreign)))
    assert registry.read_facts(ACCOUNT_ID) == Facts(account=ACCOUNT, waivers=(own, every))
    assert registry.read_facts(OTHER_ACCOUNT_ID) == Facts(account=other, waivers=(foreign, every))


def test_an_account_without_environment_and_owner_is_read_with_both_empty(
    registry: Registry, dynamodb: BaseClient
) -> None:
    several = replace(ACCOUNT, environment="", owner="")
    put(dynamodb, account_to_item(several))
    assert registry.read_facts(ACCOUNT_ID).account == several


@pytest.mark.parametrize("missing", ["id", "name", "environment", "owner", "external_id"])
def test_half_an_account_is_not_an_account(missing: str) -> None:
    item = account_to_item(ACCOUNT)
    del item[missing]
    with pytest.raises(RegistryInvalid) as invalid:
        account_from_item(item)
    assert (invalid.value.partition, invalid.value.item) == (f"account#{ACCOUNT_ID}", "account")
    assert invalid.value.problem == f"{missing!r} is missing"
    assert invalid.value.retryable


@pytest.mark.parametrize("missing", sorted(WAIVER.__dataclass_fields__))
def test_half_an_exception_is_not_an_exception(missing: str) -> None:
    item = waiver_to_item(WAIVER)
    del item[missing]
    with pytest.raises(RegistryInvalid) as invalid:
        waiver_from_item(item)
    assert (invalid.value.partition, invalid.value.item) == ("accounts", "waiver#W-1")
    assert invalid.value.problem == f"{missing!r} is missing"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("status", "granted"),
        ("expires_at", "next spring"),
        ("expires_at", "2026-11-24T12:00:00"),  # of which clock? Two times can only be compared if both say
    ],
)
def test_an_exception_that_cannot_be_understood_is_an_error(name: str, value: str) -> None:
    with pytest.raises(RegistryInvalid, match=f"'waiver#W-1' in partition 'accounts' cannot be used: .*{value}"):
        waiver_from_item({**waiver_to_item(WAIVER), name: {"S": value}})


def test_the_wrong_kind_of_attribute_names_the_item() -> None:
    with pytest.raises(RegistryInvalid, match="waiver#W-1"):
        waiver_from_item({**waiver_to_item(WAIVER), "ticket": {"N": "7"}})


@pytest.mark.parametrize("status", ["Approved", "APPROVED"])
def test_the_status_of_an_exception_may_be_written_in_any_case(status: str) -> None:
    assert waiver_from_item({**waiver_to_item(WAIVER), "status": {"S": status}}).status is WaiverStatus.APPROVED


def test_one_broken_item_is_not_passed_over(registry: Registry, dynamodb: BaseClient) -> None:
    item = waiver_to_item(WAIVER)
    del item["status"]
    put(dynamodb, account_to_item(ACCOUNT), item)
    with pytest.raises(RegistryInvalid, match="waiver#W-1"):
        registry.read_facts(ACCOUNT_ID)


def test_more_exceptions_than_fit_a_page_are_read(registry: Registry, dynamodb: BaseClient) -> None:
    waivers = [replace(WAIVER, id=f"W-{number}", reason="x" * 300_000) for number in range(5)]
    put(dynamodb, *map(waiver_to_item, waivers))
    assert registry.read_facts(ACCOUNT_ID).waivers == tuple(waivers)


def test_the_registry_is_read_consistently() -> None:
    client = boto3.client("dynamodb")
    consistent: list[bool] = []
    client.meta.events.register(
        "provide-client-params.dynamodb.Query", lambda params, **_: consistent.append(params["ConsistentRead"])
    )
    with Stubber(client) as stub:
        stub.add_response("query", {"Items": []})
        stub.add_response("query", {"Items": []})
        Registry(client=client, table="registry").read_facts(ACCOUNT_ID)
    assert consistent == [True, True]


def test_a_registry_that_cannot_be_read_raises() -> None:
    client = boto3.client("dynamodb")
    with Stubber(client) as stub:
        stub.add_client_error("query", "AccessDeniedException")
        with pytest.raises(PlatformCallFailed, match="dynamodb:Query"):
            Registry(client=client, table="registry").read_facts(ACCOUNT_ID)
