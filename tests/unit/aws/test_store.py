"""The store in DynamoDB: what is sent, and what becomes of each answer. What it promises is in ``tests/contract``."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from typing import Any
from unittest import mock

import boto3
import pytest
from botocore.client import BaseClient
from botocore.config import Config
from moto import mock_aws
from moto.core.models import botocore_stubber

from runtime.application.ports import (
    Absent,
    Add,
    AllOf,
    Below,
    Condition,
    ConditionFailed,
    Delete,
    Equals,
    Key,
    Partition,
    Put,
    Table,
    Write,
)
from runtime.aws.store import ATTEMPTS, BATCH, KEY_NAMES, DynamoStore, pauses
from runtime.domain.errors import PlatformCallFailed
from tests.contract.over_moto import TABLES, create_tables
from tests.memory.calls import in_order
from tests.unit.aws.wire import Wire, answer, error

ONE, TWO = (Key(Table.LEDGER, "p", name) for name in ("1", "2"))
PUT, OTHER = Put(ONE, {"n": 1}, Absent()), Put(TWO, {"n": 2}, Absent())
MADE = answer({})
AS_STORED = {"partition": {"S": "p"}, "item": {"S": "1"}, "n": {"N": "7"}}


class Plug:
    """What a client that is made once sends through."""

    wire: Callable[..., Any]

    def __call__(self, event_name: str, request: Any, **more: Any) -> Any:
        return self.wire(event_name=event_name, request=request, **more)


@cache
def plugged_client(attempts: int) -> tuple[BaseClient, Plug]:
    """A client, and where its requests go. ``attempts`` is how often botocore sends each by itself."""
    client = boto3.client("dynamodb", config=Config(retries={"mode": "standard", "total_max_attempts": attempts}))
    plug = Plug()
    client.meta.events.register_first("before-send.dynamodb.*", plug)
    return client, plug


class Bench:
    """A store over a wire."""

    def __init__(self, *answers: tuple[int, bytes], client_attempts: int = 1) -> None:
        client, plug = plugged_client(client_attempts)
        plug.wire = self.wire = Wire(answers=list(answers), last=MADE)
        self.waited: list[float] = []
        self.store = DynamoStore(client=client, tables=TABLES, together=in_order, wait=self.waited.append)

    @property
    def operations(self) -> list[str]:
        return [sent.operation for sent in self.wire.sent]


def cancelled(*codes: str, item: Any = None) -> tuple[int, bytes]:
    reasons = [
        {"Code": code, **({"Item": item} if code == "ConditionalCheckFailed" and item else {})} for code in codes
    ]
    return error("TransactionCanceledException", CancellationReasons=reasons)


# -- conflicts --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("conflicts", [1, 5, ATTEMPTS - 1])
@pytest.mark.parametrize(
    ("writes", "conflict"),
    [
        ([PUT, OTHER], cancelled("None", "TransactionConflict")),
        ([PUT, OTHER], cancelled("ThrottlingError", "None")),
        ([PUT, OTHER], cancelled("ProvisionedThroughputExceeded", "None")),
        ([PUT, OTHER], error("TransactionInProgressException")),
        ([PUT], error("TransactionConflictException")),
        ([Delete(ONE)], error("TransactionConflictException")),
    ],
)
def test_a_commit_that_others_were_in_the_way_of_is_sent_again_after_a_pause(
    writes: list[Write], conflict: tuple[int, bytes], conflicts: int
) -> None:
    bench = Bench(*[conflict] * conflicts)
    bench.store.commit(writes)
    assert len(bench.wire.sent) == conflicts + 1
    assert len(bench.waited) == conflicts


def test_a_commit_that_others_are_always_in_the_way_of_is_given_up() -> None:
    bench = Bench(*[cancelled("TransactionConflict", "None")] * 100)
    with pytest.raises(PlatformCallFailed) as given_up:
        bench.store.commit([PUT, OTHER])
    assert (given_up.value.operation, given_up.value.code) == ("TransactWriteItems", "TransactionCanceledException")
    assert given_up.value.retryable
    assert len(bench.wire.sent) == ATTEMPTS
    assert len(bench.waited) == ATTEMPTS - 1


def test_pauses_are_by_chance_and_the_longest_doubles_up_to_a_second() -> None:
    assert list(pauses(lambda _, longest: longest)) == [
        pytest.approx(min(0.02 * 2**attempt, 1.0)) for attempt in range(ATTEMPTS - 1)
    ]
    assert list(pauses(lambda shortest, _: shortest)) == [0] * (ATTEMPTS - 1)
    bench = Bench(*[cancelled("TransactionConflict", "None")] * (ATTEMPTS - 1))
    bench.store.commit([PUT, OTHER])
    assert len(set(bench.waited)) == len(bench.waited), "no two wait alike"
    assert all(0 <= waited <= longest for waited, longest in zip(bench.waited, pauses(max), strict=True))


def test_a_transaction_keeps_its_token_however_often_it_is_sent_and_another_has_another() -> None:
    """Whoever sends it, botocore after a lost answer or this code after a conflict: it is made once.

    https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
    """
    lost = error("InternalServerError", status=500)
    bench = Bench(lost, cancelled("TransactionConflict", "None"), lost, client_attempts=3)
    with mock.patch("time.sleep"):
        bench.store.commit([PUT, OTHER])
    assert len(bench.wire.sent) == 4
    (token,) = {sent.parameters["ClientRequestToken"] for sent in bench.wire.sent}
    bench.store.commit([PUT, OTHER])
    assert bench.wire.sent[-1].parameters["ClientRequestToken"] != token


def test_a_condition_that_does_not_hold_is_not_waited_for_although_others_were_in_the_way_too() -> None:
    bench = Bench(cancelled("ConditionalCheckFailed", "TransactionConflict", item=AS_STORED))
    with pytest.raises(ConditionFailed) as failed:
        bench.store.commit([PUT, OTHER])
    assert failed.value.found == {ONE: {"n": 7}}
    assert bench.waited == []


@pytest.mark.parametrize("code", ["ValidationError", "ItemCollectionSizeLimitExceeded"])
def test_a_transaction_that_would_be_cancelled_again_is_not_sent_again(code: str) -> None:
    bench = Bench(cancelled(code, "None"))
    with pytest.raises(
        PlatformCallFailed, match="dynamodb:TransactWriteItems failed with TransactionCanceledException"
    ):
        bench.store.commit([PUT, OTHER])
    assert len(bench.wire.sent) == 1


# -- lost answers -----------------------------------------------------------------------------------------------------


class LosesAnswers:
    """moto, where each of the next requests is carried out and answered with a fault."""

    left = 0

    def __call__(self, event_name: str, request: Any, **more: Any) -> Any:
        carried_out = botocore_stubber(event_name, request, **more)
        if self.left == 0:
            return carried_out
        self.left -= 1
        return Wire(last=error("InternalServerError", status=500))(request)


@pytest.fixture
def losing() -> Iterator[tuple[DynamoStore, LosesAnswers]]:
    client, plug = plugged_client(3)
    plug.wire = losing = LosesAnswers()
    with mock_aws(), mock.patch("time.sleep"):
        create_tables()
        yield DynamoStore(client=client, tables=TABLES, together=in_order), losing


@pytest.mark.parametrize("lost", [0, 1, 2])
@pytest.mark.parametrize(
    "write",
    [PUT, Put(ONE, {"n": 1}), Put(ONE, {"n": 1}, Equals("n", None)), Delete(ONE), Delete(ONE, Equals("n", None))],
)
def test_a_write_that_was_made_and_whose_answer_was_lost_does_not_meet_itself(
    losing: tuple[DynamoStore, LosesAnswers], write: Write, lost: int
) -> None:
    store, answers = losing
    answers.left = lost
    store.commit([write])
    assert store.read([ONE]).item(ONE) == ({"n": 1} if isinstance(write, Put) else None)


def test_a_lease_that_was_given_back_and_whose_answer_was_lost_is_given_back(
    losing: tuple[DynamoStore, LosesAnswers],
) -> None:
    store, answers = losing
    held = Put(Key(Table.LOCKS, "arn"), {"holder": "me"})
    store.commit([held])
    answers.left = 1
    store.commit([Delete(held.key, Equals("holder", "me"))])
    assert store.read([held.key]).items == {}


def test_a_write_that_met_anothers_is_refused_also_after_a_lost_answer(
    losing: tuple[DynamoStore, LosesAnswers],
) -> None:
    store, answers = losing
    store.commit([Put(ONE, {"n": 9})])
    answers.left = 1
    with pytest.raises(ConditionFailed) as failed:
        store.commit([PUT])
    assert failed.value.found == {ONE: {"n": 9}}


def test_a_number_is_never_added_to_twice() -> None:
    """Nothing tells an addition that was made from one that was not, but the token of a transaction."""
    bench = Bench(error("InternalServerError", status=500), client_attempts=2)
    with mock.patch("time.sleep"):
        bench.store.commit([Add(ONE, "n", 1)])
    assert bench.operations == ["TransactWriteItems"] * 2
    assert len({sent.parameters["ClientRequestToken"] for sent in bench.wire.sent}) == 1


# -- what is sent -----------------------------------------------------------------------------------------------------


def test_one_write_costs_no_transaction() -> None:
    bench = Bench()
    bench.store.commit([PUT])
    bench.store.commit([Delete(ONE)])
    bench.store.commit([PUT, Delete(TWO)])
    assert bench.operations == ["PutItem", "DeleteItem", "TransactWriteItems"]


def test_a_write_names_its_condition_and_asks_for_what_is_there_where_it_does_not_hold() -> None:
    bench = Bench()
    bench.store.commit([PUT])
    (sent,) = bench.wire.sent
    assert sent.parameters == {
        "TableName": TABLES[Table.LEDGER],
        "Item": {"partition": {"S": "p"}, "item": {"S": "1"}, "n": {"N": "1"}},
        "ConditionExpression": "attribute_not_exists(#n0)",
        "ExpressionAttributeNames": {"#n0": "partition"},
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }


@pytest.mark.parametrize("table", Table)
def test_each_table_has_its_own_key(table: Table) -> None:
    bench = Bench()
    bench.store.commit([Put(Key(table, "p", "" if table is Table.LOCKS else "i"), {}, Absent())])
    (sent,) = bench.wire.sent
    assert sent.parameters["TableName"] == TABLES[table]
    assert list(sent.parameters["Item"]) == list(KEY_NAMES[table])
    assert sent.parameters["ExpressionAttributeNames"] == {"#n0": KEY_NAMES[table][0]}


@pytest.mark.parametrize(
    ("condition", "expression"),
    [
        (Below("n", 5), "(attribute_not_exists(#n0) OR #n0 < :v0)"),
        (AllOf((Below("n", 5),)), "(attribute_not_exists(#n0) OR #n0 < :v0)"),
        (AllOf((AllOf((AllOf((Absent(),)),)),)), "attribute_not_exists(#n0)"),
        (
            AllOf((Below("n", 1), Equals("t", None))),
            "(attribute_not_exists(#n0) OR #n0 < :v0) AND attribute_not_exists(#n1)",
        ),
    ],
)
def test_no_parentheses_are_within_parentheses_that_change_nothing(condition: Condition, expression: str) -> None:
    """DynamoDB refuses them as redundant."""
    bench = Bench()
    bench.store.commit([Delete(ONE, condition)])
    assert bench.wire.sent[0].parameters["ConditionExpression"] == expression


def test_every_read_is_consistent() -> None:
    bench = Bench(answer({"Responses": {}}), answer({"Items": []}), answer({"Items": []}))
    bench.store.read([ONE, Key(Table.LOCKS, "arn")], [Partition(Table.AUDIT, "c-1")])
    bench.store.find(Partition(Table.HOLDS, "accounts"), begins_with="1")
    batch, *queries = [sent.parameters for sent in bench.wire.sent]
    assert [table["ConsistentRead"] for table in batch["RequestItems"].values()] == [True, True]
    assert [query["ConsistentRead"] for query in queries] == [True, True]


def test_items_are_read_a_hundred_at_a_time_and_beside_the_partitions() -> None:
    keys = [Key(Table.LEDGER, "p", f"{number}") for number in range(2 * BATCH + 1)]
    made: list[int] = []

    def together(*calls: Callable[[], Any]) -> list[Any]:
        made.append(len(calls))
        return in_order(*calls)

    bench = Bench(*[answer({"Responses": {}})] * 3, answer({"Items": []}))
    bench.store = replace(bench.store, together=together)
    bench.store.read(keys, [Partition(Table.HOLDS, "accounts")])
    sizes = [len(sent.parameters["RequestItems"][TABLES[Table.LEDGER]]["Keys"]) for sent in bench.wire.sent[:3]]
    assert sizes == [BATCH, BATCH, 1]
    assert made == [4]


def test_a_table_that_is_not_named_cannot_be_used() -> None:
    bench = Bench()
    bench.store = replace(bench.store, tables={Table.LEDGER: "ledger"})
    for use in (
        lambda: bench.store.commit([Put(Key(Table.AUDIT, "c-1", "0001"), {})]),
        lambda: bench.store.read([Key(Table.AUDIT, "c-1", "0001")]),
        lambda: bench.store.find(Partition(Table.AUDIT, "c-1")),
    ):
        with pytest.raises(KeyError):
            use()
    assert bench.wire.sent == []


# -- what is answered -------------------------------------------------------------------------------------------------


def item(number: int) -> dict[str, Any]:
    return {"partition": {"S": "p"}, "item": {"S": f"{number}"}}


def keys_of(numbers: Sequence[int]) -> dict[str, Any]:
    return {TABLES[Table.LEDGER]: {"Keys": [item(number) for number in numbers], "ConsistentRead": True}}


def read_in_part(numbers: Sequence[int], unprocessed: Sequence[int]) -> tuple[int, bytes]:
    found = {TABLES[Table.LEDGER]: [item(number) for number in numbers]}
    return answer({"Responses": found, "UnprocessedKeys": keys_of(unprocessed) if unprocessed else {}})


def test_keys_that_were_left_out_are_asked_for_again_after_a_pause_and_no_others() -> None:
    bench = Bench(read_in_part([1], [2, 3]), read_in_part([], [2, 3]), read_in_part([3, 2], []))
    keys = [Key(Table.LEDGER, "p", f"{number}") for number in (1, 2, 3)]
    assert set(bench.store.read(keys).items) == set(keys)
    asked = [sent.parameters["RequestItems"] for sent in bench.wire.sent]
    assert asked == [keys_of([1, 2, 3]), keys_of([2, 3]), keys_of([2, 3])]
    assert len(bench.waited) == 2


def test_keys_that_are_left_out_again_and_again_are_not_taken_for_absent() -> None:
    bench = Bench(*[read_in_part([], [1])] * 100)
    with pytest.raises(PlatformCallFailed, match="dynamodb:BatchGetItem failed with UnprocessedKeys") as failed:
        bench.store.read([ONE])
    assert failed.value.retryable
    assert len(bench.wire.sent) == ATTEMPTS


def test_a_partition_is_read_page_by_page() -> None:
    pages = [
        answer({"Items": [item(1)], "LastEvaluatedKey": item(1)}),
        answer({"Items": [], "LastEvaluatedKey": item(4)}),
        answer({"Items": [item(5)]}),
    ]
    bench = Bench(*pages)
    found = bench.store.find(Partition(Table.LEDGER, "p"))
    assert [key.item for key, _ in found] == ["1", "5"]
    assert [sent.parameters.get("ExclusiveStartKey") for sent in bench.wire.sent] == [None, item(1), item(4)]


def test_what_this_code_did_not_write_is_given_as_text() -> None:
    odd = {"list": {"L": []}, "fraction": {"N": "1.5"}, "yes": {"BOOL": True}, "null": {"NULL": True}}
    bench = Bench(answer({"Items": [{**item(1), **odd}]}))
    ((_, found),) = bench.store.find(Partition(Table.LEDGER, "p"))
    assert found == {"list": "{'L': []}", "fraction": "{'N': '1.5'}", "yes": "{'BOOL': True}", "null": "{'NULL': True}"}


@pytest.mark.parametrize("code", ["AccessDeniedException", "InternalServerError", "ResourceNotFoundException"])
@pytest.mark.parametrize(
    ("operation", "use"),
    [
        ("PutItem", lambda store: store.commit([PUT])),
        ("DeleteItem", lambda store: store.commit([Delete(ONE)])),
        ("TransactWriteItems", lambda store: store.commit([PUT, OTHER])),
        ("BatchGetItem", lambda store: store.read([ONE])),
        ("Query", lambda store: store.find(Partition(Table.LEDGER, "p"))),
    ],
)
def test_a_table_that_does_not_answer_is_the_platforms_failure_and_tried_again(
    operation: str, use: Callable[[DynamoStore], Any], code: str
) -> None:
    bench = Bench(error(code, status=500 if code == "InternalServerError" else 400))
    with pytest.raises(PlatformCallFailed) as failed:
        use(bench.store)
    assert (failed.value.service, failed.value.operation, failed.value.code) == ("dynamodb", operation, code)
    assert failed.value.message == "said AWS"
    assert failed.value.retryable
    assert bench.waited == []
