"""The audit trail: written once, read in order."""

from __future__ import annotations

import json
from dataclasses import replace

import boto3
import pytest
from botocore.client import BaseClient
from botocore.stub import Stubber

from runtime.aws.audit_trail import AuditTrail
from runtime.domain.audit import EventKind, Evidence, History
from runtime.domain.errors import ConditionalWriteConflict, PlatformCallFailed
from tests.unit.domain.cases import EVENT

INTENT = replace(EVENT, kind=EventKind.INTENT)
PENDING = tuple(replace(EVENT, kind=EventKind.PENDING, attempt=attempt) for attempt in (1, 2, 10))


@pytest.fixture
def trail(dynamodb: BaseClient) -> AuditTrail:
    return AuditTrail(client=dynamodb, table="audit")


def test_a_finding_that_was_never_seen_has_no_history(trail: AuditTrail) -> None:
    assert trail.read("c-1") == History()


def test_events_are_read_as_they_were_written_and_in_the_order_they_happened(trail: AuditTrail) -> None:
    for event in (EVENT, *reversed(PENDING), INTENT, replace(INTENT, correlation_id="c-2")):
        trail.append(event)
    assert trail.read("c-1") == History(events=(INTENT, *PENDING, EVENT))


def test_an_event_is_never_written_over(trail: AuditTrail) -> None:
    trail.append(EVENT)
    with pytest.raises(ConditionalWriteConflict) as conflict:
        trail.append(replace(EVENT, sentence="another outcome"))
    assert conflict.value.key == "c-1/3-OUTCOME"
    assert conflict.value.retryable
    assert trail.read("c-1").outcome == EVENT


def test_a_history_longer_than_a_page_is_read_whole(trail: AuditTrail) -> None:
    # DynamoDB ends a page at 1 MB.
    large = [
        replace(EVENT, kind=EventKind.PENDING, attempt=attempt, evidence=Evidence(error="x" * 300_000))
        for attempt in range(1, 6)
    ]
    for event in large:
        trail.append(event)
    assert trail.read("c-1").events == tuple(large)


def test_an_outcome_can_be_found_by_day_account_outcome_and_fix(trail: AuditTrail, dynamodb: BaseClient) -> None:
    event = replace(EVENT, issue_id="i-1", account_id="222222222222", fix_id="fake-fix")
    trail.append(event)
    (item,) = dynamodb.scan(TableName="audit")["Items"]
    document = item.pop("document")["S"]
    assert json.loads(document)["correlation_id"] == "c-1"
    assert {name: value["S"] for name, value in item.items()} == {
        "correlation_id": "c-1",
        "sequence": "3-OUTCOME",
        "at": "2026-11-23T12:00:00+00:00",
        "issue_id": "i-1",
        "day": "2026-11-23",
        "outcome": "FAILED",
        "account_id": "222222222222",
        "fix_id": "fake-fix",
    }


def test_an_event_that_ends_nothing_is_in_no_index_of_outcomes_and_empty_keys_are_left_out(
    trail: AuditTrail, dynamodb: BaseClient
) -> None:
    trail.append(replace(INTENT, account_id="222222222222", fix_id="fake-fix"))
    (item,) = dynamodb.scan(TableName="audit")["Items"]
    assert set(item) == {"correlation_id", "sequence", "at", "document"}


def test_the_trail_is_read_consistently_and_every_write_is_conditional() -> None:
    client = boto3.client("dynamodb")
    seen: list[dict[str, object]] = []
    client.meta.events.register("provide-client-params.dynamodb.*", lambda params, **_: seen.append(params))
    with Stubber(client) as stub:
        stub.add_response("query", {"Items": []})
        stub.add_response("put_item", {})
        trail = AuditTrail(client=client, table="audit")
        trail.read("c-1")
        trail.append(EVENT)
    query, put = seen
    assert query["ConsistentRead"] is True
    assert put["ConditionExpression"] == "attribute_not_exists(#partition)"
    assert put["ExpressionAttributeNames"] == {"#partition": "correlation_id"}


@pytest.mark.parametrize("code", ["AccessDeniedException", "InternalServerError", "ResourceNotFoundException"])
def test_a_trail_that_cannot_be_read_or_written_raises(code: str) -> None:
    client = boto3.client("dynamodb")
    with Stubber(client) as stub:
        trail = AuditTrail(client=client, table="audit")
        stub.add_client_error("query", code)
        with pytest.raises(PlatformCallFailed, match="dynamodb:Query"):
            trail.read("c-1")
        stub.add_client_error("put_item", code)
        with pytest.raises(PlatformCallFailed, match="dynamodb:PutItem"):
            trail.append(EVENT)
