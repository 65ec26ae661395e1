"""Operators' commands as messages: what is read is what was written, and nothing else is taken for a command."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.domain.command import (
    FOR_APPROVERS,
    FOR_OPERATORS,
    LONGEST_TEXT,
    AnnounceStop,
    ApproveException,
    ApprovePlan,
    ClearBlock,
    Command,
    DenyPlan,
    DryRun,
    EndRun,
    Order,
    ReopenReview,
    RequestException,
    RetryRun,
    RevokeException,
    UndoChange,
    VerifyAccount,
    order_to_json,
    parse_moment,
    parse_order,
)
from runtime.domain.errors import CommandInvalid
from tests.unit.domain.cases import ALICE

COMMANDS: tuple[Command, ...] = (
    ApprovePlan(review_id="r-1", digest="aa", reason="agreed"),
    DenyPlan(review_id="r-1", reason="not now"),
    ReopenReview(review_id="r-1", reason="now"),
    UndoChange(target_id="c-1", reason="the website went down", dry_run=True),
    DryRun(target_id="c-1"),
    ClearBlock(target_id="c-1", reason="the website is repaired"),
    RequestException(
        exception_id="e-1",
        control="S3-001",
        account_id="",
        resource="arn:aws:s3:::ledger",
        environment="dev",
        reason="migration",
        ticket="SEC-7",
        expires_at="2026-12-24T12:00:00+01:00",
    ),
    ApproveException(exception_id="e-1", account_id="", reason="agreed"),
    RevokeException(exception_id="e-1", account_id="222222222222", reason="over"),
    AnnounceStop(stop_id="s-1"),
    VerifyAccount(account_id="222222222222"),
    RetryRun(target_id="c-1", reason="the role is repaired"),
    EndRun(target_id="c-1", reason="the bucket is gone"),
)
EVERY_COMMAND = [pytest.param(command, id=type(command).__name__) for command in COMMANDS]


def message(command: Command) -> dict[str, Any]:
    return order_to_json(Order(command=command, principal=ALICE))


def invalid(document: Any) -> str:
    """What is wrong with a message that cannot be understood."""
    with pytest.raises(CommandInvalid) as error:
        parse_order(json.dumps(document))
    return error.value.detail


def test_every_kind_of_command_is_for_approvers_or_for_operators_and_none_for_both() -> None:
    assert {*FOR_APPROVERS} | {*FOR_OPERATORS} == {type(command) for command in COMMANDS}
    assert {*FOR_APPROVERS}.isdisjoint(FOR_OPERATORS)


def test_what_grants_something_is_for_approvers() -> None:
    assert {*FOR_APPROVERS} == {ApprovePlan, DenyPlan, ReopenReview, ApproveException}


@pytest.mark.parametrize("command", EVERY_COMMAND)
def test_a_command_is_read_as_it_was_written(command: Command) -> None:
    order = Order(command=command, principal=ALICE)
    assert parse_order(json.dumps(order_to_json(order))) == order


def test_a_message_says_its_kind_its_fields_and_who_sends_it() -> None:
    assert message(UndoChange(target_id="c-1", reason="down", dry_run=False)) == {
        "kind": "UndoChange",
        "target_id": "c-1",
        "reason": "down",
        "dry_run": False,
        "principal": {"arn": ALICE.arn, "user_id": ALICE.user_id},
    }


@pytest.mark.parametrize("kind", ["", "Approve", "approveplan", "Order", None, 1, ["ApprovePlan"]])
def test_a_kind_that_there_is_not_is_invalid(kind: object) -> None:
    detail = invalid({**message(COMMANDS[0]), "kind": kind})
    assert detail.startswith(f"kind {str(kind)!r} is not one of AnnounceStop, ApproveException, ApprovePlan, ")


@pytest.mark.parametrize("command", EVERY_COMMAND)
def test_a_field_that_a_command_does_not_have_is_invalid(command: Command) -> None:
    detail = invalid({**message(command), "force": True, "all": True})
    assert detail == f"{type(command).__name__} has no all, force"


@pytest.mark.parametrize("command", EVERY_COMMAND)
def test_a_field_that_is_missing_or_of_another_type_is_invalid(command: Command) -> None:
    whole = message(command)
    for name in whole.keys() - {"kind", "principal"}:
        wanted = "bool" if name == "dry_run" else "str"
        missing = {field: value for field, value in whole.items() if field != name}
        for wrong in (missing, *({**whole, name: value} for value in (None, 1, [], {}))):
            assert invalid(wrong) == f"{type(command).__name__}.{name} should be a {wanted}"


@pytest.mark.parametrize("value", ["false", 0])
def test_only_true_and_false_say_whether_it_is_a_dry_run(value: object) -> None:
    detail = invalid({**message(UndoChange(target_id="c-1", reason="down", dry_run=False)), "dry_run": value})
    assert detail == "UndoChange.dry_run should be a bool"


@pytest.mark.parametrize("principal", [None, "alice", [], {}, {"user_id": "AROA:alice"}, {"arn": 1, "user_id": "x"}])
def test_a_message_that_does_not_say_who_sends_it_is_invalid(principal: object) -> None:
    assert invalid({**message(COMMANDS[0]), "principal": principal}) == "Principal.arn should be a str"


def test_a_principal_without_a_user_id_is_invalid() -> None:
    assert invalid({**message(COMMANDS[0]), "principal": {"arn": ALICE.arn}}) == "Principal.user_id should be a str"


def test_a_text_may_have_so_many_characters_and_no_more() -> None:
    longest = "é" * LONGEST_TEXT
    assert parse_order(json.dumps(message(DryRun(target_id=longest)))).command == DryRun(target_id=longest)
    assert invalid(message(DryRun(target_id=longest + "é"))) == "DryRun.target_id has 1001 characters, 1000 at most"


WITH_A_REASON = pytest.mark.parametrize(
    "command", [one for one in EVERY_COMMAND if "reason" in type(one.values[0]).__dataclass_fields__]
)


@pytest.mark.parametrize("reason", ["", " ", "\n\t"])
@WITH_A_REASON
def test_a_reason_says_something(command: Command, reason: str) -> None:
    detail = invalid({**message(command), "reason": reason})
    assert detail == f"{type(command).__name__}.reason is empty: give a reason for the record"


@pytest.mark.parametrize("reason", ["REASON", " REASON\n"])
@WITH_A_REASON
def test_a_command_copied_from_a_message_is_refused_until_it_has_a_reason(command: Command, reason: str) -> None:
    detail = invalid({**message(command), "reason": reason})
    assert detail == (
        f"{type(command).__name__}.reason is the placeholder REASON of the message: replace it with your reason"
    )


def test_half_of_a_surrogate_pair_is_no_text() -> None:
    assert invalid(message(DryRun(target_id="\ud83d"))) == "DryRun.target_id holds half of a surrogate pair"
    whole = DryRun(target_id="\U0001f600")
    assert parse_order(json.dumps(message(whole))).command == whole


@pytest.mark.parametrize("text", ["", "{", "\x00", "[" * 100_000, '{"kind": ' + "1" * 5000 + "}"])
def test_what_is_no_json_is_invalid(text: str) -> None:
    with pytest.raises(CommandInvalid, match="it is not JSON: "):
        parse_order(text)


@pytest.mark.parametrize("document", [None, 1, "ApprovePlan", [], [{"kind": "DryRun"}]])
def test_what_is_no_object_is_invalid(document: object) -> None:
    assert invalid(document).startswith("expected an object, found ")


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.floats(), st.text(max_size=4)),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(st.text(max_size=4), inner, max_size=2)),
    max_leaves=4,
)


@given(
    command=st.sampled_from(COMMANDS),
    other=st.dictionaries(st.sampled_from(["kind", "principal", "reason", "target_id", "x"]), json_values, max_size=3),
)
def test_whatever_comes_is_a_command_or_invalid_and_never_anything_else(
    command: Command, other: dict[str, Any]
) -> None:
    document = {**message(command), **other}
    try:
        order = parse_order(json.dumps(document))
    except CommandInvalid:
        return
    assert order_to_json(order) == document | {"principal": order_to_json(order)["principal"]}


# -- Times ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-12-24T12:00:00+00:00", datetime(2026, 12, 24, 12, tzinfo=UTC)),
        ("2026-12-24T12:00Z", datetime(2026, 12, 24, 12, tzinfo=UTC)),
        ("2026-12-24T13:00+01:00", datetime(2026, 12, 24, 12, tzinfo=UTC)),
    ],
)
def test_a_time_with_a_zone_is_read_as_utc(text: str, moment: datetime) -> None:
    assert parse_moment(text, "expires_at") == moment
    assert parse_moment(text, "expires_at").tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is not a time"),
        ("tomorrow", "is not a time"),
        ("2026-02-30T12:00Z", "is not a time"),
        ("0001-01-01T00:00+14:00", "is not a time"),
        ("2026-12-24", "has no time zone"),
        ("2026-12-24T12:00", "has no time zone"),
    ],
)
def test_any_other_time_is_invalid(text: str, why: str) -> None:
    with pytest.raises(CommandInvalid) as error:
        parse_moment(text, "expires_at")
    assert error.value.detail == f"expires_at {text!r} {why}"
